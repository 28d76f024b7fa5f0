"""
What every provider must do, whatever its protocol: one suite, run against its loopback server.

A provider's test file makes a ``Provider`` in a fixture named ``provider`` and subclasses
``StreamContract`` and ``HistoryContract``::

    @pytest.fixture
    async def provider():
        server = AlpacaServer()
        await server.start()
        yield Provider(server=server, build=..., ...)
        await server.stop()

    class TestStream(StreamContract): ...
    class TestHistory(HistoryContract): ...

and, if its history tells what is listed, ``ListingsContract``.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol, TypeVar

import pytest

from marketdata.contracts import (
    Bar,
    BarUnit,
    FeedKind,
    LastKnown,
    Listing,
    ProviderBar,
    Quote,
    Session,
    Timeframe,
    Trade,
    Update,
)
from marketdata.domain.each_quote import EachQuote
from marketdata.feeds.base import Emit, Feed
from marketdata.feeds.providers import (
    AuthenticationFailed,
    BadPayload,
    HistorySource,
    InvalidRequest,
    NotEntitled,
    Offer,
    ProviderError,
    ProviderUnreachable,
    RateLimited,
    ReadsListings,
    SymbolLimitExceeded,
)
from marketdata.feeds.streaming import StreamingFeed
from marketdata.feeds.tempo import Tempo
from marketdata.hub import Hub
from marketdata.pipeline import Pipeline
from tests.marketdata.build import MINUTE_NS, T0, bar, listing, quote, trade
from tests.marketdata.providers.loopback import Fault, LoopbackServer, RestReply
from tests.marketdata.waiting import until
from trading.kernel.clock import from_ns

Kind = TypeVar("Kind")

SECOND_NS = 1_000_000_000
ONE_MINUTE = Timeframe(count=1, unit=BarUnit.MINUTE)
ONE_DAY = Timeframe(count=1, unit=BarUnit.DAY)


class Build(Protocol):
    def __call__(self, *, key: str = "right-key") -> tuple[StreamingFeed, HistorySource]:
        """Build the provider's feed and history, pointed at the server, with this key."""
        ...


@dataclass(kw_only=True)
class Provider:
    """
    One vendor under test.

    The server must take the key ``right-key`` and refuse any other. ``streams`` is what its stream
    carries, ``faults`` what its protocol can say, ``malformed`` a frame that it would never send.
    ``errors`` says which of our errors its HTTP statuses mean, where that is not the usual.
    ``recalls`` says that its REST tells the newest quote and trade of a symbol.
    """

    server: LoopbackServer
    build: Build
    symbols: Sequence[str] = ("AAPL", "IBM")
    streams: frozenset[type] = frozenset({Quote, Trade})
    faults: frozenset[Fault] = frozenset(Fault)
    malformed: str | bytes = "{not json"
    recalls: bool = False
    errors: dict[int, type[ProviderError]] = field(default_factory=dict)


def always_open(now: datetime) -> Session:
    """Keep a session that is open whenever asked: what ``build`` is given as ``sessions``."""
    hour = timedelta(hours=1)
    return Session(
        kind=FeedKind.LIVE,
        is_open=True,
        opens_at=now - hour,
        closes_at=now + hour,
        next_open=now + 2 * hour,
        next_close=now + hour,
    )


class Heard:
    """What a running feed has said."""

    def __init__(self) -> None:
        self.updates: list[Update] = []
        self.batch_count = 0
        self.forward: Emit | None = None
        self.task: asyncio.Task[None] | None = None

    def emit(self, batch: Sequence[Update]) -> None:
        self.batch_count += 1
        self.updates.extend(batch)
        if self.forward is not None:
            self.forward(batch)

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [update for update in self.updates if isinstance(update, kind)]


