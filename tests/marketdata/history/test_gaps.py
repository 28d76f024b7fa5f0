"""What is missing is exactly what is wanted and not held."""

from datetime import date, timedelta

from hypothesis import given, strategies as st

from marketdata.contracts import DateRange
from marketdata.domain.calendar import Calendar
from marketdata.domain.gaps import finished, missing_pieces, spans_without
from marketdata.store import sessions

WANTED = Calendar(sessions.read_days(path=sessions.SHIPPED)).days_between(
    first_date=date(2024, 1, 1), last_date=date(2024, 3, 31)
)
DATES = [day.trade_date for day in WANTED]


def expand(piece: DateRange) -> list[date]:
    return [on for on in DATES if piece.first_date <= on <= piece.last_date]


@given(
    held=st.sets(st.sampled_from(DATES)),
    max_days=st.integers(1, 70),
    cuts=st.sets(st.sampled_from(DATES), max_size=3),
)
def test_pieces_hold_each_missing_day_once_and_no_other(held, max_days, cuts):
    pieces = missing_pieces(wanted=WANTED, held=held, max_days=max_days, cuts=cuts)
    days = [on for piece in pieces for on in expand(piece)]
    assert days == [on for on in DATES if on not in held]
    assert all(len(expand(piece)) <= max_days for piece in pieces)
    assert not any(piece.first_date < cut <= piece.last_date for piece in pieces for cut in cuts)


def test_a_weekend_parts_nothing():
    assert missing_pieces(wanted=WANTED, held=(), max_days=1_000) == [
        DateRange(first_date=date(2024, 1, 2), last_date=date(2024, 3, 28))
    ]


def test_a_day_is_finished_when_its_late_trades_are_in():
    day = WANTED[3]
    assert day not in finished(days=WANTED, now=day.post_closes_at)
    assert day in finished(days=WANTED, now=day.post_closes_at + timedelta(hours=1))


@given(held=st.sets(st.sampled_from(DATES)))
def test_spans_and_held_dates_make_up_the_whole_stretch(held):
    first, last = date(2024, 1, 1), date(2024, 3, 31)
    spans = spans_without(held=sorted(held), first_date=first, last_date=last)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    outside = [on for on in days if any(s.first_date <= on <= s.last_date for s in spans)]
    assert outside == [on for on in days if on not in held]
