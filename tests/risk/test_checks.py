"""Each check, at its edge and on both sides of it."""

from typing import Any

import pytest

from risk.contracts import (
    Audience,
    DenialCode,
    EngagedSwitch,
    SwitchScope,
    SymbolRestriction,
)
from tests.risk.builders import NO_MARKET, answer
from trading.kernel.fix import Side

# --- kill switch, restricted symbol ---------------------------------------------------------------


@pytest.mark.parametrize("scope", list(SwitchScope))
@pytest.mark.parametrize("side", list(Side))
def test_an_engaged_switch_stops_buys_and_sells(scope: SwitchScope, side: Side) -> None:
    result = answer(
        "kill_switch",
        order={"side": side},
        state={"position_qty": "10", "position_available": "10"},
        limits={"switches": (EngagedSwitch(row_id=7, scope=scope),)},
    )
    assert result.code is DenialCode.KILL_SWITCH
    assert result.rule == "switch:7"


def test_every_switch_that_binds_is_named() -> None:
    switches = (
        EngagedSwitch(row_id=7, scope=SwitchScope.FIRM),
        EngagedSwitch(row_id=9, scope=SwitchScope.SYMBOL),
    )
    result = answer("kill_switch", order={}, limits={"switches": switches})
    assert result.rule == "switch:7, switch:9"
    assert result.message == "new orders are stopped for all accounts and in XYZ"


@pytest.mark.parametrize(
    ("applies_to", "is_employee", "goes"),
    [
        (Audience.EVERYONE, False, False),
        (Audience.EVERYONE, True, False),
        (Audience.EMPLOYEES, True, False),
        (Audience.EMPLOYEES, False, True),
    ],
)
def test_a_restriction_binds_its_audience(
    applies_to: Audience, is_employee: bool, goes: bool
) -> None:
    result = answer(
        "restricted_symbol",
        order={},
        state={"is_employee": is_employee},
        limits={"restrictions": (SymbolRestriction(row_id=3, applies_to=applies_to),)},
    )
    assert result.passed is goes
    assert result.code is (None if goes else DenialCode.RESTRICTED_SYMBOL)


# --- order value ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "limit", "goes"),
    [
        ({"qty": "10", "limit_price": "100"}, "1871.40", True),  # a buy is sized by the offer ...
        ({"qty": "10", "limit_price": "100"}, "1871.39", False),
        ({"qty": "10", "limit_price": "200"}, "2000", True),  # ... or by its limit if higher
        ({"qty": "10", "limit_price": "200"}, "1999.99", False),
        ({"qty": "10"}, "1871.40", True),
        ({"qty": "10"}, "1871.39", False),
        ({"side": Side.SELL, "qty": "10", "limit_price": "1"}, "1871.20", True),
        ({"side": Side.SELL, "qty": "10", "limit_price": "1"}, "1871.19", False),
        ({"side": Side.SELL, "qty": "10", "limit_price": "300"}, "3000", True),
        ({"side": Side.SELL, "qty": "10", "limit_price": "300"}, "2999.99", False),
        ({"qty": "0.000000001", "limit_price": "187.14"}, "0.00000018714", True),
    ],
)
def test_order_value_is_measured_at_the_higher_price(
    order: dict[str, Any], limit: str, goes: bool
) -> None:
    result = answer("order_value", order=order, limits={"order_value": limit})
    assert result.passed is goes
    assert result.code is (None if goes else DenialCode.ORDER_VALUE)


@pytest.mark.parametrize(
    ("order", "goes"),
    [
        ({"qty": "1"}, False),
        ({"qty": "1", "limit_price": "10"}, True),  # a buy limit is the most it can cost
        ({"qty": "1", "limit_price": "10", "side": Side.SELL}, False),
        ({"qty": "1", "side": Side.SELL}, False),
    ],
)
def test_an_order_without_a_price_is_not_small(order: dict[str, Any], goes: bool) -> None:
    result = answer("order_value", order=order, prices=NO_MARKET)
    assert result.code is (None if goes else DenialCode.NO_REFERENCE_PRICE)