@contextlib.asynccontextmanager
async def running(
    feed: Feed, *, forward: Emit | None = None, tempo: Tempo | None = None
) -> AsyncIterator[Heard]:
    """Run the feed, impatiently, until the block ends; what it raised is left in the task."""
    if isinstance(feed, StreamingFeed):
        feed.tempo = tempo or Tempo(retry_s=0.05, retry_s_max=0.2)
    heard = Heard()
    heard.forward = forward
    heard.task = asyncio.create_task(feed.run(heard.emit))
    try:
        yield heard
    finally:
        feed.stop()
        async with asyncio.timeout(10):
            await asyncio.gather(heard.task, return_exceptions=True)


async def ended(heard: Heard) -> BaseException | None:
    """Wait until the feed has ended by itself; return what it raised."""
    assert heard.task is not None
    async with asyncio.timeout(10):
        await asyncio.wait([heard.task])
    return heard.task.exception()


class StreamContract:
    async def test_it_connects_authenticates_and_subscribes_to_everything(self, provider):
        feed, _ = provider.build()
        assert tuple(feed.symbols) == tuple(sorted(provider.symbols))
        async with running(feed):
            await until(lambda: provider.server.ready_count == 1)
            assert provider.server.subscribed == set(provider.symbols)
            await until(lambda: feed.sources()[0].connected)

    async def test_quotes_and_trades_arrive_translated(self, provider):
        feed, _ = provider.build()
        said = [
            update
            for update in (
                quote(symbol="IBM", ts_event=T0 + SECOND_NS),
                trade(symbol="IBM", ts_event=T0 + 2 * SECOND_NS, trade_id=7),
                trade(symbol="AAPL", px=161.87, size=300, ts_event=T0 + 3 * SECOND_NS, trade_id=8),
                quote(symbol="AAPL", bid_px=161.86, ask_px=161.87, ts_event=T0 + 4 * SECOND_NS),
            )
            if type(update) in provider.streams
        ]
        async with running(feed) as heard:
            await until(lambda: provider.server.ready_count)
            await provider.server.say(*said)
            await until(lambda: len(heard.updates) >= len(said))
        assert [_essence(update) for update in heard.updates] == [_essence(each) for each in said]
        assert {update.source for update in heard.updates} == {feed.name}

    @pytest.mark.parametrize("needed", [(), ("IBM",)])
    async def test_of_a_burst_of_quotes_the_newest_stays_and_each_if_it_is_needed(
        self, provider, needed
    ):
        feed, _ = provider.build()
        feed.each_quote = EachQuote(symbols=needed)
        said = [
            quote(symbol=symbol, bid_px=100.0 + cents / 100, ask_px=102.0, ts_event=T0 + cents)
            for cents in range(100)
            for symbol in ("IBM", "AAPL")
        ]
        async with running(feed) as heard:
            await until(lambda: provider.server.ready_count)
            await provider.server.say(*said)
            await until(lambda: {each.bid_px for each in heard.of(Quote)[-2:]} == {100.99})
        for symbol in ("IBM", "AAPL"):
            told = [each.bid_px for each in heard.of(Quote) if each.symbol == symbol]
            assert told == sorted(told)
            assert told[-1] == 100.99
            assert symbol not in needed or len(told) == 100

    async def test_it_gives_a_sign_of_life_while_connected(self, provider):
        feed, _ = provider.build()
        async with running(feed) as heard:
            await until(lambda: heard.batch_count >= 2)
        assert heard.updates == []

    async def test_a_wrong_key_ends_the_feed_by_name(self, provider):
        feed, _ = provider.build(key="wrong-key")
        async with running(feed) as heard:
            assert isinstance(await ended(heard), AuthenticationFailed)
        assert provider.server.connection_count == 1
        assert "AUTHENTICATION_FAILED" in feed.sources()[0].detail

    @pytest.mark.parametrize(
        ("fault", "error"),
        [(Fault.SYMBOL_LIMIT, SymbolLimitExceeded), (Fault.NOT_ENTITLED, NotEntitled)],
    )
    async def test_what_a_person_must_change_ends_the_feed_by_name(self, provider, fault, error):
        _needs(provider, fault)
        provider.server.fault = fault
        feed, _ = provider.build()
        async with running(feed) as heard:
            assert isinstance(await ended(heard), error)
        assert error.code in feed.sources()[0].detail

    async def test_a_connection_limit_is_waited_out(self, provider):
        _needs(provider, Fault.CONNECTION_LIMIT)
        provider.server.fault = Fault.CONNECTION_LIMIT
        feed, _ = provider.build()
        async with running(feed):
            await until(lambda: provider.server.connection_count >= 3)
            assert "CONNECTION_LIMIT_EXCEEDED" in feed.sources()[0].detail
            provider.server.fault = None
            await until(lambda: feed.sources()[0].connected)

    async def test_a_client_dropped_as_too_slow_connects_again(self, provider):
        _needs(provider, Fault.SLOW_CLIENT)
        feed, _ = provider.build()
        async with running(feed):
            await until(lambda: provider.server.ready_count)
            await provider.server.drop_slow_clients()
            await until(lambda: provider.server.connection_count == 2)
            await until(lambda: provider.server.ready_count == 1)
        assert feed.counters["SLOW_CLIENT"] == 1

    async def test_a_malformed_frame_is_counted_and_not_fatal(self, provider):
        feed, _ = provider.build()
        told = next(each for each in (trade(), quote()) if type(each) in provider.streams)
        async with running(feed) as heard:
            await until(lambda: provider.server.ready_count)
            await provider.server.say_raw(provider.malformed)
            await provider.server.say(told)
            await until(lambda: heard.updates)
        assert feed.counters["BAD_PAYLOAD"] == 1
        assert provider.server.connection_count == 1

    async def test_a_stream_that_is_open_and_mute_is_opened_anew(self, provider):
        feed, _ = provider.build()
        async with running(feed, tempo=Tempo(retry_s=0.05, retry_s_max=0.2, silence_s=0.3)):
            await until(lambda: provider.server.ready_count)
            provider.server.stall()
            await until(lambda: provider.server.connection_count >= 2)
        assert feed.counters["SILENT"] >= 1

    @pytest.mark.parametrize("how", ["cut", "restart"])
    async def test_a_connection_lost_in_the_middle_of_a_minute_loses_no_bar(
        self, provider, standing_clock, how
    ):
        _needs_trades(provider)
        feed, _ = provider.build()
        market = Market(provider.server, standing_clock)
        pipeline = Pipeline(
            feed=feed,
            known=provider.symbols,
            hub=Hub(),
            listeners=[],
            now_ns=standing_clock,
        )
        tempo = Tempo(retry_s=0.05, retry_s_max=0.2, now_ns=standing_clock)
        async with running(feed, forward=pipeline.accept, tempo=tempo) as heard:
            await until(lambda: provider.server.ready_count)
            for second in (3, 15, 27):
                await market.trade(second)
            await until(lambda: len(heard.of(Trade)) == 6)
            provider.server.refusing = True
            if how == "cut":
                provider.server.cut()
            else:
                await provider.server.restart()
            for second in (33, 48, 65, 70):
                await market.trade(second)  # only the history knows of these
            # The history has its own bad moments: a 5xx, a broken line, a rate limit.
            provider.server.replies.extend(
                [
                    RestReply(status=503),
                    RestReply(cut=True),
                    provider.server.rate_limited(retry_after_s=0),
                ]
            )
            await until(lambda: "UNREACHABLE" in feed.sources()[0].detail)
            provider.server.refusing = False
            await until(lambda: provider.server.ready_count)
            for second in (80, 95, 110):
                await market.trade(second)
            await until(lambda: len(heard.of(Trade)) == 12)
            market.advance(180)
            await until(lambda: _bars(pipeline) == market.bars())
        assert feed.counters["RECONNECTED"] == 1

    async def test_symbols_are_added_and_left_while_it_is_connected(self, provider):
        feed, _ = provider.build()
        told = next(each for each in (trade, quote) if type(each()) in provider.streams)
        async with running(feed) as heard:
            await until(lambda: provider.server.ready_count)
            feed.follow(["IBM", "MSFT"], ts_from=None)
            assert feed.symbols == ("IBM", "MSFT")
            await until(lambda: provider.server.subscribed == {"IBM", "MSFT"})
            await provider.server.say(told(symbol="MSFT"))
            await until(lambda: [update.symbol for update in heard.updates] == ["MSFT"])
            provider.server.cut()
            await until(lambda: provider.server.connection_count == 2)
            await until(lambda: provider.server.ready_count == 1)
            assert provider.server.subscribed == {"IBM", "MSFT"}
            feed.follow(["AAPL", "IBM", "MSFT"], ts_from=None)
            await until(lambda: provider.server.subscribed == {"AAPL", "IBM", "MSFT"})
        assert provider.server.connection_count == 2

    async def test_what_a_plan_has_no_room_for_takes_nothing_from_the_others(self, provider):
        _needs(provider, Fault.SYMBOL_LIMIT)
        feed, _ = provider.build()
        told = next(each for each in (trade, quote) if type(each()) in provider.streams)
        async with running(feed) as heard:
            await until(lambda: provider.server.ready_count)
            await until(lambda: feed.sources()[0].connected)
            provider.server.fault = Fault.SYMBOL_LIMIT
            feed.follow(["AAPL", "IBM", "MSFT", "SPY"], ts_from=None)
            await until(lambda: feed.counters["SYMBOL_LIMIT_EXCEEDED"] == 1)
            assert feed.symbols == ("AAPL", "IBM")
            await provider.server.say(told(symbol="IBM"))
            await until(lambda: heard.updates)
            provider.server.fault = None
            # It knows now for how many there is room: the most important come first.
            feed.follow(["MSFT", "IBM", "AAPL"], ts_from=None)
            await until(lambda: provider.server.subscribed == {"IBM", "MSFT"})
        assert provider.server.connection_count == 1
        assert feed.counters["SYMBOL_LIMIT_EXCEEDED"] == 1

    async def test_a_new_symbol_gets_the_bars_of_the_day(self, provider, standing_clock):
        _needs_offer(provider, Offer.MINUTE_BARS)
        told = [bar(symbol="MSFT", ts_start=T0 - n * MINUTE_NS) for n in (5, 4, 3, 2, 1)]
        provider.server.bars["MSFT"] = told
        feed, _ = provider.build()
        tempo = Tempo(retry_s=0.05, retry_s_max=0.2, now_ns=standing_clock)
        async with running(feed, tempo=tempo) as heard:
            await until(lambda: provider.server.ready_count)
            feed.follow(["AAPL", "IBM", "MSFT"], ts_from=T0 - 5 * MINUTE_NS)
            await until(lambda: len(heard.of(ProviderBar)) >= len(told))
        starts = [update.bar.ts_start for update in heard.of(ProviderBar)]
        assert sorted(set(starts)) == [each.ts_start for each in told]

    async def test_the_newest_values_are_known_before_the_stream_speaks(self, provider):
        if not provider.recalls:
            pytest.skip("its REST does not tell them")
        for symbol in ("IBM", "MSFT"):
            provider.server.trades[symbol] = [trade(symbol=symbol, px=12.5, ts_event=T0)]
            provider.server.quotes[symbol] = [quote(symbol=symbol, bid_px=12.4, ask_px=12.6)]
        feed, _ = provider.build()
        async with running(feed) as heard:
            await until(lambda: heard.of(LastKnown))
            assert [each.symbol for each in heard.of(LastKnown)] == ["IBM"]
            feed.follow(["AAPL", "IBM", "MSFT"], ts_from=None)
            await until(lambda: len(heard.of(LastKnown)) == 2)
        for known in heard.of(LastKnown):
            assert known.trade is not None
            assert known.quote is not None
            assert (known.trade.px, known.quote.bid_px, known.quote.ask_px) == (12.5, 12.4, 12.6)
            assert (known.quote.bid_size, known.quote.ask_size) == (200, 100)
        assert heard.of(Trade) == []


