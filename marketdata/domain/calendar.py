"""The trading calendar: which days trade, from when to when, and which days settle."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from marketdata.contracts import FeedKind, Session, TradingDay
from trading.kernel.clock import to_ns
from trading.kernel.errors import TradingError

_MONDAY = 0


# SEC Rule 15c6-1: how many settlement days after the trade its day settles, from which day on.
_SETTLEMENT_DAYS = (
    (date(2024, 5, 28), 1),
    (date(2017, 9, 5), 2),
    (date(1995, 6, 7), 3),
    (date.min, 5),
)


class CalendarExhausted(TradingError):
    """The calendar does not reach this moment. Load a longer one."""

    code = "CALENDAR_EXHAUSTED"


class Calendar:
    """Trading days, ascending, with no gap that is not a closed day."""

    def __init__(self, days: Iterable[TradingDay]) -> None:
        self._days = tuple(days)
        self._dates = [day.trade_date for day in self._days]
        self._closes = [day.closes_at for day in self._days]

    def __len__(self) -> int:
        return len(self._days)

    def session_at(self, *, now: datetime, kind: FeedKind) -> Session:
        """
        Return the regular session that is open at ``now``, or the next one.

        :raises CalendarExhausted: if the days do not reach that far
        """
        index = bisect_right(self._closes, now)
        if not self._days or now < self._days[0].pre_opens_at or index + 1 >= len(self._days):
            raise CalendarExhausted(f"the trading calendar does not reach {now:%Y-%m-%d}")
        day = self._days[index]
        is_open = day.opens_at <= now
        return Session(
            kind=kind,
            is_open=is_open,
            opens_at=day.opens_at,
            closes_at=day.closes_at,
            next_open=self._days[index + 1].opens_at if is_open else day.opens_at,
            next_close=day.closes_at,
        )

    def find_day(self, *, on: date) -> TradingDay | None:
        """Return the session of a date, or None if nothing trades on it."""
        index = bisect_left(self._dates, on)
        return self._days[index] if self._dates[index : index + 1] == [on] else None

    def days_between(self, *, first_date: date, last_date: date) -> Sequence[TradingDay]:
        """Return the sessions from the first to the last date, both included."""
        first = bisect_left(self._dates, first_date)
        return self._days[first : bisect_right(self._dates, last_date)]

    def day_before(self, *, on: date) -> TradingDay:
        """:raises CalendarExhausted: if there is none"""
        index = bisect_left(self._dates, on) - 1
        if index < 0:
            raise CalendarExhausted(f"the trading calendar knows no day before {on}")
        return self._days[index]

    def day_after(self, *, on: date) -> TradingDay:
        """:raises CalendarExhausted: if there is none"""
        index = bisect_right(self._dates, on)
        if index >= len(self._days):
            raise CalendarExhausted(f"the trading calendar knows no day after {on}")
        return self._days[index]

    def settlement_date(self, *, trade_date: date, days: int) -> date:
        """
        Return the ``days``-th settlement day after a trading day: T+1 is ``days=1``.

        :raises CalendarExhausted: if the days do not reach that far
        """
        settles = trade_date
        for _ in range(days):
            settles = self.day_after(on=settles).trade_date
            while is_bank_holiday(settles):
                settles = self.day_after(on=settles).trade_date
        return settles

    def settles_on(self, *, trade_date: date) -> date | None:
        """Return when a day's trades settle, by the rule of that day; None if out of reach."""
        days = next(days for since, days in _SETTLEMENT_DAYS if since <= trade_date)
        try:
            return self.settlement_date(trade_date=trade_date, days=days)
        except CalendarExhausted:
            return None

    @cached_property
    def regular_hours(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Every session's open and close, ns: for many bars at once."""
        return (
            np.array([to_ns(day.opens_at) for day in self._days], dtype=np.int64),
            np.array([to_ns(day.closes_at) for day in self._days], dtype=np.int64),
        )


def is_bank_holiday(on: date) -> bool:
    """
    Tell whether stocks trade on this day but do not settle: Columbus Day and Veterans Day.

    The Federal Reserve keeps a holiday that falls on a Sunday on the Monday after, and does not
    keep one that falls on a Saturday.
    """
    second_monday = on.month == 10 and on.weekday() == _MONDAY and 8 <= on.day <= 14  # noqa: PLR2004
    veterans = (on.month, on.day) == (11, 11)
    veterans_on_sunday = on.weekday() == _MONDAY and (on.month, on.day) == (11, 12)
    return second_monday or veterans or veterans_on_sunday
