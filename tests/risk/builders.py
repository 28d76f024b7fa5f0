"""Orders, markets, accounts and rules to judge; each test says only what matters to it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from risk.contracts import AccountState, CheckResult, Market, OrderIntent, RuleSet, Threshold
from risk.interface import assess
from trading.kernel.fix import OrdType, Side, TimeInForce
from trading.kernel.quantities import Price, Qty

ALICE = UUID("0193a000-0000-7000-8000-00000000a11c")
BOB = UUID("0193a000-0000-7000-8000-000000000b0b")
NO_MARKET: dict[str, Any] = {"bid": None, "ask": None, "last": None, "quote_age_ms": None}


def price(text: str | None) -> Price | None:
    return None if text is None else Price(Decimal(text))


def intent(
    *,
    side: Side = Side.BUY,
    qty: str = "1",
    limit_price: str | None = None,
    symbol: str = "XYZ",
    time_in_force: TimeInForce = TimeInForce.DAY,
) -> OrderIntent:
    return OrderIntent(
        account_id=ALICE,
        symbol=symbol,
        side=side,
        ord_type=OrdType.MARKET if limit_price is None else OrdType.LIMIT,
        time_in_force=time_in_force,
        qty=Qty(Decimal(qty)),
        limit_price=price(limit_price),
    )


def market(
    *,
    bid: str | None = "187.12",
    ask: str | None = "187.14",
    last: str | None = "187.13",
    quote_age_ms: int | None = 100,
    **state: Any,
) -> Market:
    return Market(
        bid=price(bid), ask=price(ask), last=price(last), quote_age_ms=quote_age_ms, **state
    )


def account(**changes: Any) -> AccountState:
    """A cash account of 100,000 dollars that holds nothing; quantities and money may be text."""
    blank = AccountState(
        account_id=ALICE,
        is_employee=False,
        equity=Decimal(100_000),
        day_start_equity=Decimal(100_000),
        buying_power=Decimal(100_000),
        position_qty=Qty(Decimal(0)),
        position_available=Qty(Decimal(0)),
        open_buy_qty=Qty(Decimal(0)),
    )
    numbers: dict[str, Any] = {
        name: Decimal(value) if isinstance(value, str) else value for name, value in changes.items()
    }
    return replace(blank, **numbers)


def rules(**changes: Any) -> RuleSet:
    """The firm's default limits; a limit may be given as text."""
    defaults: dict[str, Any] = {
        "order_value": "250000",
        "position_value": "500000",
        "daily_loss": "25000",
        "price_collar_pct": "10",
        "quote_age_ms": "5000",
        "market_reserve_pct": "3",
        "least_order_value": "1",
        "switches": (),
        "restrictions": (),
        "version": "test",
    }
    values = defaults | changes
    for row_id, name in enumerate(list(defaults)[:7], start=1):
        if isinstance(values[name], str):
            values[name] = Threshold(value=Decimal(values[name]), row_id=row_id)
    return RuleSet(**values)


def answer(
    check: str,
    *,
    order: dict[str, Any],
    prices: dict[str, Any] | None = None,
    state: dict[str, Any] | None = None,
    limits: dict[str, Any] | None = None,
) -> CheckResult:
    """Return one check's answer to one order."""
    verdict = assess(
        intent=intent(**order),
        market=market(**(prices or {})),
        account=account(**(state or {})),
        rules=rules(**(limits or {})),
    )
    (result,) = [result for result in verdict.results if result.name == check]
    return result
