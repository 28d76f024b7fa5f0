"""Whether a symbol trades is known to whoever asks, and told to whoever listens to ticks."""

import pytest

from marketdata import interface
from marketdata.contracts import FeedKind, TradingStatus, Update
from marketdata.feeds.polygon.config import PolygonConfig
from tests.marketdata.build import T0, quote
from tests.marketdata.fakes import SilentFeed
from trading.kernel import clock


def status(code: str, *, reason: str = "", ts_event: int = T0) -> TradingStatus:
    return TradingStatus(
        symbol="IBM",
        status_code=code,
        status_message="",
        reason_code=reason,
        reason_message="",
        ts_event=ts_event,
        ts_init=ts_event,
        source="test",
    )


@pytest.fixture
def feed(master):
    feed = SilentFeed()
    interface.start_feed(feed=feed)
    yield feed
    interface.stop_feed()


@pytest.mark.parametrize(
    ("codes", "is_halted"),
    [
        ("H", True),
        ("P", True),  # a volatility pause
        ("HQ", True),  # quotes come back before trading does
        ("HQT", False),
        ("2", True),  # of the CTA plan
        ("25", True),  # a price indication ends no halt
        ("253", False),
        ("T", False),
    ],
)
def test_the_last_status_that_speaks_of_trading_holds(feed, codes, is_halted):
    interface.accept_ticks(
        ticks=[status(code, reason="T1", ts_event=T0 + n) for n, code in enumerate(codes)]
    )
    told = interface.trading_status(symbol="IBM")
    assert told is not None
    assert told.is_halted is is_halted
    assert told.reason_code == "T1"


def test_nothing_is_known_of_a_symbol_that_no_status_named(feed):
    interface.accept_ticks(ticks=[status("5")])
    assert interface.trading_status(symbol="IBM") is None


def test_listeners_of_ticks_hear_of_halts_and_resumptions_in_order(feed):
    heard: list[object] = []
    end = interface.on_tick(heard.append)
    now_ns = clock.now_ns()
    said: list[Update] = [status("H"), quote(ts_event=now_ns), status("5"), status("T")]
    try:
        interface.accept_ticks(ticks=said)
    finally:
        end()
    assert heard == [said[0], said[1], said[3]]


def test_a_delayed_feed_says_so(feed):
    assert not interface.is_delayed_source()
    feed.kind = FeedKind.DELAYED
    assert interface.is_delayed_source()
    assert interface.is_delayed_source(symbol="IBM")


def test_a_clock_that_is_behind_the_live_market_is_told(feed):
    assert "clock" not in interface.feed_status().detail
    feed.kind = FeedKind.LIVE
    for _ in range(6):
        interface.accept_ticks(ticks=[quote(ts_event=clock.now_ns() + 3_500_000_000)])
    assert not interface.feed_status().connected
    assert "clock is 3.5 s behind" in interface.feed_status().detail


@pytest.mark.parametrize(
    ("url", "is_delayed"),
    [
        ("wss://socket.massive.com/stocks", False),
        ("wss://delayed.massive.com/stocks", True),
        ("wss://delayed-business.polygon.io/stocks", True),
        ("wss://business.polygon.io/stocks", False),
    ],
)
def test_polygons_delayed_hosts_are_known(url, is_delayed):
    assert PolygonConfig(key="k", stream_url=url).is_delayed is is_delayed
