"""Which days trade, from when to when, and which settle."""

import csv
import io
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, strategies as st

from marketdata import interface
from marketdata.contracts import FeedKind
from marketdata.domain.calendar import Calendar, CalendarExhausted, is_bank_holiday
from marketdata.management.commands.build_calendar import read_library
from marketdata.models import TradingDay
from marketdata.store import sessions
from trading.kernel.clock import NEW_YORK

DAYS = sessions.read_days(path=sessions.SHIPPED)
CALENDAR = Calendar(DAYS)
# The recorded calendar has whole days where the exchange opened late or closed early: a blizzard,
# a moment of silence, a circuit breaker or a fault; ours keeps the hours that were kept.
HOURS_DIFFER = {
    "1990-12-27", "1991-01-17", "1991-02-25", "1994-02-11", "1995-12-18", "1996-01-08",
    "1997-10-27", "2001-09-17", "2001-10-08", "2002-09-11", "2003-03-20", "2004-06-07",
    "2005-06-01", "2006-12-27",
}  # fmt: skip


def at(*values: int) -> datetime:
    return datetime(*values, tzinfo=NEW_YORK)  # type: ignore[misc, arg-type]


def test_every_session_is_the_recorded_one(market_data_pack):
    with (market_data_pack / "calendar/xnys.csv").open() as file:
        recorded = {
            row[""][:10]: (
                datetime.fromisoformat(row["open"]),
                datetime.fromisoformat(row["close"]),
            )
            for row in csv.DictReader(file)
        }
    last = date.fromisoformat(max(recorded))
    ours = {
        day.trade_date.isoformat(): (day.opens_at, day.closes_at)
        for day in DAYS
        if day.trade_date <= last
    }
    assert ours.keys() == recorded.keys()
    assert {on for on, hours in ours.items() if hours != recorded[on]} == HOURS_DIFFER


def test_the_file_that_ships_is_what_its_command_writes():
    written = read_library(first=date(2012, 1, 1), last=date(2012, 12, 31))
    assert len(written) == 250  # two days of Hurricane Sandy
    for on, pre, opens, closes, post in written:
        day = CALENDAR.find_day(on=on)
        assert day is not None
        times = (day.pre_opens_at, day.opens_at, day.closes_at, day.post_closes_at)
        assert tuple(each.astimezone(NEW_YORK).time() for each in times) == (
            pre, opens, closes, post,
        )  # fmt: skip


def test_no_serving_process_imports_the_calendar_library():
    code = (
        "import sys, django; django.setup(); import marketdata.interface, marketdata.tasks; "
        "import marketdata.admin; sys.exit('pandas_market_calendars' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("now", "is_open", "opens", "closes", "next_open"),
    [
        # Wednesday before Thanksgiving, the short Friday after, and the weekend.
        (at(2013, 11, 27, 9, 29), False, at(2013, 11, 27, 9, 30), at(2013, 11, 27, 16), None),
        (
            at(2013, 11, 27, 9, 30), True, at(2013, 11, 27, 9, 30), at(2013, 11, 27, 16),
            at(2013, 11, 29, 9, 30),
        ),
        (at(2013, 11, 27, 16), False, at(2013, 11, 29, 9, 30), at(2013, 11, 29, 13), None),
        (
            at(2013, 11, 29, 12, 59), True, at(2013, 11, 29, 9, 30), at(2013, 11, 29, 13),
            at(2013, 12, 2, 9, 30),
        ),
        (at(2013, 11, 30, 12), False, at(2013, 12, 2, 9, 30), at(2013, 12, 2, 16), None),
    ],
)  # fmt: skip
def test_the_session_of_a_moment_is_the_open_one_or_the_next(
    now, is_open, opens, closes, next_open
):
    session = CALENDAR.session_at(now=now, kind=FeedKind.LIVE)
    assert (session.is_open, session.kind) == (is_open, FeedKind.LIVE)
    assert (session.opens_at, session.closes_at) == (opens, closes)
    assert (session.next_open, session.next_close) == (next_open or opens, closes)


def test_the_clock_change_moves_the_open_in_utc_only():
    for on, hour in ((date(2008, 3, 7), 14), (date(2008, 3, 10), 13)):
        day = CALENDAR.find_day(on=on)
        assert day is not None
        assert day.opens_at == datetime(on.year, on.month, on.day, hour, 30, tzinfo=UTC)


