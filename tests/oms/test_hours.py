"""The paper market's hours, by dates: early closes, both clocks of the year, weekends."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from marketdata import interface as marketdata
from marketdata.contracts import FeedKind
from oms.hours import MarketHours, day_order_end, hours_at
from oms.paper.hours import Phase
from trading.kernel.clock import NEW_YORK, to_ns

pytestmark = pytest.mark.django_db

C, E, R = Phase.CLOSED, Phase.EXTENDED, Phase.REGULAR


def new_york(day: str, at: str) -> datetime:
    local = datetime.combine(date.fromisoformat(day), time.fromisoformat(at), tzinfo=NEW_YORK)
    return local.astimezone(UTC)


@pytest.fixture
def live(monkeypatch):
    def session(*, now):
        return marketdata.get_exchange_session(now=now, kind=FeedKind.LIVE)

    monkeypatch.setattr(marketdata, "get_session", session)


@pytest.mark.parametrize(
    ("at", "phase", "since", "until"),
    [
        (("2026-11-25", "03:59:59"), C, None, ("2026-11-25", "04:00")),
        (("2026-11-25", "04:00"), E, "04:00", ("2026-11-25", "09:30")),
        (("2026-11-25", "09:29:59.999999"), E, "04:00", ("2026-11-25", "09:30")),
        (("2026-11-25", "09:30"), R, "09:30", ("2026-11-25", "16:00")),
        (("2026-11-25", "15:59:59.999999"), R, "09:30", ("2026-11-25", "16:00")),
        (("2026-11-25", "16:00"), E, "16:00", ("2026-11-25", "20:00")),
        (("2026-11-25", "20:00"), C, None, ("2026-11-27", "04:00")),  # over Thanksgiving
        (("2026-11-26", "11:00"), C, None, ("2026-11-27", "04:00")),
        (("2026-11-27", "12:59:59"), R, "09:30", ("2026-11-27", "13:00")),
        (("2026-11-27", "13:00"), E, "13:00", ("2026-11-27", "17:00")),
        (("2026-11-27", "17:00"), C, None, ("2026-11-30", "04:00")),
        (("2026-11-28", "12:00"), C, None, ("2026-11-30", "04:00")),
        (("2026-07-06", "09:30"), R, "09:30", ("2026-07-06", "16:00")),  # summer
        (("2026-12-31", "21:00"), C, None, ("2027-01-04", "04:00")),
    ],
)
def test_the_day_of_the_exchange_has_phases(live, at, phase, since, until):
    told = hours_at(now=new_york(*at))
    assert told.phase is phase
    if since is not None:
        assert told.since_ns == to_ns(new_york(at[0], since))
    assert told.until_ns == to_ns(new_york(*until))


def test_a_market_that_is_made_up_has_its_own_session_and_no_other_hours(live, monkeypatch):
    def session(*, now):
        return marketdata.get_exchange_session(now=now, kind=FeedKind.SIMULATED)

    monkeypatch.setattr(marketdata, "get_session", session)
    assert hours_at(now=new_york("2026-11-25", "10:00")).phase is R
    assert hours_at(now=new_york("2026-11-25", "17:00")).phase is C


def test_a_market_whose_hours_are_not_known_is_closed(live):
    told = hours_at(now=datetime(1900, 1, 1, tzinfo=UTC))
    assert told.phase is C


@pytest.mark.parametrize(
    ("day", "at", "extended_hours", "end"),
    [
        ("2026-11-25", "10:00", False, ("2026-11-25", "16:00")),
        ("2026-11-25", "10:00", True, ("2026-11-25", "20:00")),
        ("2026-11-25", "17:00", False, ("2026-11-27", "13:00")),
        ("2026-11-25", "17:00", True, ("2026-11-25", "20:00")),
        ("2026-11-25", "20:00", True, ("2026-11-27", "17:00")),
        ("2026-11-27", "12:59:59.9", False, ("2026-11-27", "13:00")),
        ("2026-11-27", "13:00:00.02", False, ("2026-11-30", "16:00")),
        ("2026-11-27", "13:00:00.02", True, ("2026-11-27", "17:00")),
        ("2026-11-28", "10:00", True, ("2026-11-30", "20:00")),
    ],
)
def test_a_day_order_ends_with_the_hours_that_it_asks_for(live, day, at, extended_hours, end):
    now = new_york(day, at)
    session = marketdata.get_session(now=now)
    ends_at = day_order_end(session=session, now=now, extended_hours=extended_hours)
    assert ends_at == new_york(*end)


def test_a_made_up_day_ends_at_its_close_for_everybody(live):
    now = new_york("2026-11-25", "10:00")
    session = replace(marketdata.get_session(now=now), kind=FeedKind.SIMULATED)
    ends_at = day_order_end(session=session, now=now, extended_hours=True)
    assert ends_at == session.next_close


def test_the_phase_is_remembered_for_a_moment_but_never_past_its_end(live, monkeypatch):
    asked = []
    session_of = marketdata.get_session

    def session(*, now):
        asked.append(now)
        return session_of(now=now)

    monkeypatch.setattr(marketdata, "get_session", session)
    close = new_york("2026-11-27", "13:00")
    hours = MarketHours()
    before = to_ns(close - timedelta(milliseconds=50))
    for step in range(50):
        assert hours.at(before + step * 1_000_000).phase is R
    assert len(asked) == 1
    assert hours.at(to_ns(close)).phase is E
    assert hours.at(before).phase is R  # the clock went back
    assert len(asked) == 3
