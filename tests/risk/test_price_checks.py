"""The two checks that look at the market: the price collar and the age of the quote."""

from typing import Any

import pytest

from risk.contracts import DenialCode
from tests.risk.builders import NO_MARKET, answer
from trading.kernel.fix import Side

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
    assert (result.measured, result.limit, result.rule) == ("205.86", "205.854", "limit:4")
    assert result.message == (
        "limit price 205.86 is above 205.854, which is 10% above the market at 187.14"
    )


def test_without_a_quote_the_last_trade_holds_the_collar() -> None:
    result = answer("price_collar", order={"limit_price": "205.85"}, prices={"ask": None})
    assert (result.code, result.limit) == (DenialCode.PRICE_COLLAR, "205.843")


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
