"""The close of the session before is known from the stored daily bars, before any price comes."""

import asyncio
from datetime import date, datetime

import pytest

from marketdata import interface
from marketdata.contracts import FeedKind, HistoryKind
from marketdata.domain import series
from marketdata.domain.timeframes import midnight_ns
from marketdata.feeds.closes import PreviousCloses
from marketdata.feeds.providers import Offer, Page, ProviderUnreachable
from marketdata.feeds.tempo import Tempo
from marketdata.models import Backfill
from marketdata.operations import read_closes
from marketdata.operations.load_security_master import instrument_id
from marketdata.store import bars, coverage
from marketdata.store.known_closes import known
from tests.marketdata.build import bar
from tests.marketdata.fakes import SilentFeed
from tests.marketdata.waiting import until
from trading.kernel import clock
from trading.kernel.clock import NEW_YORK, to_ns

# The day after Thanksgiving ends at 13:00; then comes a weekend.
WEDNESDAY, EARLY, MONDAY = date(2024, 11, 27), date(2024, 11, 29), date(2024, 12, 2)


class LiveFeed(SilentFeed):
    kind = FeedKind.LIVE
    previous_closes = {}

    def __init__(self):
        super().__init__()
        self.previous_closes = {}


@pytest.fixture(autouse=True)
def _forgotten():
    known.forget()
    yield
    known.forget()


@pytest.fixture
def live(master, fake):
    feed = LiveFeed()
    interface.start_feed(feed=feed)
    return feed


def day_bar(symbol: str, on: date, close: float, source: str = "alpaca") -> None:
    bars.write_columns(
        instrument_id=instrument_id(symbol=symbol),
        kind=HistoryKind.DAILY_BARS,
        bars=series.from_bars(
            [bar(ts_start=midnight_ns(on), open_px=close, high=close, low=close, close=close)]
        ),
        source=source,
    )


def hold(symbol: str, *days: date) -> None:
    coverage.hold(
        instrument_id=instrument_id(symbol=symbol),
        kind=HistoryKind.DAILY_BARS,
        dates=days,
        source="alpaca",
        held_at=clock.utc_now(),
    )


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("now", "close"),
    [
        (at(EARLY, 0), 10.0),
        (at(EARLY, 12, 59), 10.0),
        (at(EARLY, 13), 11.0),  # an early close is a close
        (at(date(2024, 12, 1), 12), 11.0),  # a Sunday
        (at(MONDAY, 15, 59), 11.0),
        (at(MONDAY, 16), 12.0),
    ],
)
@pytest.mark.usefixtures("live")
def test_it_is_that_of_the_last_session_that_was_over(now, close):
    for on, px in ((WEDNESDAY, 10.0), (EARLY, 11.0), (MONDAY, 12.0)):
        day_bar("IBM", on, px)
    assert interface.previous_closes(symbols=["IBM"], now=now) == {"IBM": close}


@pytest.mark.usefixtures("live")
def test_what_is_not_known_is_left_out_and_never_the_close_of_another_day():
    day_bar("IBM", WEDNESDAY, 10.0)  # nobody knows whether it traded on Friday
    day_bar("KO", EARLY, 70.0, source="simulated")  # never was
    asked = ["IBM", "KO", "F", "XYZ"]
    assert interface.previous_closes(symbols=asked, now=at(MONDAY, 10)) == {}
    hold("IBM", EARLY)  # now somebody knows that it did not
    assert interface.previous_closes(symbols=asked, now=at(MONDAY, 10)) == {"IBM": 10.0}


def test_what_the_feed_was_told_fills_in_for_the_present_day_only(live):
    live.previous_closes = {"IBM": 181.1, "KO": 70.0}
    now = clock.utc_now()
    assert interface.previous_closes(symbols=["IBM"], now=midnight(now)) == {"IBM": 181.1}
    assert interface.previous_closes(symbols=["IBM"], now=at(MONDAY, 10)) == {}


def midnight(now: datetime) -> datetime:
    return now.astimezone(NEW_YORK).replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.mark.usefixtures("live")
def test_one_close_is_known_right_after_a_start_and_before_the_provider_tells_it():
    before = read_closes.last_session(now=midnight(clock.utc_now()))
    assert before is not None
    assert interface.previous_close(symbol="IBM") is None
    day_bar("IBM", before, 150.0)
    assert interface.previous_close(symbol="IBM") is None  # asked a moment ago
    known.forget()
    assert interface.previous_close(symbol="IBM") == 150.0


async def test_an_event_loop_does_not_wait_for_the_store():
    assert read_closes.previous_close(symbol="IBM", now=clock.utc_now()) is None


@pytest.mark.usefixtures("master")
def test_of_a_made_up_market_it_is_the_last_price_before_midnight():
    now = at(MONDAY, 10)
    ts = to_ns(at(MONDAY, 0)) - 60_000_000_000
    bars.write(
        bars=[bar(ts_start=ts, close=10.5), bar(ts_start=to_ns(now), close=11.0)],
        source="stream:simulated",
    )
    assert interface.previous_closes(symbols=["IBM", "KO"], now=now) == {"IBM": 10.5}


@pytest.mark.usefixtures("live")
def test_what_is_missing_can_be_had_in_the_background():
    hold("KO", EARLY)
    interface.request_previous_closes(symbols=["IBM", "KO", "XYZ"], now=at(MONDAY, 10))
    wished = Backfill.objects.values_list("instrument__symbol", "kind", "first_date", "last_date")
    assert list(wished) == [("IBM", "DAILY_BARS", EARLY, EARLY)]


class Told:
    """A provider that answers as a test says."""

    offers = frozenset({Offer.DAILY_BARS})

    async def read_bars(self, **_):
        return Page(rows=[], next_token=None)


async def test_yesterdays_closes_are_none_of_todays_even_if_the_provider_is_down():
    moment = at(WEDNESDAY, 23, 59)
    answers = [{"IBM": 10.0}]

    async def read(_symbols):
        if not answers:
            raise ProviderUnreachable("down")
        return answers.pop()

    kept = PreviousCloses(history=Told(), symbols=["IBM"], read=read)  # type: ignore[arg-type]
    tempo = Tempo(retry_s=0.001, retry_s_max=0.001, fill_tries_max=1, now_ns=lambda: to_ns(moment))
    keeping = asyncio.create_task(kept.keep(tempo=tempo))
    await until(lambda: kept.known)
    moment = at(EARLY, 0, 1)
    kept.follow(["IBM"])
    await until(lambda: not kept.known)
    answers.append({"IBM": 11.0})
    kept.follow(["IBM"])
    await until(lambda: kept.known == {"IBM": 11.0})
    keeping.cancel()
