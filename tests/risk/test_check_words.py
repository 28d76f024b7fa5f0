"""A check's title and numbers are the same on the staff's pages and on the trader's."""

import json
from pathlib import Path
from typing import Any

import pytest

from risk.interface import assess, check_words
from tests.risk.builders import account, answer, intent, market, rules
from tests.risk.test_words import REFUSALS

_FILE = Path(__file__).parents[1] / "web" / "cases" / "check_words.json"
CASES: list[dict[str, Any]] = json.loads(_FILE.read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(case["words"]))
def test_the_words_are_those_of_the_traders_pages(case: dict[str, Any]) -> None:
    told = {name: value or "" for name, value in case["check"].items()}
    assert list(check_words(**told)) == case["words"]


def test_every_check_has_a_case() -> None:
    verdict = assess(intent=intent(), market=market(), account=account(), rules=rules())
    cases = {case["check"]["name"] for case in CASES}
    assert {result.name for result in verdict.results} <= cases


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        (name, changes)
        for name, changes, _ in REFUSALS
        if name in {"order_value", "position_limit", "least_value", "daily_loss"}
    ],
)
def test_the_number_beside_a_sentence_is_the_one_in_it(name: str, changes: dict[str, Any]) -> None:
    found = answer(name, **changes)
    _, measured, limit = check_words(name=name, measured=found.measured, limit=found.limit)
    words = found.message.replace("-$", "\u2212$")
    assert measured in words
    assert limit in words
