"""The exchange's trading days, and when their trades settle."""

from datetime import date, timedelta

from marketdata.contracts import TradingDay
from marketdata.store import sessions

# The longest cycle was of five days; with weekends and holidays between, no trade took so long.
_SETTLES_WITHIN = timedelta(days=15)


def list_settled_days(
    *, first_date: date, last_date: date, by_settlement: bool
) -> list[tuple[TradingDay, date | None]]:
    """Return sessions with their settlement dates, chosen by one date or the other."""
    calendar = sessions.calendar()
    earliest = first_date
    if by_settlement:
        earliest = date.fromordinal(max(first_date.toordinal() - _SETTLES_WITHIN.days, 1))
    days = calendar.days_between(first_date=earliest, last_date=last_date)
    told = [(day, calendar.settles_on(trade_date=day.trade_date)) for day in days]
    if not by_settlement:
        return told
    return [
        (day, settles)
        for day, settles in told
        if settles is not None and first_date <= settles <= last_date
    ]
