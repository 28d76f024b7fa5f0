"""What holds for every verdict, whatever the order."""

import json
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, strategies as st

from risk.checks.pipeline import CHECKS
from risk.contracts import (
    AccountState,
    Audience,
    CheckResult,
    DenialCode,
    EngagedSwitch,
    Market,
    OrderIntent,
    RuleSet,
    SwitchScope,
    SymbolRestriction,
    Verdict,
)
from risk.interface import assess, reservation_for
from tests.risk.builders import ALICE, account, intent, market, rules
from trading.kernel.fix import OrdType, Side, TimeInForce
from trading.kernel.quantities import Price, Qty

quantities = st.decimals("0.000000001", "100000", places=9).map(Qty)
signed = st.decimals("-1000", "1000", places=3).map(Qty)
prices = st.decimals("0.0001", "5000", places=4).map(Price)
dollars = st.decimals("-200000", "2000000", places=2)
limits = st.decimals("0", "1000000", places=2).map(str)

markets = st.builds(
    Market,
    bid=st.none() | prices,
    ask=st.none() | prices,
    last=st.none() | prices,
    quote_age_ms=st.none() | st.integers(0, 20_000),
)
accounts = st.builds(
    AccountState,
    account_id=st.just(ALICE),
    is_employee=st.booleans(),
    equity=st.none() | dollars,
    day_start_equity=dollars,
    buying_power=st.none() | dollars,
    position_qty=signed,
    position_available=signed,
    open_buy_qty=st.decimals("0", "1000", places=3).map(Qty),
)
rule_sets = st.builds(
    rules,
    order_value=limits,
    position_value=limits,
    daily_loss=limits,
    price_collar_pct=st.decimals("0", "100", places=2).map(str),
    switches=st.just(()) | st.tuples(st.just(EngagedSwitch(row_id=1, scope=SwitchScope.FIRM))),
    restrictions=st.just(())
    | st.tuples(
        st.builds(SymbolRestriction, row_id=st.just(2), applies_to=st.sampled_from(Audience))
    ),
)


@st.composite
def orders(draw: st.DrawFn, side: Side | None = None) -> OrderIntent:
    limit_price = draw(st.none() | prices)
    return OrderIntent(
        account_id=ALICE,
        symbol="XYZ",
        side=side or draw(st.sampled_from(Side)),
        ord_type=OrdType.MARKET if limit_price is None else OrdType.LIMIT,
        time_in_force=draw(st.sampled_from(TimeInForce)),
        qty=draw(quantities),
        limit_price=limit_price,
    )


def judge(order: OrderIntent, prices: Market, state: AccountState, rule_set: RuleSet) -> Verdict:
    return assess(intent=order, market=prices, account=state, rules=rule_set)


def result_of(verdict: Verdict, name: str) -> CheckResult:
    (result,) = [result for result in verdict.results if result.name == name]
    return result


@given(orders(), markets, accounts, rule_sets)
def test_a_verdict_that_passes_means_all_results_passed(
    order: OrderIntent, prices: Market, state: AccountState, rule_set: RuleSet
) -> None:
    verdict = judge(order, prices, state, rule_set)
    assert verdict.accepted is all(result.passed for result in verdict.results)
    assert verdict.accepted is (verdict.violations == ())


@given(orders(), markets, accounts, rule_sets)
def test_every_check_answers_every_order(
    order: OrderIntent, prices: Market, state: AccountState, rule_set: RuleSet
) -> None:
    verdict = judge(order, prices, state, rule_set)
    names = [check.__name__ for check in CHECKS]  # type: ignore[attr-defined]
    assert [result.name for result in verdict.results] == names
    assert all(result.message for result in verdict.violations)


