"""Two providers at once: the better one is shown, the other steps in, and no bar has a hole."""

import asyncio
from collections.abc import Callable

import pytest

from marketdata.contracts import LastKnown, ProviderBar, Trade
from marketdata.domain.arbitration import Arbiter
from marketdata.feeds.base import ReportsSources
from marketdata.feeds.failover import FailoverFeed
from marketdata.feeds.providers import AuthenticationFailed
from marketdata.feeds.tempo import Tempo
from marketdata.feeds.unplayable import UnplayableFeed
from tests.marketdata.build import T0, trade
from tests.marketdata.providers.alpaca_server import AlpacaServer
from tests.marketdata.providers.contract import Heard, Market, always_open, ended, running
from tests.marketdata.providers.loopback import Fault
from tests.marketdata.providers.test_alpaca import build_alpaca
from tests.marketdata.waiting import until
from trading.kernel.clock import now_ns

SECOND = 10**9


@pytest.fixture
async def servers():
    pair = AlpacaServer(), AlpacaServer()
    for server in pair:
        await server.start()
    yield pair
    for server in pair:
        await server.stop()


def both(
    servers: tuple[AlpacaServer, AlpacaServer],
    *,
    keys: tuple[str, str] = ("right-key", "right-key"),
    clock: Callable[[], int] = now_ns,
) -> FailoverFeed:
    feeds = []
    for name, server, key in zip(("first", "second"), servers, keys, strict=True):
        feed, _ = build_alpaca(server, key=key)
        feed.name = name
        feed.tempo = Tempo(retry_s=0.05, retry_s_max=0.2, now_ns=clock)
        feeds.append(feed)
    return FailoverFeed(
        feeds=feeds, arbiter=Arbiter(sources=["first", "second"], hold_ns=SECOND // 5)
    )


def ids(heard: Heard) -> list[int]:
    return [each.trade_id for each in heard.of(Trade)]


async def test_only_the_best_source_is_passed_on_and_the_other_is_counted(servers):
    feed = both(servers)
    first, second = servers
    async with running(feed) as heard:
        await until(lambda: first.ready_count and second.ready_count)
        await first.say(trade(trade_id=1))
        await until(lambda: heard.updates)
        await second.say(trade(trade_id=2))
        await until(lambda: feed.not_selected["second"] == 1)
        assert ids(heard) == [1]
        assert isinstance(feed, ReportsSources)
        assert [(each.name, each.selected) for each in feed.sources()] == [
            ("first", ("IBM",)),
            ("second", ()),
        ]


async def test_when_the_best_is_lost_the_next_one_steps_in_and_back(servers):
    feed = both(servers)
    first, second = servers
    async with running(feed) as heard:
        await until(lambda: first.ready_count and second.ready_count)
        await first.say(trade(trade_id=1))
        await second.say(trade(trade_id=2))
        await until(lambda: ids(heard) == [1] and feed.not_selected["second"])
        first.refusing = True
        first.cut()
        await until(lambda: feed.counters["SWITCHED"] == 1)
        await second.say(trade(trade_id=3))
        await until(lambda: ids(heard) == [1, 3])
        sources = feed.sources()
        assert [each.connected for each in sources] == [False, True]
        assert "PROVIDER_UNREACHABLE" in sources[0].detail
        first.refusing = False
        await until(lambda: first.ready_count)

        trade_id = 10
        while feed.counters["SWITCHED"] < 2:  # it must have been well for a while
            trade_id += 1
            await first.say(trade(trade_id=trade_id))
            await asyncio.sleep(0.01)
        assert feed.sources()[0].selected == ("IBM",)


async def test_the_minute_of_the_change_is_filled_by_the_new_source(servers, standing_clock):
    feed = both(servers, clock=standing_clock)
    feed._now_ns = standing_clock
    first, second = servers
    async with running(feed) as heard:
        await until(lambda: first.ready_count and second.ready_count)
        market = Market(second, standing_clock)  # its history has all that happens
        await first.say(trade(symbol="IBM", trade_id=1, ts_event=T0 + SECOND))
        await until(lambda: heard.of(Trade))
        await market.trade(5)
        await until(lambda: feed.not_selected["second"])
        await first.stop()
        await until(lambda: feed.counters["SWITCHED"] == 1)
        market.advance(70)
        await until(lambda: [each for each in heard.of(ProviderBar) if each.symbol == "IBM"])
        filled = next(each.bar for each in heard.of(ProviderBar) if each.symbol == "IBM")
    assert filled in market._minutes("IBM")


async def test_a_source_that_has_ended_for_good_does_not_end_the_other(servers):
    feed = both(servers, keys=("wrong-key", "right-key"))
    async with running(feed) as heard:
        await servers[1].say(trade())
        await until(lambda: servers[1].ready_count)
        await servers[1].say(trade(trade_id=5))
        await until(lambda: ids(heard))
        assert "AUTHENTICATION_FAILED" in feed.sources()[0].detail


async def test_a_provider_that_cannot_be_asked_leaves_the_others_their_work(servers):
    error = AuthenticationFailed("nobody knows the key")
    broken = UnplayableFeed(name="broken", error=error, symbols=["IBM"], sessions=always_open)
    good, _ = build_alpaca(servers[0])
    feed = FailoverFeed(feeds=[broken, good])
    async with running(feed) as heard:
        await until(lambda: servers[0].ready_count)
        await servers[0].say(trade(trade_id=5))
        await until(lambda: ids(heard) == [5])
        assert [each.connected for each in feed.sources()] == [False, True]
        assert feed.sources()[0].detail == "AUTHENTICATION_FAILED: nobody knows the key"


async def test_when_all_have_ended_for_good_the_feed_ends_by_name(servers):
    feed = both(servers, keys=("wrong-key", "wrong-key"))
    async with running(feed) as heard:
        assert isinstance(await ended(heard), AuthenticationFailed)


async def test_each_source_follows_what_is_wanted_as_far_as_it_has_room(servers):
    feed = both(servers)
    first, second = servers
    async with running(feed) as heard:
        await until(lambda: first.ready_count and second.ready_count)
        await until(lambda: all(source.connected for source in feed.sources()))
        first.fault = Fault.SYMBOL_LIMIT
        feed.follow(["IBM", "AAPL", "MSFT"], ts_from=None)
        await until(lambda: "MSFT" in second.subscribed)
        await until(lambda: first.subscribed == {"AAPL", "IBM"})
        assert feed.symbols == ["AAPL", "IBM", "MSFT"]
        await second.say(trade(symbol="MSFT", trade_id=3))
        await until(lambda: ids(heard) == [3])


async def test_what_was_last_known_needs_no_selection(servers):
    first, second = servers
    second.trades["IBM"] = [trade(px=12.5)]
    feed = both(servers)
    async with running(feed) as heard:
        await until(lambda: heard.of(LastKnown))
        await first.say(trade(trade_id=1))
        await until(lambda: ids(heard) == [1])
    assert feed.counters["SWITCHED"] == 0
