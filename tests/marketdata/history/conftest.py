"""What the tests of history share."""

from datetime import date, datetime, timedelta

import pytest

from marketdata.domain.calendar import Calendar
from marketdata.operations import history_sources
from marketdata.operations.load_security_master import instrument_id
from marketdata.store import sessions
from tests.marketdata.history.source import FakeSource
from trading.kernel.clock import NEW_YORK


@pytest.fixture(autouse=True)
def _calendar_is_read_anew():
    sessions.forget()
    yield
    sessions.forget()


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    return Calendar(sessions.read_days(path=sessions.SHIPPED))


@pytest.fixture
def ibm(master):
    return instrument_id(symbol="IBM")


class HandClock:
    """The time of day, moved by hand."""

    def __init__(self) -> None:
        self.at = datetime(2024, 3, 1, 12, tzinfo=NEW_YORK)

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def hand_clock():
    return HandClock()


@pytest.fixture
def fake(calendar):
    """A provider named ``fake`` with one bar a quarter of an hour, two days a page."""
    source = FakeSource(calendar=calendar)
    take_back = history_sources.register(name="fake", factory=lambda: source)
    yield source
    take_back()


MONDAY, FRIDAY = date(2024, 2, 5), date(2024, 2, 9)
