"""Each refusal says what is wrong in a person's words and units; its numbers stay exact beside."""

from decimal import Decimal
from typing import Any

import pytest

from risk.contracts import Audience, EngagedSwitch, SwitchScope, SymbolRestriction
from tests.risk.builders import answer
from trading.kernel.fix import Side
from trading.kernel.money import dollars
from trading.kernel.quantities import Price, price_on_tick, price_words

SWITCHES = {"switches": (EngagedSwitch(row_id=7, scope=SwitchScope.SYMBOL),)}
RESTRICTED = {"restrictions": (SymbolRestriction(row_id=3, applies_to=Audience.EVERYONE),)}
SOLD = {"position_qty": "10", "position_available": "4"}

REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    (
        "order_value",
        {"order": {"qty": "100000", "limit_price": "212.41"}},
        "order value $21,241,000 is above your limit of $250,000",
    ),
    (  # what is above is never shown as equal
        "order_value",
        {"order": {"qty": "1", "limit_price": "250000.001"}},
        "order value $250,000.01 is above your limit of $250,000",
    ),
    (  # a limit below the market: valued at the market, which the words say
        "order_value",
        {"order": {"qty": "50000", "limit_price": "100.5"}},
        "order value $9,357,000 at the market's $187.14 is above your limit of $250,000",
    ),
    (
        "position_limit",
        {"order": {"qty": "3000", "limit_price": "100.5"}},
        (
            "your XYZ position would be worth $561,420 at the market's $187.14, above your "
            "limit of $500,000"
        ),
    ),
    (
        "position_limit",
        {"order": {"qty": "3000", "limit_price": "187.14"}},
        "your XYZ position would be worth $561,420, above your limit of $500,000",
    ),
    (
        "buying_power",
        {"order": {"qty": "1000", "limit_price": "100.5"}},
        "the order needs $100,500 at its limit of $100.50; your buying power is $100,000",
    ),
    (
        "buying_power",
        {"order": {"qty": "1000"}},
        (
            "the order needs $192,754.20 ($187,140, and 3% kept aside until a market order has "
            "filled); your buying power is $100,000"
        ),
    ),
    (
        "shares_available",
        {"order": {"side": Side.SELL, "qty": "1000"}, "state": SOLD},
        "the order sells 1,000 XYZ; 4 are held and not being sold already",
    ),
    (
        "least_value",
        {"order": {"qty": "0.005"}},
        "an order for a fraction of a share must be worth $1 or more; this one is worth $0.93",
    ),
    (
        "daily_loss",
        {"order": {}, "state": {"equity": "74000"}},
        "today's result is -$26,000: from -$25,000 on only orders that close a position go through",
    ),
    (
        "stale_quote",
        {"order": {}, "prices": {"quote_age_ms": 76_200}},
        "the last quote is 76.2 s old; a fresh one is at most 5 s old",
    ),
    ("kill_switch", {"order": {}, "limits": SWITCHES}, "new orders are stopped in XYZ"),
    (
        "restricted_symbol",
        {"order": {}, "limits": RESTRICTED},
        "the firm does not allow new orders in XYZ",
    ),
]


@pytest.mark.parametrize(("name", "given", "words"), REFUSALS)
def test_a_refusal_is_said_in_a_persons_words(name: str, given: dict[str, Any], words: str) -> None:
    result = answer(name, **given)
    assert not result.passed
    assert result.message == words


@pytest.mark.parametrize("limits", [{}, SWITCHES, RESTRICTED])
def test_no_word_of_the_machine_is_measured(limits: dict[str, Any]) -> None:
    for name in ("kill_switch", "restricted_symbol"):
        result = answer(name, order={}, limits=limits)
        shown = f"{result.measured} {result.limit} {result.message}"
        assert not [word for word in ("none engaged", "SYMBOL", "restricted") if word in shown]


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "$0"), ("-0.001", "$0"), ("250000", "$250,000"), ("1825.5", "$1,825.50"),
        ("-12", "-$12"), ("0.005", "$0.01"), ("21241000.00", "$21,241,000"),
    ],
)  # fmt: skip
def test_dollars_as_they_are_read(amount: str, words: str) -> None:
    assert dollars(Decimal(amount)) == words


@pytest.mark.parametrize(
    ("price", "below", "above"),
    [
        ("205.854", "$205.85", "$205.86"), ("205.85", "$205.85", "$205.85"),
        ("0.43219", "$0.4321", "$0.4322"), ("1234.5", "$1,234.50", "$1,234.50"),
    ],
)  # fmt: skip
def test_a_bound_of_a_price_is_one_that_can_be_entered(price: str, below: str, above: str) -> None:
    found = [price_words(price_on_tick(Price(Decimal(price)), up=up)) for up in (False, True)]
    assert found == [below, above]
