"""The feed of a provider keeps trying, says how it is, and asks again for what it missed."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime

import pytest

from marketdata.contracts import Bar, FeedKind, ProviderBar, Trade
from marketdata.feeds.gaps import retried
from marketdata.feeds.providers import (
    AuthenticationFailed,
    BadPayload,
    NotEntitled,
    Offer,
    Page,
    ProviderUnreachable,
    RateLimited,
    Reply,
)
from marketdata.feeds.streaming import StreamingFeed
from marketdata.feeds.tempo import Tempo
from tests.marketdata.build import MINUTE_NS, T0, bar, trade
from tests.marketdata.providers.contract import always_open, running
from tests.marketdata.providers.loopback import LoopbackServer
from tests.marketdata.waiting import until
from trading.kernel.clock import to_ns


class PlainServer(LoopbackServer):
    """Says ``ready`` to everybody; a frame is a list of trade ids."""

    async def converse(self, client):
        await client.send('"ready"')

    def encode(self, updates):
        return json.dumps([update.trade_id for update in updates])


class PlainDialogue:
    headers: dict[str, str] = {}

    def __init__(self, url: str) -> None:
        self.url = url
        self.kept = ""

    def opening(self):
        return ["hello"]

    def follow(self, *, added, left):
        return [f"follow {added} leave {left}"]

    def heartbeat(self):
        return "beat"

    def receive(self, frame):
        told = json.loads(frame)
        if told == "ready":
            return Reply(is_subscribed=True)
        if isinstance(told, str):
            self.kept = told
            return Reply()
        return Reply(updates=[trade(trade_id=n, ts_event=T0 + n * 10**9) for n in told])

    def settle(self):
        kept, self.kept = self.kept, ""
        if kept == "unreadable":
            raise BadPayload("no time")
        return [trade(trade_id=int(kept))] if kept else []


class PastBars:
    """A history that has one bar a minute, and says no as often as it is told to."""

    name = "plain"
    offers = frozenset({Offer.MINUTE_BARS})

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.asked: list[tuple[str, int, int]] = []

    async def read_bars(self, *, symbol, timeframe, start, end, page_token=None) -> Page[Bar]:
        self.asked.append((symbol, to_ns(start), to_ns(end)))
        if self.errors:
            raise self.errors.pop(0)
        starts = range(to_ns(start), to_ns(end), MINUTE_NS)
        return Page(rows=[bar(symbol=symbol, ts_start=ts) for ts in starts], next_token=None)

    async def close(self) -> None:
        pass


@pytest.fixture
async def server():
    plain = PlainServer()
    await plain.start()
    yield plain
    await plain.stop()


@pytest.fixture
def history():
    return PastBars()


@pytest.fixture
def feed(server, history):
    return make(server, history)


def make(server, history, *, symbols: Sequence[str] = ("IBM",), delay_s: float = 0.0):
    return StreamingFeed(
        name="plain",
        kind=FeedKind.LIVE,
        symbols=symbols,
        dial=lambda _symbols, _each: PlainDialogue(server.stream_url),
        history=history,
        sessions=always_open,
        delay_s=delay_s,
    )


async def test_it_greets_and_sends_heartbeats(server, feed):
    async with running(feed, tempo=Tempo(heartbeat_s=0.1)):
        await until(lambda: server.said.count("beat") >= 2)
    assert server.said[0] == "hello"


async def test_it_never_gives_up_on_a_server_that_is_not_there(server, feed):
    await server.stop()
    async with running(feed) as heard:
        await until(lambda: feed.counters["PROVIDER_UNREACHABLE"] >= 8)
        assert heard.task is not None
        assert not heard.task.done()
        assert feed.sources()[0].detail.startswith("PROVIDER_UNREACHABLE")
        await server.start()
        await until(lambda: feed.sources()[0].connected)
    assert feed.sources()[0].connected is False  # it was stopped


async def test_a_server_that_never_welcomes_is_left(feed, server, monkeypatch):
    async def converse(client):
        await client.wait_closed()

    monkeypatch.setattr(server, "converse", converse)
    async with running(feed, tempo=Tempo(retry_s=0.01, welcome_s_max=0.1)):
        await until(lambda: server.connection_count >= 2)


async def test_reading_does_not_wait_for_anybody(server, feed):
    async with running(feed) as heard:
        await until(lambda: server.ready_count)
        await server.flood("[1]" for _ in range(2_000))
        await until(lambda: len(heard.updates) == 2_000)


async def test_what_was_kept_back_is_told_as_soon_as_nothing_is_left_to_read(server, feed):
    async with running(feed) as heard:
        await until(lambda: server.ready_count)
        await server.flood(['"1"', '"2"', "[3]"])
        await until(lambda: [each.trade_id for each in heard.of(Trade)][-1:] == [2])


async def test_what_was_kept_back_is_told_when_the_line_is_cut(server, feed):
    async with running(feed) as heard:
        await until(lambda: server.ready_count)
        await server.flood(['"1"'])
        await server.stop()
        await until(lambda: [each.trade_id for each in heard.of(Trade)] == [1])


async def test_what_was_kept_back_and_makes_no_sense_is_counted(server, feed):
    async with running(feed) as heard:
        await until(lambda: server.ready_count)
        await server.flood(['"unreadable"'])
        await until(lambda: feed.counters["BAD_PAYLOAD"] == 1)
        await server.flood(['"1"'])
        await until(lambda: heard.updates)


async def test_a_handshake_that_is_refused_has_a_name(server, feed):
    server.refusing = True
    async with running(feed):
        await until(lambda: "503" in feed.sources()[0].detail)


async def test_the_running_minute_is_asked_for_once_it_is_over(
    server, feed, history, standing_clock
):
    standing_clock.ns = T0 + 20 * 10**9
    async with running(feed, tempo=Tempo(now_ns=standing_clock)) as heard:
        await until(lambda: server.ready_count and feed.sources()[0].connected)
        assert history.asked == []
        standing_clock.ns = T0 + MINUTE_NS + 3 * 10**9
        await until(lambda: heard.of(ProviderBar))
    assert history.asked == [("IBM", T0, T0 + MINUTE_NS)]


async def test_a_message_stamped_ahead_of_the_clock_hides_no_gap(
    server, feed, history, standing_clock
):
    standing_clock.ns = T0 + 20 * 10**9
    async with running(feed, tempo=Tempo(now_ns=standing_clock, retry_s=0.01)) as heard:
        await until(lambda: server.ready_count and feed.sources()[0].connected)
        standing_clock.ns = T0 + 30 * 10**9
        await server.flood([f"[{2 * 60 * 60}]"])  # its number is its second: two hours ahead
        await until(lambda: heard.updates)
        await server.stop()
        standing_clock.ns = T0 + 4 * MINUTE_NS
        await server.start()
        await until(lambda: (T0, T0 + 4 * MINUTE_NS) in [span[1:] for span in history.asked])


async def test_a_mistake_of_ours_ends_no_stream(server, feed):
    async with running(feed, tempo=Tempo(retry_s=0.01)) as heard:
        await until(lambda: server.ready_count)
        await server.flood(['{"no": "list of numbers"}'])  # the dialogue raises on it
        await until(lambda: server.connection_count == 2 and server.ready_count)
        assert feed.counters["PART_FAILED"] == 1
        await server.flood(["[1]"])
        await until(lambda: heard.updates)


@pytest.mark.parametrize("status", [401, 403, 404, 429])
async def test_a_handshake_that_a_gateway_refuses_is_tried_again_and_told(
    server, feed, monkeypatch, status
):
    async with running(feed, tempo=Tempo(retry_s=0.02)) as heard:
        await until(lambda: server.ready_count and feed.sources()[0].connected)
        server.refusing, server.refusing_status = True, status
        server.cut()
        await until(lambda: feed.counters["HANDSHAKE_REFUSED"] >= 3)
        assert heard.task is not None
        assert not heard.task.done()
        assert f"answered {status} to the handshake" in feed.sources()[0].detail
        server.refusing = False
        await until(lambda: feed.sources()[0].connected)


def test_who_refuses_is_asked_again_later_and_later():
    tempo = Tempo(retry_s=0.5, refused_s_max=300.0)
    waits = [tempo.refused_wait_s(attempt=attempt) for attempt in range(20)]
    assert all(
        min(300.0, 0.5 * 2**attempt) / 2 <= wait <= min(300.0, 0.5 * 2**attempt)
        for attempt, wait in enumerate(waits)
    )


async def test_a_delayed_stream_is_filled_as_of_the_market_it_shows(
    server, history, standing_clock
):
    standing_clock.ns = T0 + 15 * MINUTE_NS
    feed = make(server, history, delay_s=900)
    async with running(feed, tempo=Tempo(now_ns=standing_clock)):
        await until(lambda: server.ready_count and feed.sources()[0].connected)
        standing_clock.ns += MINUTE_NS + 3 * 10**9
        await until(lambda: history.asked)
    assert history.asked == [("IBM", T0, T0 + MINUTE_NS)]


async def test_a_gap_that_cannot_be_filled_is_counted_by_symbol(
    server, feed, history, standing_clock
):
    history.errors = [NotEntitled("not in the plan")]
    async with running(feed, tempo=Tempo(now_ns=standing_clock)):
        await until(lambda: feed.sources()[0].connected)
        standing_clock.ns += 2 * MINUTE_NS
        await until(lambda: feed.counters["GAP_UNFILLED"] == 1)


async def test_a_session_that_is_closed_may_be_silent(server, history):
    feed = make(server, history)

    def closed(now: datetime):
        session = always_open(now)
        return type(session)(**{**{n: getattr(session, n) for n in SESSION}, "is_open": False})

    feed._sessions = closed
    async with running(feed, tempo=Tempo(silence_s=0.1)):
        await until(lambda: server.ready_count)
        await asyncio.sleep(0.4)
        assert server.connection_count == 1


SESSION = ("kind", "opens_at", "closes_at", "next_open", "next_close")


def test_waits_grow_are_drawn_from_nothing_up_and_have_a_cap():
    tempo = Tempo(retry_s=1, retry_s_max=30)
    for attempt in range(100):
        cap = min(30, 2**attempt)
        waits = [tempo.wait_s(attempt=attempt) for _ in range(50)]
        assert all(0 <= wait <= cap for wait in waits)
        assert min(waits) < cap / 2 < max(waits)


async def test_a_rate_limit_is_waited_out():
    waited = asyncio.get_running_loop().time()
    answers = [RateLimited("slow down", retry_after_s=0.2), ProviderUnreachable("down"), None]

    async def ask():
        error = answers.pop(0)
        if error is not None:
            raise error
        return "done"

    assert await retried(ask, tempo=Tempo(retry_s=0.01)) == "done"
    assert asyncio.get_running_loop().time() - waited >= 0.2


async def test_what_a_person_must_change_is_not_asked_again():
    asked = []

    async def ask():
        asked.append(1)
        raise AuthenticationFailed("no")

    with pytest.raises(AuthenticationFailed):
        await retried(ask, tempo=Tempo())
    assert len(asked) == 1