@given(seconds=st.integers(0, 41 * 365 * 86_400))
def test_a_session_always_surrounds_or_follows_its_moment(seconds):
    now = DAYS[0].opens_at + timedelta(seconds=seconds)
    session = CALENDAR.session_at(now=now, kind=FeedKind.LIVE)
    assert session.is_open == (session.opens_at <= now < session.closes_at)
    assert now < session.next_open
    assert now < session.next_close
    assert (session.next_close < session.next_open) == session.is_open


def test_a_moment_beyond_the_calendar_is_refused_by_name():
    for now in (at(1989, 6, 1), at(2040, 1, 1)):
        with pytest.raises(CalendarExhausted):
            CALENDAR.session_at(now=now, kind=FeedKind.LIVE)


@pytest.mark.parametrize(
    ("trade_date", "settles"),
    [
        (date(2024, 10, 11), date(2024, 10, 15)),  # Friday: Monday is Columbus Day
        (date(2024, 11, 8), date(2024, 11, 12)),  # Friday: Monday is Veterans Day
        (date(2023, 11, 10), date(2023, 11, 13)),  # Veterans Day on a Saturday moves nothing
        (date(2018, 11, 9), date(2018, 11, 13)),  # on a Sunday it is kept on Monday
        (date(2024, 7, 3), date(2024, 7, 5)),
        (date(2024, 2, 6), date(2024, 2, 7)),
    ],
)
def test_bank_holidays_trade_and_do_not_settle(trade_date, settles):
    assert CALENDAR.settlement_date(trade_date=trade_date, days=1) == settles


def test_two_days_a_year_trade_and_do_not_settle():
    found = [day.trade_date for day in DAYS if is_bank_holiday(day.trade_date)]
    assert [on.isoformat() for on in found if on.year == 2024] == ["2024-10-14", "2024-11-11"]


@pytest.mark.django_db
def test_the_calendar_that_ships_answers_until_one_is_loaded(tmp_path):
    now = at(2024, 2, 6, 10)
    assert sessions.session_at(now=now, kind=FeedKind.LIVE).is_open
    path = tmp_path / "days.csv"
    header = ",".join(sessions.COLUMNS)
    path.write_text(
        f"{header}\n2024-02-05,04:00,09:30,16:00,20:00\n"
        "2024-02-06,04:00,11:00,16:00,20:00\n2024-02-07,04:00,09:30,16:00,20:00\n"
    )
    out = io.StringIO()
    call_command("load_calendar", str(path), stdout=out)
    assert out.getvalue() == "3 trading days loaded\n"
    assert not sessions.session_at(now=now, kind=FeedKind.LIVE).is_open
    assert interface.load_calendar() == len(DAYS) == TradingDay.objects.count()
    assert sessions.session_at(now=now, kind=FeedKind.LIVE).is_open


@pytest.mark.django_db
def test_a_process_reads_the_table_once(django_assert_num_queries):
    interface.load_calendar()
    with django_assert_num_queries(1):
        for hour in range(5):
            sessions.session_at(now=at(2024, 2, 6, hour), kind=FeedKind.LIVE)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "line 1"),
        ("a,b\n", "line 1: column 1 is 'a' and must be 'trade_date'"),
        ("{header},x\n", "line 1: column 6, 'x', is one too many"),
        ("{header}\n2024-02-06,04:00,09:30\n", "line 2"),
        ("{header}\n2024-02-06,04:00,09:30,09:00,20:00\n", "line 2"),
        ("{header}\nyesterday,04:00,09:30,16:00,20:00\n", "line 2"),
        ("{header}\n", "must ascend"),
    ],
)
def test_a_damaged_calendar_is_named_and_not_loaded(tmp_path, text, reason):
    path = tmp_path / "days.csv"
    path.write_text(text.format(header=",".join(sessions.COLUMNS)))
    with pytest.raises(CommandError, match=f"INVALID_CALENDAR.*{reason}"):
        call_command("load_calendar", str(path))
    assert not interface.is_calendar_loaded()


@pytest.mark.django_db
def test_a_calendar_that_a_spreadsheet_saved_loads(tmp_path):
    path = tmp_path / "days.csv"
    text = f"{','.join(sessions.COLUMNS)}\r\n2024-02-05,04:00,09:30,16:00,20:00\r\n"
    path.write_text(text, encoding="utf-8-sig", newline="")
    assert interface.load_calendar(path=path) == 1
