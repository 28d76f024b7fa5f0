"""
Whatever happens to an account's orders, its books stay true.

Drives the pure core with any orders and reports, and checks every invariant of docs/invariants.md
that concerns the working copies after each step.
"""

from collections import defaultdict
from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from oms.contracts import AccountType, ExecutionReport
from oms.domain import reserving
from oms.domain.booking import apply_report
from oms.domain.fills import FillState
from oms.domain.posting import LedgerAccount
from oms.domain.state import AccountState, OrderState, PositionState, WorkingSet
from oms.domain.transitions import OPEN
from trading.kernel.errors import TradingError
from trading.kernel.fix import ExecType, OrdStatus, OrdType, Side, TimeInForce
from trading.kernel.identifiers import new_id
from trading.kernel.money import cost_of_buy, proceeds_of_sale, reserve_amount
from trading.kernel.quantities import Price, Qty

OPENING = Decimal("100000.00")
quantities = st.decimals("0.000000001", "500", places=9)
prices = st.decimals("0.01", "500", places=2)


class AnyBooks(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        account = AccountState(
            id=new_id(), account_type=AccountType.CASH, multiplier=Decimal(1), is_employee=False,
            cash=OPENING, reserved=Decimal(0), day_start_equity=OPENING,
            day_start_date=date(2026, 11, 20),
        )  # fmt: skip
        self.account = account
        self.books = WorkingSet(accounts={account.id: account}, positions={})
        self.instrument = new_id()
        self.postings: defaultdict[LedgerAccount, Decimal] = defaultdict(Decimal)
        self.cash_of: defaultdict[UUID, Decimal] = defaultdict(Decimal)
        self.postings[LedgerAccount.CASH] = OPENING
        self.postings[LedgerAccount.CAPITAL] = -OPENING

    @property
    def position(self) -> PositionState:
        return self.books.position(
            account_id=self.account.id, instrument_id=self.instrument, symbol="IBM"
        )

    @rule(side=st.sampled_from(Side), qty=quantities, px=prices, at_market=st.booleans())
    def place(self, side, qty, px, at_market):
        if side is Side.SELL and qty > self.position.qty_available:
            return  # risk refuses it: more than is held and not on offer already
        cash = reserve_amount(qty * px) if side is Side.BUY else Decimal(0)
        if cash > self.account.cash - self.account.reserved:
            return  # risk refuses it: more than the account can spend
        order = OrderState(
            id=new_id(), account_id=self.account.id, instrument_id=self.instrument, symbol="IBM",
            cl_ord_id=str(new_id()), side=side,
            ord_type=OrdType.MARKET if at_market else OrdType.LIMIT,
            time_in_force=TimeInForce.DAY, limit_price=None if at_market else Price(px),
            worst_price=Price(px) if at_market and side is Side.BUY else None,
            status=OrdStatus.PENDING_NEW,
            fill=FillState(order_qty=Qty(qty)), created_at=datetime(2026, 11, 20, tzinfo=UTC),
            expires_at=None,
        )  # fmt: skip
        self.books.orders[order.id] = order
        reserving.reserve(order=order, account=self.account, position=self.position, cash=cash)

    @rule(data=st.data(), exec_type=st.sampled_from(ExecType), part=quantities, px=prices)
    def report(self, data, exec_type, part, px):
        if not self.books.orders:
            return
        order = self.books.orders[data.draw(st.sampled_from(sorted(self.books.orders)))]
        is_trade = exec_type is ExecType.TRADE
        last_qty = min(Qty(part), order.fill.leaves_qty) if data.draw(st.booleans()) else Qty(part)
        made = ExecutionReport(
            order_id=order.id, exec_id=str(new_id()), exec_type=exec_type, ts_event=1,
            last_qty=last_qty if is_trade else None, last_px=Price(px) if is_trade else None,
        )  # fmt: skip
        position = self.position
        before = deepcopy((order, self.account, position, self.books.lots))
        try:
            booked = apply_report(report=made, books=self.books, lot_id=new_id())
        except TradingError:
            assert before == (order, self.account, position, self.books.lots)
            return
        if booked is not None:
            self.cash_of[order.id] += booked.amount
            assert sum(line.amount for line in booked.postings) == 0
            for line in booked.postings:
                self.postings[line.ledger_account] += line.amount

    @invariant()
    def cash_is_the_sum_of_its_postings(self):
        assert self.account.cash == self.postings[LedgerAccount.CASH]

    @invariant()
    def all_postings_together_are_zero(self):
        assert sum(self.postings.values()) == 0

    @invariant()
    def a_position_is_the_sum_of_its_open_lots_in_shares_and_cost(self):
        lots = self.books.lots.get((self.account.id, self.instrument), [])
        assert self.position.qty == sum(lot.qty_open for lot in lots)
        assert self.position.cost == sum(lot.cost for lot in lots)
        assert self.position.cost == self.postings[LedgerAccount.SECURITIES]

    @invariant()
    def gains_are_what_is_realised(self):
        assert self.position.realized_pl == -self.postings[LedgerAccount.REALIZED_PL]

    @invariant()
    def reservations_are_what_open_orders_need(self):
        orders = self.books.orders.values()
        assert self.account.reserved == sum(order.cash_remaining for order in orders)
        offered = sum(o.qty_remaining for o in orders if o.side is Side.SELL)
        wanted = sum(o.qty_remaining for o in orders if o.side is Side.BUY)
        assert (self.position.reserved_qty, self.position.open_buy_qty) == (offered, wanted)
        for order in orders:
            needs = order.fill.leaves_qty if order.status in OPEN else 0
            assert order.qty_remaining == needs

    @invariant()
    def a_cash_account_never_owes_and_covers_what_it_has_reserved(self):
        assert self.account.cash >= self.account.reserved >= 0

    @invariant()
    def an_orders_cash_is_its_exact_gross_rounded_once_against_its_owner(self):
        for order in self.books.orders.values():
            whole = cost_of_buy if order.side is Side.BUY else proceeds_of_sale
            assert self.cash_of[order.id] == whole(order.fill.gross)

    @invariant()
    def nobody_offers_what_they_do_not_hold(self):
        assert 0 <= self.position.reserved_qty <= self.position.qty


AnyBooks.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
TestAnyBooks = AnyBooks.TestCase
