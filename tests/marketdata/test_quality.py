"""A tick that cannot be true is refused, by name."""

import math

import pytest
from hypothesis import given, strategies as st

from marketdata.domain.quality import (
    MAX_AHEAD_NS,
    Refusal,
    is_locked,
    refuse_quote,
    refuse_trade,
)
from tests.marketdata.build import T0, quote, trade


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({}, None),
        ({"bid_px": 182.5}, None),  # locked
        ({"bid_px": 182.51}, Refusal.CROSSED),
        ({"bid_px": 0.0}, Refusal.NOT_POSITIVE),
        ({"ask_px": -1.0, "bid_px": -2.0}, Refusal.NOT_POSITIVE),
        ({"bid_size": 0}, Refusal.NOT_POSITIVE),
        ({"ask_size": -100}, Refusal.NOT_POSITIVE),
        ({"ask_px": math.inf}, Refusal.NOT_FINITE),
        ({"bid_px": math.nan}, Refusal.NOT_FINITE),
        ({"ts_event": T0 + MAX_AHEAD_NS}, None),
        ({"ts_event": T0 + MAX_AHEAD_NS + 1}, Refusal.FUTURE),
    ],
)
def test_a_quote_is_refused_for(changed, refusal):
    assert refuse_quote(quote=quote(**changed), now_ns=T0) is refusal


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({}, None),
        ({"px": 0.0}, Refusal.NOT_POSITIVE),
        ({"px": -182.46}, Refusal.NOT_POSITIVE),
        ({"size": 0}, Refusal.NOT_POSITIVE),
        ({"px": math.nan}, Refusal.NOT_FINITE),
        ({"px": -math.inf}, Refusal.NOT_FINITE),
        ({"ts_event": T0 + MAX_AHEAD_NS + 1}, Refusal.FUTURE),
    ],
)
def test_a_trade_is_refused_for(changed, refusal):
    assert refuse_trade(trade=trade(**changed), now_ns=T0) is refusal


def test_a_locked_market_is_seen():
    assert is_locked(quote(bid_px=182.5))
    assert not is_locked(quote())


@given(
    bid_px=st.floats(allow_nan=True, allow_infinity=True),
    ask_px=st.floats(allow_nan=True, allow_infinity=True),
)
def test_an_accepted_quote_is_always_a_possible_market(bid_px, ask_px):
    if refuse_quote(quote=quote(bid_px=bid_px, ask_px=ask_px), now_ns=T0) is None:
        assert 0 < bid_px <= ask_px < math.inf
