"""Records are looked for by the bytes that they hold, and read if they can be."""

import pytest

from tests.compliance.builders import Noted
from trading.eventlog.codec import canonical, facts_of, member


def test_a_fact_holds_the_bytes_of_its_members() -> None:
    for text in ("switch:17", 'a "quoted" word', "ü\n\x00", ""):
        assert member("text", text) in canonical(Noted(text=text))


def test_no_text_of_a_fact_reads_like_a_member() -> None:
    assert member("rule", "switch:17") == b'"rule":"switch:17"'
    assert member("rule", "switch:17") not in canonical(Noted(text='x","rule":"switch:17","y":"'))
    assert member("switch_id", 17) == b'"switch_id":17'


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"[1]", b"\xff", b"[" * 100_000, b'{"a":' * 100_000]
)
def test_what_cannot_be_read_is_none(payload: bytes) -> None:
    assert facts_of(payload) is None


def test_what_can_be_read_is_what_was_written() -> None:
    assert facts_of(canonical(Noted(text="ü"))) == {"text": "ü"}