@given(orders(), markets, accounts, rule_sets)
def test_one_violation_never_hides_another(
    order: OrderIntent, prices: Market, state: AccountState, rule_set: RuleSet
) -> None:
    before = judge(order, prices, state, replace(rule_set, switches=()))
    switch = EngagedSwitch(row_id=1, scope=SwitchScope.FIRM)
    after = judge(order, prices, state, replace(rule_set, switches=(switch,)))
    assert set(after.violations) - set(before.violations) == {result_of(after, "kill_switch")}
    assert set(before.violations) <= set(after.violations)


@given(orders(), markets, accounts, rule_sets, quantities)
def test_a_larger_order_never_turns_a_denial_for_value_into_a_pass(
    order: OrderIntent, prices: Market, state: AccountState, rule_set: RuleSet, more: Qty
) -> None:
    larger = replace(order, qty=Qty(order.qty + more))
    for check in ("order_value", "buying_power", "shares_available"):
        if not result_of(judge(order, prices, state, rule_set), check).passed:
            assert not result_of(judge(larger, prices, state, rule_set), check).passed


@given(orders(), markets, accounts, rule_sets)
def test_the_verdict_survives_the_trip_through_json(
    order: OrderIntent, prices: Market, state: AccountState, rule_set: RuleSet
) -> None:
    written = judge(order, prices, state, rule_set).to_json()
    assert json.loads(json.dumps(written)) == written


@given(orders(side=Side.SELL), markets, accounts, rule_sets)
def test_selling_what_is_held_is_never_stopped_by_limits_on_growth(
    order: OrderIntent, prices: Market, state: AccountState, rule_set: RuleSet
) -> None:
    holder = replace(state, position_qty=order.qty, position_available=order.qty)
    verdict = judge(order, prices, holder, rule_set)
    for check in ("position_limit", "daily_loss", "buying_power", "shares_available"):
        assert result_of(verdict, check).passed


@given(orders(), markets, accounts, rule_sets)
def test_the_reservation_is_what_buying_power_measured(
    order: OrderIntent, prices: Market, state: AccountState, rule_set: RuleSet
) -> None:
    measured = result_of(judge(order, prices, state, rule_set), "buying_power").measured
    reserved = reservation_for(
        side=order.side,
        ord_type=order.ord_type,
        qty=order.qty,
        limit_price=order.limit_price,
        market=prices,
        rules=rule_set,
    )
    assert measured == "unknown" if reserved is None else Decimal(measured) == reserved


@given(orders(), markets, rule_sets)
def test_a_reservation_is_whole_cents_and_covers_the_order(
    order: OrderIntent, prices: Market, rule_set: RuleSet
) -> None:
    reserved = reservation_for(
        side=order.side,
        ord_type=order.ord_type,
        qty=order.qty,
        limit_price=order.limit_price,
        market=prices,
        rules=rule_set,
    )
    if reserved is None:
        assert order.side is Side.BUY and order.limit_price is None and prices.ask is None
        return
    assert reserved == reserved.quantize(Decimal("0.01"))
    if order.side is Side.BUY:
        price = order.limit_price or prices.ask
        assert price is not None and reserved >= order.qty * price


def test_a_denial_names_every_violation() -> None:
    verdict = judge(
        intent(qty="10000", limit_price="300"),
        market(quote_age_ms=9_000),
        account(equity="10", is_employee=True),
        rules(
            switches=(EngagedSwitch(row_id=1, scope=SwitchScope.ACCOUNT),),
            restrictions=(SymbolRestriction(row_id=1, applies_to=Audience.EMPLOYEES),),
        ),
    )
    assert [result.code for result in verdict.violations] == [
        DenialCode.KILL_SWITCH,
        DenialCode.RESTRICTED_SYMBOL,
        DenialCode.PRICE_COLLAR,
        DenialCode.ORDER_VALUE,
        DenialCode.BUYING_POWER,
        DenialCode.POSITION_LIMIT,
        DenialCode.DAILY_LOSS,
    ]


def test_an_ordinary_order_passes_every_check() -> None:
    verdict = judge(intent(qty="10"), market(), account(), rules())
    assert verdict.accepted
    assert verdict.to_json()["rules_version"] == "test"
