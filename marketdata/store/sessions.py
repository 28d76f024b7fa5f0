"""The trading calendar of this process: read once, then answered from memory."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from pathlib import Path
from threading import Lock

from marketdata.contracts import FeedKind, Session, TradingDay
from marketdata.domain.calendar import Calendar
from marketdata.domain.headers import ENCODING, first_wrong_column
from marketdata.models import TradingDay as TradingDayRow
from trading.infra.transactions import transaction
from trading.kernel.clock import NEW_YORK
from trading.kernel.errors import TradingError

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "xnys_days.csv"
COLUMNS = ("trade_date", "pre_opens", "opens", "closes", "post_closes")

_lock = Lock()
_calendar: Calendar | None = None


class InvalidCalendar(TradingError):
    """The file is not a trading calendar. Nothing was loaded; mend it and load it again."""

    code = "INVALID_CALENDAR"


def session_at(*, now: datetime, kind: FeedKind) -> Session:
    """
    Return the exchange's regular session that is open at ``now``, or the next one.

    From memory, except for the first call of a process, which must not be on an event loop.

    :raises CalendarExhausted: if the calendar does not reach that far
    """
    return calendar().session_at(now=now, kind=kind)


def calendar() -> Calendar:
    """
    Return the trading days that are loaded or, while none are, those that ship with the product.

    A process that runs while another one loads a new calendar takes it up at its next start.
    """
    global _calendar  # noqa: PLW0603 - one calendar per process is the point
    with _lock:
        if _calendar is None:
            _calendar = Calendar(_stored()) or Calendar(read_days(path=SHIPPED))
        return _calendar


def forget() -> None:
    """Forget what is remembered: the table has changed."""
    global _calendar  # noqa: PLW0603
    with _lock:
        _calendar = None


def is_loaded() -> bool:
    return TradingDayRow.objects.exists()


def write_days(*, days: Iterable[TradingDay]) -> int:
    """Make the table hold exactly these days; return how many."""
    rows = [
        TradingDayRow(
            trade_date=day.trade_date,
            pre_opens_at=day.pre_opens_at,
            opens_at=day.opens_at,
            closes_at=day.closes_at,
            post_closes_at=day.post_closes_at,
        )
        for day in days
    ]
    with transaction():
        TradingDayRow.objects.all().delete()
        TradingDayRow.objects.bulk_create(rows, batch_size=5_000)
    forget()
    return len(rows)


def read_days(*, path: Path) -> list[TradingDay]:
    """
    Read a CSV file of trading days: dates and New York times, ascending, header COLUMNS.

    :raises InvalidCalendar: naming the line
    """
    try:
        with path.open(newline="", encoding=ENCODING) as file:
            rows = csv.reader(file)
            if wrong := first_wrong_column(found=next(rows, []), expected=COLUMNS):
                raise InvalidCalendar(
                    f"{path}, line 1: {wrong}; the header must be {','.join(COLUMNS)}",
                    path=str(path),
                )
            days = [_day(row, rows.line_num, path) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidCalendar(f"cannot read {path}: {error}", path=str(path)) from error
    dates = [day.trade_date for day in days]
    if not dates or dates != sorted(set(dates)):
        raise InvalidCalendar(f"{path}: the days must ascend", path=str(path))
    return days


def _day(row: list[str], line: int, path: Path) -> TradingDay:
    try:
        on, *times = row
        trade_date = date.fromisoformat(on)
        pre, opens, closes, post = (
            datetime.combine(trade_date, time.fromisoformat(each), tzinfo=NEW_YORK)
            for each in times
        )
    except ValueError as error:
        raise InvalidCalendar(f"{path}, line {line}: {error}", path=str(path), line=line) from error
    if not pre <= opens < closes <= post:
        raise InvalidCalendar(
            f"{path}, line {line}: the times must ascend", path=str(path), line=line
        )
    return TradingDay(
        trade_date=trade_date,
        pre_opens_at=pre,
        opens_at=opens,
        closes_at=closes,
        post_closes_at=post,
    )


def _stored() -> Iterator[TradingDay]:
    rows = TradingDayRow.objects.order_by("trade_date").values_list(
        "trade_date", "pre_opens_at", "opens_at", "closes_at", "post_closes_at"
    )
    for trade_date, pre, opens, closes, post in rows:
        yield TradingDay(
            trade_date=trade_date,
            pre_opens_at=pre,
            opens_at=opens,
            closes_at=closes,
            post_closes_at=post,
        )
