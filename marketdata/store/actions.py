"""Corporate actions, and the closes that dividends are measured against."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Max

from marketdata.contracts import CorporateAction, CorporateActionKind, HistoryKind
from marketdata.domain.actions import Telling, in_force
from marketdata.models import CorporateAction as CorporateActionRow, DailyBar, MinuteBar
from marketdata.store import coverage, sessions
from marketdata.store.closes import CLOSE_AGE_MAX

SYMBOL_CHANGE = CorporateActionKind.SYMBOL_CHANGE
_A_MOMENT = timedelta(microseconds=1)
_KEY = [
    "instrument", "kind", "ex_date", "source", "rate", "old_rate", "new_rate", "new_symbol",
]  # fmt: skip


def write(*, instrument_id: UUID, actions: Iterable[CorporateAction], told_at: datetime) -> int:
    """
    Keep what a read that began at ``told_at`` says of one instrument's actions; return how many.

    What was told before takes the new dates and is in force again.
    """
    rows = {
        (
            action.kind, action.ex_date, action.source,
            action.rate, action.old_rate, action.new_rate, action.new_symbol or "",
        ): CorporateActionRow(
            instrument_id=instrument_id,
            kind=action.kind.value,
            ex_date=action.ex_date,
            source=action.source,
            rate=action.rate,
            old_rate=action.old_rate,
            new_rate=action.new_rate,
            old_symbol=action.symbol if action.kind is SYMBOL_CHANGE else "",
            new_symbol=action.new_symbol or "",
            record_date=action.record_date,
            payable_date=action.payable_date,
            factor=action.factor,
            told_at=told_at,
        )
        for action in actions
    }  # fmt: skip
    CorporateActionRow.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=_KEY,
        update_fields=[
            "old_symbol", "record_date", "payable_date", "factor", "told_at", "withdrawn_at",
        ],
    )  # fmt: skip
    return len(rows)


def next_telling(*, instrument_id: UUID, source: str, now: datetime) -> datetime:
    """Return when a read that begins now is taken to begin: after every earlier one."""
    rows = CorporateActionRow.objects.filter(instrument_id=instrument_id, source=source)
    last = rows.aggregate(last=Max("told_at"))["last"]
    return now if last is None else max(now, last + _A_MOMENT)


def withdraw(
    *,
    instrument_id: UUID,
    source: str,
    first_date: date,
    last_date: date,
    told_before: datetime,
    now: datetime,
) -> None:
    """
    Take out of force what ``source`` said of these days before, and does not say now.

    For a read of the whole range that began at ``told_before``, inside its last page's transaction.
    """
    CorporateActionRow.objects.filter(
        instrument_id=instrument_id,
        source=source,
        ex_date__gte=first_date,
        ex_date__lte=last_date,
        told_at__lt=told_before,
        withdrawn_at=None,
    ).update(withdrawn_at=now)


def list_of(
    *,
    instrument_id: UUID,
    symbol: str,
    first_date: date = date.min,
    last_date: date = date.max,
) -> list[CorporateAction]:
    """Return the instrument's actions that are in force, by ex-date; see ``domain.actions``."""
    rows = CorporateActionRow.objects.filter(
        instrument_id=instrument_id,
        ex_date__gte=first_date,
        ex_date__lte=last_date,
        withdrawn_at=None,
    ).order_by("ex_date", "kind", "source", "id")
    tellings = [
        Telling(action=_contract(row, row.old_symbol or symbol), told_at=row.told_at)
        for row in rows
    ]
    return in_force(
        tellings=tellings,
        held_from=coverage.sources_of(
            instrument_id=instrument_id,
            kind=HistoryKind.CORPORATE_ACTIONS,
            dates={told.action.ex_date for told in tellings},
        ),
    )


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
