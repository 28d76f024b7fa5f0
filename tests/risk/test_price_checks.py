"""The checks that look at the market: the collar, the quote's age, its source, halts."""

from typing import Any

import pytest

from risk.contracts import DenialCode
from tests.risk.builders import NO_MARKET, answer
from trading.kernel.fix import Side, TimeInForce

# --- price collar ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "limit_price", "goes"),
    [
        (Side.BUY, "205.85", True),
        (Side.BUY, "205.854", True),
        (Side.BUY, "205.86", False),
        (Side.BUY, "0.01", True),  # passive
        (Side.SELL, "168.41", True),
        (Side.SELL, "168.408", True),
        (Side.SELL, "168.40", False),
        (Side.SELL, "9999", True),  # passive
    ],
)
def test_a_limit_stays_inside_the_collar(side: Side, limit_price: str, goes: bool) -> None:
    result = answer("price_collar", order={"side": side, "limit_price": limit_price})
    assert result.code is (None if goes else DenialCode.PRICE_COLLAR)


def test_a_collar_denial_names_the_threshold_and_its_row() -> None:
    result = answer("price_collar", order={"limit_price": "205.86"})
    assert (result.measured, result.limit, result.rule) == ("205.86", "205.85", "limit:4")
    assert result.message == (
        "limit price $205.86 is above $205.85, the most that is let through: 10% above the market "
        "at $187.14"
    )


def test_without_a_quote_the_last_trade_holds_the_collar() -> None:
    result = answer("price_collar", order={"limit_price": "205.85"}, prices={"ask": None})
    assert (result.code, result.limit) == (DenialCode.PRICE_COLLAR, "205.84")


def test_a_limit_without_any_price_to_compare_is_refused() -> None:
    result = answer("price_collar", order={"limit_price": "10"}, prices=NO_MARKET)
    assert result.code is DenialCode.NO_REFERENCE_PRICE


# --- stale quote ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prices", "code"),
    [
        ({"quote_age_ms": 0}, None),
        ({"quote_age_ms": 5_000}, None),
        ({"quote_age_ms": 5_001}, DenialCode.STALE_QUOTE),
        ({"quote_age_ms": 6_000}, DenialCode.STALE_QUOTE),
        ({"quote_age_ms": None}, DenialCode.STALE_QUOTE),
        ({"quote_age_ms": -1}, DenialCode.STALE_QUOTE),  # from the future: its age is not known
        ({"ask": None}, DenialCode.NO_REFERENCE_PRICE),  # a trade does not say what is asked now
        ({"bid": None}, None),  # a buy meets the offer
        (NO_MARKET, DenialCode.NO_REFERENCE_PRICE),
    ],
)
def test_a_market_order_needs_a_fresh_quote(
    prices: dict[str, Any], code: DenialCode | None
) -> None:
    assert answer("stale_quote", order={}, prices=prices).code is code


def test_a_market_sale_needs_a_bid() -> None:
    result = answer("stale_quote", order={"side": Side.SELL}, prices={"bid": None})
    assert result.code is DenialCode.NO_REFERENCE_PRICE


@pytest.mark.parametrize("prices", [{"quote_age_ms": 6_000}, {"ask": None}])
def test_a_limit_order_on_an_old_quote_passes_with_a_warning(prices: dict[str, Any]) -> None:
    result = answer("stale_quote", order={"limit_price": "187"}, prices=prices)
    assert result.passed and result.warning and result.message


def test_a_limit_order_on_a_fresh_quote_passes_without_a_warning() -> None:
    assert not answer("stale_quote", order={"limit_price": "187"}).warning


@pytest.mark.parametrize("state", [{"is_open": False}, {"halt": "News pending"}])
def test_a_market_order_that_waits_anyway_needs_no_fresh_quote(state: dict[str, Any]) -> None:
    result = answer("stale_quote", order={}, prices={"quote_age_ms": 60_000_000, **state})
    assert result.passed and result.warning
    result = answer("stale_quote", order={}, prices={**NO_MARKET, **state})
    assert result.code is DenialCode.NO_REFERENCE_PRICE  # nothing says how much it may cost


# --- delayed source, halt -------------------------------------------------------------------------


@pytest.mark.parametrize("order", [{}, {"limit_price": "187"}, {"side": Side.SELL}])
def test_nothing_is_traded_at_delayed_prices(order: dict[str, Any]) -> None:
    result = answer("delayed_source", order=order, prices={"is_delayed": True})
    assert result.code is DenialCode.DELAYED_SOURCE
    assert result.message == "the prices of XYZ are delayed, so nothing is traded at them"
    assert answer("delayed_source", order=order).passed


@pytest.mark.parametrize("tif", list(TimeInForce))
def test_in_a_halt_an_order_waits_and_one_that_cannot_is_denied(tif: TimeInForce) -> None:
    result = answer("trading_halt", order={"time_in_force": tif}, prices={"halt": "News pending"})
    waits = tif in {TimeInForce.DAY, TimeInForce.GTC}
    assert result.code is (None if waits else DenialCode.TRADING_HALTED)
    assert result.warning is waits
    assert result.message.startswith("trading in XYZ is halted: News pending")
    assert answer("trading_halt", order={"time_in_force": tif}).message == ""
