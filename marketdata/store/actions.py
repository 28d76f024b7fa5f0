"""Corporate actions, and the closes that dividends are measured against."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from uuid import UUID

from marketdata.contracts import CorporateAction, CorporateActionKind
from marketdata.models import CorporateAction as CorporateActionRow, DailyBar, MinuteBar
from marketdata.store import sessions
from marketdata.store.closes import CLOSE_AGE_MAX

_KEY = ["instrument", "kind", "ex_date", "source", "rate", "old_rate", "new_rate"]


def write(*, instrument_id: UUID, actions: Iterable[CorporateAction]) -> int:
    """Insert or update one instrument's actions; return how many."""
    rows = {
        (action.kind, action.ex_date, action.source, action.rate, action.old_rate, action.new_rate):
        CorporateActionRow(
            instrument_id=instrument_id,
            kind=action.kind.value,
            ex_date=action.ex_date,
            source=action.source,
            rate=action.rate,
            old_rate=action.old_rate,
            new_rate=action.new_rate,
            new_symbol=action.new_symbol or "",
            record_date=action.record_date,
            payable_date=action.payable_date,
            factor=action.factor,
        )
        for action in actions
    }  # fmt: skip
    CorporateActionRow.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=_KEY,
        update_fields=["new_symbol", "record_date", "payable_date", "factor"],
    )
    return len(rows)


def list_of(
    *,
    instrument_id: UUID,
    symbol: str,
    first_date: date = date.min,
    last_date: date = date.max,
) -> list[CorporateAction]:
    """
    Return the instrument's actions by ex-date, each once.

    Several sources may tell of one action: of those of one kind and day, one source's are taken.
    """
    rows = CorporateActionRow.objects.filter(
        instrument_id=instrument_id, ex_date__gte=first_date, ex_date__lte=last_date
    ).order_by("ex_date", "kind", "source", "id")
    found: list[CorporateAction] = []
    for _, same in groupby(rows, key=lambda row: (row.ex_date, row.kind)):
        told = list(same)
        found += [_contract(row, symbol) for row in told if row.source == told[0].source]
    return found


def closes_before(*, instrument_id: UUID, ex_dates: Sequence[date]) -> Mapping[date, float]:
    """
    Return the raw close before each ex-date: the daily bar's or, without one, the last minute's.

    A day without a recent close before it is left out.
    """
    closes: dict[date, float] = {}
    for ex_date in ex_dates:
        close = _daily_close(instrument_id, ex_date) or _minute_close(instrument_id, ex_date)
        if close is not None:
            closes[ex_date] = close
    return closes


def _daily_close(instrument_id: UUID, ex_date: date) -> float | None:
    rows = DailyBar.objects.filter(
        instrument_id=instrument_id,
        trade_date__lt=ex_date,
        trade_date__gte=ex_date - CLOSE_AGE_MAX,
    )
    return rows.order_by("-trade_date").values_list("close", flat=True).first()


def _minute_close(instrument_id: UUID, ex_date: date) -> float | None:
    day = sessions.calendar().day_before(on=ex_date)
    rows = MinuteBar.objects.filter(
        instrument_id=instrument_id, ts_start__gte=day.opens_at, ts_start__lt=day.closes_at
    )
    return rows.order_by("-ts_start").values_list("close", flat=True).first()


def _contract(row: CorporateActionRow, symbol: str) -> CorporateAction:
    return CorporateAction(
        kind=CorporateActionKind(row.kind),
        symbol=symbol,
        ex_date=row.ex_date,
        source=row.source,
        rate=row.rate,
        old_rate=row.old_rate,
        new_rate=row.new_rate,
        new_symbol=row.new_symbol or None,
        record_date=row.record_date,
        payable_date=row.payable_date,
        factor=row.factor,
    )