class HistoryContract:
    async def test_bars_come_by_pages_that_outlive_the_process(self, provider):
        _needs_offer(provider, Offer.MINUTE_BARS)
        told = [bar(symbol="IBM", ts_start=T0 + n * MINUTE_NS) for n in range(5)]
        provider.server.bars["IBM"] = told
        provider.server.page_size = 2
        found: list[Bar] = []
        token = None
        for _ in range(len(told)):
            _, history = provider.build()  # as if each page were read by a new process
            page = await history.read_bars(
                symbol="IBM",
                timeframe=ONE_MINUTE,
                start=from_ns(T0),
                end=from_ns(T0 + 5 * MINUTE_NS),
                page_token=token,
            )
            await history.close()
            found.extend(page.rows)
            token = page.next_token
            if token is None:
                break
        assert [_ohlcv(each) for each in found] == [_ohlcv(each) for each in told]

    async def test_the_start_is_included_and_the_end_is_not(self, provider):
        _needs_offer(provider, Offer.MINUTE_BARS)
        provider.server.bars["IBM"] = [
            bar(symbol="IBM", ts_start=T0 + n * MINUTE_NS) for n in range(5)
        ]
        _, history = provider.build()
        rows = await _read(
            history.read_bars,
            symbol="IBM",
            timeframe=ONE_MINUTE,
            start=from_ns(T0 + MINUTE_NS),
            end=from_ns(T0 + 3 * MINUTE_NS),
        )
        await history.close()
        assert [row.ts_start for row in rows] == [T0 + MINUTE_NS, T0 + 2 * MINUTE_NS]

    async def test_a_range_without_bars_is_empty(self, provider):
        _needs_offer(provider, Offer.MINUTE_BARS)
        _, history = provider.build()
        rows = await _read(
            history.read_bars,
            symbol="IBM",
            timeframe=ONE_MINUTE,
            start=from_ns(T0),
            end=from_ns(T0 + MINUTE_NS),
        )
        await history.close()
        assert rows == []

    async def test_daily_bars_are_stamped_with_midnight_new_york(self, provider):
        _needs_offer(provider, Offer.DAILY_BARS)
        midnights = [
            datetime(2023, 11, day, 5, tzinfo=UTC)
            for day in (13, 14, 15)  # winter time
        ]
        told = [
            bar(symbol="IBM", ts_start=int(at.timestamp()) * SECOND_NS, close=10.0 + n)
            for n, at in enumerate(midnights)
        ]
        provider.server.daily_bars["IBM"] = told
        _, history = provider.build()
        rows = await _read(
            history.read_bars,
            symbol="IBM",
            timeframe=ONE_DAY,
            start=midnights[0],
            end=midnights[2],
        )
        await history.close()
        assert [_ohlcv(row) for row in rows] == [_ohlcv(each) for each in told[:2]]

    async def test_trades_come_by_pages(self, provider):
        _needs_offer(provider, Offer.TRADES)
        told = [trade(symbol="IBM", trade_id=n + 1, ts_event=T0 + n * SECOND_NS) for n in range(5)]
        provider.server.trades["IBM"] = told
        provider.server.page_size = 2
        _, history = provider.build()
        rows = await _read(
            history.read_trades, symbol="IBM", start=from_ns(T0), end=from_ns(T0 + MINUTE_NS)
        )
        await history.close()
        assert [_essence(row) for row in rows] == [_essence(each) for each in told]

    async def test_quotes_come_by_pages(self, provider):
        _needs_offer(provider, Offer.QUOTES)
        told = [quote(symbol="IBM", ts_event=T0 + n * SECOND_NS) for n in range(5)]
        provider.server.quotes["IBM"] = told
        provider.server.page_size = 2
        _, history = provider.build()
        rows = await _read(
            history.read_quotes, symbol="IBM", start=from_ns(T0), end=from_ns(T0 + MINUTE_NS)
        )
        await history.close()
        assert [_essence(row) for row in rows] == [_essence(each) for each in told]

    @pytest.mark.parametrize("offer", [Offer.TRADES, Offer.QUOTES])
    async def test_ticks_come_newest_first_when_asked_so(self, provider, offer):
        _needs_offer(provider, offer)
        _tell_ticks(provider.server, T0, T0 + 1, T0 + 1, T0 + 2, T0 + MINUTE_NS)
        provider.server.page_size = 2
        _, history = provider.build()
        rows = await _read(
            _reader(history, offer),
            symbol="IBM",
            start=from_ns(T0),
            end=from_ns(T0 + MINUTE_NS),
            newest_first=True,
        )
        await history.close()
        assert [row.ts_event - T0 for row in rows] == [2, 1, 1, 0]

    @pytest.mark.parametrize("offer", [Offer.TRADES, Offer.QUOTES])
    async def test_a_page_of_ticks_is_no_longer_than_asked(self, provider, offer):
        _needs_offer(provider, offer)
        _tell_ticks(provider.server, *range(T0, T0 + 5))
        _, history = provider.build()
        asked = {"symbol": "IBM", "start": from_ns(T0), "end": from_ns(T0 + MINUTE_NS)}
        page = await _reader(history, offer)(**asked, limit=3)
        assert len(page.rows) == 3
        rest = await _reader(history, offer)(**asked, limit=3, page_token=page.next_token)
        await history.close()
        assert [row.ts_event - T0 for row in [*page.rows, *rest.rows]] == [0, 1, 2, 3, 4]

    @pytest.mark.parametrize("offer", [Offer.TRADES, Offer.QUOTES])
    async def test_ticks_of_the_last_nanosecond_before_the_end_are_told(self, provider, offer):
        _needs_offer(provider, offer)
        _tell_ticks(provider.server, T0 - 1, T0, T0 + MINUTE_NS - 1, T0 + MINUTE_NS)
        _, history = provider.build()
        rows = await _read(
            _reader(history, offer),
            symbol="IBM",
            start=from_ns(T0),
            end=from_ns(T0 + MINUTE_NS),
        )
        await history.close()
        assert [row.ts_event - T0 for row in rows] == [0, MINUTE_NS - 1]

    @pytest.mark.parametrize("offer", list(Offer))
    async def test_what_is_not_offered_is_refused_by_name(self, provider, offer):
        _, history = provider.build()
        if offer in history.offers:
            pytest.skip(f"{history.name} offers it")
        with pytest.raises(NotEntitled):
            await _ask(history, offer)
        await history.close()
        assert provider.server.asked == []

    async def test_a_rate_limit_says_when_to_ask_again(self, provider):
        _, history = provider.build()
        provider.server.replies.append(provider.server.rate_limited(retry_after_s=3))
        with pytest.raises(RateLimited) as caught:
            await _ask(history, _first_offer(history))
        await history.close()
        assert 0 < caught.value.retry_after_s <= 3600
        assert caught.value.retryable

    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (401, AuthenticationFailed),
            (403, NotEntitled),
            (400, InvalidRequest),
            (422, InvalidRequest),
            (500, ProviderUnreachable),
            (502, ProviderUnreachable),
            (503, ProviderUnreachable),
        ],
    )
    async def test_every_refusal_has_a_name(self, provider, status, error):
        _, history = provider.build()
        provider.server.replies.append(RestReply.of({"message": "no"}, status=status))
        with pytest.raises(provider.errors.get(status, error)):
            await _ask(history, _first_offer(history))
        await history.close()

    @pytest.mark.parametrize(
        ("reply", "error"),
        [
            (RestReply(cut=True), ProviderUnreachable),
            (RestReply(body=b"<html>"), BadPayload),
            (RestReply(status=500, body=b"<html>"), ProviderUnreachable),
        ],
    )
    async def test_a_broken_answer_has_a_name(self, provider, reply, error):
        _, history = provider.build()
        provider.server.replies.append(reply)
        with pytest.raises(error):
            await _ask(history, _first_offer(history))
        await history.close()

    async def test_after_a_bad_moment_the_next_call_succeeds(self, provider):
        _, history = provider.build()
        provider.server.replies.append(RestReply(status=503))
        with pytest.raises(ProviderUnreachable):
            await _ask(history, _first_offer(history))
        await _ask(history, _first_offer(history))
        await history.close()

    async def test_a_wrong_key_is_refused_by_name(self, provider):
        _, history = provider.build(key="wrong-key")
        with pytest.raises(AuthenticationFailed):
            await _ask(history, _first_offer(history))
        await history.close()

    async def test_a_server_that_is_not_there_is_unreachable(self, provider):
        _, history = provider.build()
        await provider.server.stop()
        with pytest.raises(ProviderUnreachable):
            await _ask(history, _first_offer(history))
        await history.close()


