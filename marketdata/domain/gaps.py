"""What is wanted and not held, as pieces that can be asked for one after the other."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from marketdata.contracts import DateRange, TradingDay

# After the end of extended hours: by then a vendor's bars of the day no longer change.
SETTLED_AFTER = timedelta(minutes=20)


# Providers correct what they told of a day: it is asked for again from so long after it on, and
# each time that it has grown twice as old, until it was asked for so long after.
REVISED_AFTER = timedelta(hours=12)
REVISED_UNTIL = timedelta(days=30)


def is_due_again(*, day: TradingDay, held_at: datetime, now: datetime) -> bool:
    """Say whether a day that was fetched at ``held_at`` may have been corrected since."""
    age_then = max(held_at - day.post_closes_at, timedelta())
    age_now = now - day.post_closes_at
    return age_then < REVISED_UNTIL and age_now >= max(2 * age_then, REVISED_AFTER)


def finished(*, days: Iterable[TradingDay], now: datetime) -> list[TradingDay]:
    """Return the days whose trading is over, extended hours included, and settled."""
    return [day for day in days if day.post_closes_at + SETTLED_AFTER <= now]


def missing_pieces(
    *,
    wanted: Sequence[TradingDay],
    held: Collection[date],
    max_days: int,
    cuts: Collection[date] = (),
) -> list[DateRange]:
    """
    Return the wanted days that are not held, as runs of neighbours of at most ``max_days``.

    No run goes on across a date of ``cuts``, at which the security took a new name. Days are
    neighbours when no wanted day lies between them, so a weekend parts nothing.
    """
    return list(_runs([(day.trade_date in held, day.trade_date) for day in wanted], max_days, cuts))


def _runs(
    days: Sequence[tuple[bool, date]], max_days: int, cuts: Collection[date]
) -> Iterator[DateRange]:
    run: list[date] = []
    for is_held, on in days:
        is_cut = bool(run) and any(run[-1] < cut <= on for cut in cuts)
        if run and (is_held or is_cut or len(run) == max_days):
            yield DateRange(first_date=run[0], last_date=run[-1])
            run = []
        if not is_held:
            run.append(on)
    if run:
        yield DateRange(first_date=run[0], last_date=run[-1])


def cut(wanted: DateRange, *, at: Iterable[date]) -> list[DateRange]:
    """Return the range as parts, of which one begins at each of these dates that lie within it."""
    inside = sorted(on for on in set(at) if wanted.first_date < on <= wanted.last_date)
    firsts = [wanted.first_date, *inside]
    lasts = [*(on - timedelta(days=1) for on in inside), wanted.last_date]
    return [
        DateRange(first_date=first, last_date=last)
        for first, last in zip(firsts, lasts, strict=True)
    ]


def spans_without(*, held: Sequence[date], first_date: date, last_date: date) -> list[DateRange]:
    """Return the stretches of the calendar, weekends included, between the dates that are held."""
    edges = [first_date - timedelta(days=1), *held, last_date + timedelta(days=1)]
    day = timedelta(days=1)
    return [
        DateRange(first_date=before + day, last_date=after - day)
        for before, after in pairwise(edges)
        if after - before > day
    ]
