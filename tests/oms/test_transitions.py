"""Whatever a market sends, the order's state stays true."""

import contextlib
from decimal import Decimal

from hypothesis import given, strategies as st

from oms.domain.fills import FillState, Overfill
from oms.domain.transitions import NEXT, OPEN, TERMINAL, IllegalTransition, next_status
from trading.kernel.fix import ExecType, OrdStatus
from trading.kernel.quantities import Price, Qty

qty = st.decimals("0.000000001", "1000", places=9).map(Qty)
px = st.decimals("0.0001", "5000", places=4).map(Price)


@given(order_qty=qty, fills=st.lists(st.tuples(qty, px), max_size=20))
def test_cum_plus_leaves_is_always_the_order(order_qty, fills):
    state = FillState(order_qty=order_qty)
    booked: list[tuple[Decimal, Decimal]] = []
    for last_qty, last_px in fills:
        with contextlib.suppress(Overfill):
            state = state.filled(last_qty=last_qty, last_px=last_px)
            booked.append((last_qty, last_px))
        assert state.cum_qty + state.leaves_qty == order_qty
        assert state.leaves_qty >= 0
    assert state.cum_qty == sum(last_qty for last_qty, _ in booked)
    assert state.gross == sum(last_qty * last_px for last_qty, last_px in booked)


@given(st.sampled_from(sorted(TERMINAL)), st.sampled_from(ExecType), st.booleans())
def test_a_finished_order_never_comes_back_to_life(status, exec_type, is_complete):
    with contextlib.suppress(IllegalTransition):
        assert next_status(status, exec_type, is_complete=is_complete) in TERMINAL


def test_every_status_is_reachable_or_our_own():
    reached = set(NEXT.values()) | {OrdStatus.FILLED, OrdStatus.PENDING_NEW}
    assert set(OrdStatus) - reached == {OrdStatus.DENIED}


def test_every_open_order_can_be_taken_back_and_can_expire():
    for status in OPEN:
        assert next_status(status, ExecType.CANCELED, is_complete=False) is OrdStatus.CANCELED
        assert next_status(status, ExecType.EXPIRED, is_complete=False) is OrdStatus.EXPIRED


def test_the_last_fill_ends_every_open_order():
    for status in OPEN:
        assert next_status(status, ExecType.TRADE, is_complete=True) is OrdStatus.FILLED