class ListingsContract:
    async def test_what_is_listed_comes_whole_by_pages_that_outlive_the_process(self, provider):
        told = [
            listing(symbol=symbol, name=f"{symbol} Corporation", exchange=exchange)
            for symbol, exchange in (
                *(("A", "NYSE"), ("BRK.A", "NYSE"), ("QQQ", "NASDAQ"), ("SPY", "ARCA")),
                *(("IMO", "AMEX"), ("CBOE", "BATS"), ("X", "")),
            )
        ]
        gone = listing(symbol="TWTR", is_active=False)
        provider.server.listings = [*told, gone]
        provider.server.page_size = 2
        assert isinstance(provider.build()[1], ReadsListings)
        found: list[Listing] = []
        token = None
        while True:
            _, history = provider.build()
            page = await history.read_listings(page_token=token)
            await history.close()
            found.extend(page.rows)
            if (token := page.next_token) is None:
                break
        essence = [(row.symbol, row.name, row.exchange, row.is_active) for row in found]
        assert essence == [(row.symbol, row.name, row.exchange, True) for row in told]

    @pytest.mark.parametrize(
        ("reply", "error"),
        [
            (RestReply(cut=True), ProviderUnreachable),
            (RestReply(status=503), ProviderUnreachable),
            (RestReply(body=b"<html>"), BadPayload),
            (RestReply(body=b'[{"symbol":"IBM"'), BadPayload),
        ],
    )
    async def test_an_answer_that_is_not_whole_has_a_name(self, provider, reply, error):
        provider.server.listings = [listing()]
        _, history = provider.build()
        provider.server.replies.append(reply)
        with pytest.raises(error):
            await history.read_listings()
        assert len((await history.read_listings()).rows) == 1
        await history.close()

    async def test_a_wrong_key_gets_no_listings(self, provider):
        _, history = provider.build(key="wrong-key")
        with pytest.raises(AuthenticationFailed):
            await history.read_listings()
        await history.close()


