"""What an account is worth now, and how far its day's result is known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from oms.domain.buying_power import Holding, Valuation, value_account
from oms.domain.state import AccountState, PositionState, WorkingSet
from oms.market import Marks, marks_for, marks_of_holding
from trading.kernel.quantities import ZERO_QTY, Qty


@dataclass(frozen=True, slots=True, kw_only=True)
class DayResult:
    """
    How far the day's result is known: equity less the day's base.

    Bounded: that difference is the worst it can be. ``unknown`` says what is missing, ``stale``
    which old closes stand for prices; both in words.
    """

    is_bounded: bool
    unknown: tuple[str, ...]
    stale: tuple[str, ...]


Marked = Sequence[tuple[PositionState, Marks]]


def mark_holdings(*, books: WorkingSet, account: AccountState) -> Marked:
    """Return an account's holdings with their current marks."""
    return [(held, _marks(held)) for held in books.holdings(account_id=account.id) if held.qty != 0]


def value_holdings(*, account: AccountState, marked: Marked) -> Valuation:
    """Value an account; a holding without a price counts at its last known close."""
    return value_account(
        cash=account.cash,
        reserved=account.reserved,
        multiplier=account.multiplier,
        holdings=[
            Holding(symbol=held.symbol, qty=held.qty, mark=marks.mark) for held, marks in marked
        ],
    )


def day_result(
    *, account: AccountState, marked: Marked, valuation: Valuation, today: date
) -> DayResult:
    """
    Say how far the result of ``today`` (New York) is known.

    A holding that has a price but no close before today leaves it unknown: it may have lost
    anything. So does one that was sold since: its proceeds stand against a price that nobody knows.
    One that is held without both is the same old close in both numbers, or its whole cost is lost.
    """
    if account.day_start_date != today:
        # Yesterday's base would measure two days.
        began = f"the account's base of {today} is not taken yet"
        return DayResult(is_bounded=False, unknown=(began,), stale=())
    held_symbols = {held.symbol for held, _ in marked}
    unknown = [
        f"{symbol} has no close of the session before"
        for symbol in account.day_start_missing
        if symbol not in held_symbols or marks_for(symbol=symbol).mark is not None
    ]
    if unknown:
        return DayResult(is_bounded=False, unknown=tuple(unknown), stale=())
    return DayResult(
        is_bounded=True,
        unknown=tuple(f"{symbol} has no price" for symbol in valuation.unpriced),
        stale=tuple(
            f"{held.symbol} counts at its close before {held.last_close_before}"
            for held, marks in marked
            if marks.is_stale
        ),
    )


def _marks(held: PositionState) -> Marks:
    return marks_of_holding(
        symbol=held.symbol, last_close=held.last_close, is_written_down=held.is_written_down
    )


def buying_power_after(
    *,
    books: WorkingSet,
    account: AccountState,
    instrument_id: UUID,
    symbol: str,
    qty: Qty,
    cash: Decimal,
) -> Decimal:
    """
    Return the buying power (dollars) that the account would show after a fill, at present marks.

    ``qty`` and ``cash`` are signed: what the fill adds to the holding and to the cash.
    """
    holdings = {
        held.instrument_id: Holding(symbol=held.symbol, qty=held.qty, mark=_marks(held).mark)
        for held in books.holdings(account_id=account.id)
    }
    before = holdings.get(instrument_id)
    if before is None:
        before = Holding(symbol=symbol, qty=ZERO_QTY, mark=marks_for(symbol=symbol).mark)
    holdings[instrument_id] = replace(before, qty=Qty(before.qty + qty))
    return value_account(
        cash=account.cash + cash,
        reserved=account.reserved,
        multiplier=account.multiplier,
        holdings=[held for held in holdings.values() if held.qty != 0],
    ).buying_power