# --- shares available -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("qty", "available", "goes"),
    [("10", "10", True), ("10.000000001", "10", False), ("1", "0", False), ("1", "-5", False)],
)
def test_only_shares_that_are_free_can_be_sold(qty: str, available: str, goes: bool) -> None:
    result = answer(
        "shares_available",
        order={"side": Side.SELL, "qty": qty},
        state={"position_qty": "10", "position_available": available},
    )
    assert result.code is (None if goes else DenialCode.SHARES_NOT_AVAILABLE)


# --- buying power ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "power", "goes"),
    [
        ({"qty": "10", "limit_price": "100"}, "1000", True),
        ({"qty": "10", "limit_price": "100"}, "999.99", False),
        ({"qty": "10"}, "1927.55", True),  # 10 x 187.14 x 1.03 = 1927.542, rounded up
        ({"qty": "10"}, "1927.54", False),
        ({"qty": "10", "side": Side.SELL}, "0", True),
        ({"qty": "1", "limit_price": "100"}, "-1", False),
    ],
)
def test_an_order_needs_its_reservation(order: dict[str, Any], power: str, goes: bool) -> None:
    result = answer("buying_power", order=order, state={"buying_power": power})
    assert result.code is (None if goes else DenialCode.BUYING_POWER)


def test_a_market_buy_without_an_offer_has_no_known_cost() -> None:
    result = answer("buying_power", order={}, prices={"ask": None})
    assert result.code is DenialCode.NO_REFERENCE_PRICE


def test_unknown_buying_power_is_none() -> None:
    result = answer("buying_power", order={"limit_price": "1"}, state={"buying_power": None})
    assert result.code is DenialCode.NO_REFERENCE_PRICE


# --- position limit -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "state", "limit", "goes"),
    [
        ({"qty": "10"}, {}, "1871.40", True),
        ({"qty": "10"}, {}, "1871.39", False),
        ({"qty": "4"}, {"position_qty": "3", "open_buy_qty": "3"}, "1871.40", True),
        ({"qty": "5"}, {"position_qty": "3", "open_buy_qty": "3"}, "1871.40", False),
        ({"qty": "10", "limit_price": "200"}, {}, "2000", True),
        ({"qty": "10", "limit_price": "200"}, {}, "1999.99", False),
        (  # the way out is open, however far above
            {"qty": "1", "side": Side.SELL},
            {"position_qty": "1000", "position_available": "1000"},
            "1",
            True,
        ),
        ({"qty": "5"}, {"position_qty": "-10"}, "1", True),  # buying back a short reduces it
        ({"qty": "21"}, {"position_qty": "-10"}, "1", False),  # past zero and beyond
        (  # turning ten long into eleven short is growth
            {"qty": "21", "side": Side.SELL},
            {"position_qty": "10", "position_available": "10"},
            "1",
            False,
        ),
    ],
)
def test_positions_grow_up_to_the_limit(
    order: dict[str, Any], state: dict[str, Any], limit: str, goes: bool
) -> None:
    result = answer("position_limit", order=order, state=state, limits={"position_value": limit})
    assert result.code is (None if goes else DenialCode.POSITION_LIMIT)


def test_a_position_without_a_price_does_not_grow() -> None:
    result = answer("position_limit", order={}, prices=NO_MARKET)
    assert result.code is DenialCode.NO_REFERENCE_PRICE


def test_a_position_without_a_price_may_shrink() -> None:
    result = answer(
        "position_limit",
        order={"side": Side.SELL},
        prices=NO_MARKET,
        state={"position_qty": "1", "position_available": "1"},
    )
    assert result.passed


# --- daily loss -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("equity", "goes"),
    [("75000.01", True), ("75000", False), ("74999.99", False), ("130000", True)],
)
def test_the_day_ends_for_new_risk_at_the_daily_loss(equity: str, goes: bool) -> None:
    result = answer("daily_loss", order={}, state={"equity": equity})
    assert result.code is (None if goes else DenialCode.DAILY_LOSS)


@pytest.mark.parametrize("equity", ["0", None])
def test_a_loser_can_always_get_out(equity: str | None) -> None:
    result = answer(
        "daily_loss",
        order={"side": Side.SELL, "qty": "10"},
        state={"equity": equity, "position_qty": "10", "position_available": "10"},
    )
    assert result.passed


def test_an_unknown_result_is_not_a_good_one() -> None:
    result = answer("daily_loss", order={}, state={"equity": None})
    assert result.code is DenialCode.NO_REFERENCE_PRICE