class Market:
    """Trades that happen at chosen seconds after T0; the server's history learns of each minute."""

    def __init__(self, server: LoopbackServer, clock: Callable[[], int]) -> None:
        self.tape: list[Trade] = []
        self._server = server
        self._clock = clock

    async def trade(self, second: int) -> None:
        """Let one trade of each of two symbols happen, and move the clock there."""
        self.advance(second)
        happened = [
            trade(
                symbol=symbol,
                px=round(100 + (second * 7 % 11) / 10 + index, 2),
                size=100 + second,
                trade_id=len(self.tape) + 1 + index,
                ts_event=T0 + second * SECOND_NS,
            )
            for index, symbol in enumerate(("AAPL", "IBM"))
        ]
        self.tape.extend(happened)
        await self._server.say(*happened)

    def advance(self, second: int) -> None:
        """Move the clock; minutes that are over are in the history from now on."""
        self._clock.ns = T0 + second * SECOND_NS  # type: ignore[attr-defined]
        for symbol in ("AAPL", "IBM"):
            self._server.bars[symbol] = [
                each for each in self._minutes(symbol) if each.ts_start + MINUTE_NS <= self._clock()
            ]

    def bars(self) -> dict[tuple[str, int], tuple[float, ...]]:
        """Return open, high, low, close and volume of every minute of each symbol."""
        return {
            (each.symbol, each.ts_start): _ohlcv(each)[2:]
            for symbol in ("AAPL", "IBM")
            for each in self._minutes(symbol)
        }

    def _minutes(self, symbol: str) -> list[Bar]:
        by_minute: dict[int, list[Trade]] = {}
        for each in self.tape:
            if each.symbol == symbol:
                by_minute.setdefault(each.ts_event // MINUTE_NS * MINUTE_NS, []).append(each)
        return [
            bar(
                symbol=symbol,
                ts_start=ts_start,
                open_px=trades[0].px,
                high=max(each.px for each in trades),
                low=min(each.px for each in trades),
                close=trades[-1].px,
                volume=float(sum(each.size for each in trades)),
                trade_count=len(trades),
                vwap=round(
                    sum(each.px * each.size for each in trades) / sum(each.size for each in trades),
                    6,
                ),
            )
            for ts_start, trades in by_minute.items()
        ]


def _bars(pipeline: Pipeline) -> dict[tuple[str, int], tuple[float, ...]]:
    pipeline.flush()
    return {key: _ohlcv(each)[2:] for key, each in pipeline.unsaved.items()}


def _ohlcv(each: Bar) -> tuple[Any, ...]:
    return (
        each.symbol,
        each.ts_start,
        each.open,
        each.high,
        each.low,
        each.close,
        each.volume,
    )


def _essence(update: Update) -> tuple[Any, ...]:
    """What every vendor says of a quote or a trade."""
    if isinstance(update, Quote):
        return (
            update.symbol,
            update.bid_px,
            update.bid_size,
            update.ask_px,
            update.ask_size,
            update.ts_event,
        )
    if isinstance(update, ProviderBar):
        return _ohlcv(update.bar)
    assert isinstance(update, Trade), update
    return (update.symbol, update.px, update.size, update.trade_id, update.ts_event)


def _tell_ticks(server: LoopbackServer, *moments: int) -> None:
    """Let a trade and a quote of IBM have happened at each of these moments."""
    server.trades["IBM"] = [trade(ts_event=ts, trade_id=n) for n, ts in enumerate(moments)]
    server.quotes["IBM"] = [quote(ts_event=ts) for ts in moments]


def _reader(history: HistorySource, offer: Offer) -> Callable[..., Any]:
    return history.read_trades if offer is Offer.TRADES else history.read_quotes


async def _read(read, **asked) -> list[Any]:
    """Return the rows of all pages."""
    rows: list[Any] = []
    token = None
    while True:
        page = await read(**asked, page_token=token)
        rows.extend(page.rows)
        if (token := page.next_token) is None:
            return rows


async def _ask(history: HistorySource, offer: Offer) -> None:
    start, end = from_ns(T0), from_ns(T0 + MINUTE_NS)
    match offer:
        case Offer.MINUTE_BARS:
            await history.read_bars(symbol="IBM", timeframe=ONE_MINUTE, start=start, end=end)
        case Offer.DAILY_BARS:
            await history.read_bars(symbol="IBM", timeframe=ONE_DAY, start=start, end=end)
        case Offer.TRADES:
            await history.read_trades(symbol="IBM", start=start, end=end)
        case Offer.QUOTES:
            await history.read_quotes(symbol="IBM", start=start, end=end)
        case Offer.CORPORATE_ACTIONS:
            await history.read_corporate_actions(
                symbol="IBM", start_date=date(2023, 1, 1), end_date=date(2024, 1, 1)
            )


def _first_offer(history: HistorySource) -> Offer:
    return next(offer for offer in Offer if offer in history.offers)


def _needs(provider: Provider, fault: Fault) -> None:
    if fault not in provider.faults:
        pytest.skip(f"its protocol has no {fault}")


def _needs_trades(provider: Provider) -> None:
    if Trade not in provider.streams:
        pytest.skip("its stream has no trades")


def _needs_offer(provider: Provider, offer: Offer) -> None:
    _, history = provider.build()
    if offer not in history.offers:
        pytest.skip(f"{history.name} does not offer {offer}")
