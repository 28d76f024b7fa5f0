"""Trades and quotes of days that are over: from a provider if one can, else from the archive."""

import asyncio
import json
import threading
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from msgspec.structs import asdict

from marketdata import interface
from marketdata.contracts import FeedKind, HistoricalTrade, Trade, TradeUpdate
from marketdata.feeds import registry
from marketdata.operations import archive, history_sources, provider_ticks
from tests.marketdata.archive.ticks import fill
from tests.marketdata.build import T0, changed, quote, trade
from tests.marketdata.fakes import SilentFeed
from tests.marketdata.providers.alpaca_server import AlpacaServer
from tests.marketdata.providers.loopback import LoopbackServer, RestReply
from tests.marketdata.providers.polygon_server import PolygonServer
from trading.identity.interface import Role
from trading.kernel import clock

pytestmark = [pytest.mark.urls("marketdata.api.urls"), pytest.mark.usefixtures("master")]

DAY_NS = 86_400 * 10**9
# A Tuesday and the Wednesday after.
RANGE = {"start": "2023-11-14", "end": "2023-11-15"}


@pytest.fixture
def alice(sign_in):
    return sign_in(Role.TRADER)


@pytest.fixture
def loop():
    """A loop in a thread of its own: a provider answers while the platform waits."""
    made = asyncio.new_event_loop()
    thread = threading.Thread(target=made.run_forever)
    thread.start()
    yield lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, made).result(10)
    made.call_soon_threadsafe(made.stop)
    thread.join()
    made.close()


@pytest.fixture
def live(settings, tmp_path, monkeypatch):
    """A platform with a live market and nobody to ask for its past."""
    settings.VAR, settings.FEED = tmp_path, "alpaca,polygon"
    monkeypatch.setattr(history_sources, "_factories", {})
    return archive.folder()


@contextmanager
def provider(name: str, server: LoopbackServer, loop: Callable[..., Any], **config: str):
    loop(server.start())
    providers = {name: {"rest_url": server.rest_url, "data_url": server.rest_url, **config}}
    history_sources.register(
        name=name,
        factory=partial(registry.build_history, name=name, providers=providers),
    )
    yield server
    loop(server.stop())


@pytest.fixture
def alpaca(live, loop):
    keys = {"key_id": "right-key", "secret_key": "right-secret", "feed": "sip"}
    with provider("alpaca", AlpacaServer(), loop, **keys) as server:
        yield server


@pytest.fixture(params=[1, 3, 1000])
def page_size(request):
    return request.param


@pytest.fixture
def asked_of(request, page_size):
    server = request.getfixturevalue(request.param)
    server.page_size = page_size
    return server


@pytest.fixture
def polygon(live, loop):
    with provider("polygon", PolygonServer(), loop, api_key="right-key") as server:
        yield server


def get(client, path: str, **query: Any) -> Any:
    answer = client.get(path, query)
    return answer.status_code, json.loads(answer.content)


def pages(client, path: str, key: str, **query: Any) -> list[Any]:
    found: list[Any] = []
    token: str | None = ""
    while token is not None:
        status, body = get(client, path, page_token=token, **query)
        assert status == 200, body
        found.append(body[key])
        token = body["next_page_token"]
    return found


def prints(*moments: int, source: str = "alpaca", first: int = 1) -> list[Trade]:
    """Return one trade at each moment, ns after T0."""
    return [
        changed(trade(trade_id=number, ts_event=T0 + ns), source=source)
        for number, ns in enumerate(moments, start=first)
    ]


def ids(rows: Sequence[dict[str, Any]]) -> list[int]:
    return [row["i"] for row in rows]


# --- A provider's past ----------------------------------------------------------------------------
@pytest.mark.parametrize("sort", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("asked_of", ["alpaca", "polygon"], indirect=True)
def test_a_providers_past_pages_without_a_gap(alice, asked_of, limit, sort):
    server = asked_of
    # Four share one nanosecond, three more one microsecond.
    server.trades["IBM"] = prints(0, 5, 5, 5, 5, 6, 7, 2_000, DAY_NS)
    server.trades["BAC"] = [changed(each, symbol="BAC") for each in prints(3, 3)]
    joined: dict[str, list[Any]] = {}
    for page in pages(
        alice, "/v2/stocks/trades", "trades", symbols="IBM,BAC", limit=limit, sort=sort, **RANGE
    ):
        assert sum(map(len, page.values())) <= limit
        for symbol, rows in page.items():
            joined.setdefault(symbol, []).extend(rows)
    step = -1 if sort == "desc" else 1
    assert ids(joined["IBM"]) == list(range(1, 10))[::step]
    assert ids(joined["BAC"]) == [1, 2][::step]
    sizes = [int(each.query["limit"]) for each in server.asked if "limit" in each.query]
    assert max(sizes) <= limit + 5  # one more than fits, and those of the instant it begins in


def test_the_ends_of_a_range_count_to_the_nanosecond(alice, alpaca):
    start = clock.from_ns(T0)
    alpaca.trades["IBM"] = prints(-1, 0, 999, 1_000, 1_001)
    asked = {"start": start.isoformat(), "end": (start + timedelta(microseconds=1)).isoformat()}
    assert ids(get(alice, "/v2/stocks/IBM/trades", **asked)[1]["trades"]) == [2, 3, 4]


def test_what_the_tape_said_later_is_passed_on(alice, alpaca):
    alpaca.trades["IBM"] = [
        HistoricalTrade(**asdict(each), update=update)
        for each, update in zip(prints(1, 2, 3, 4), [None, *TradeUpdate], strict=True)
    ]
    rows = get(alice, "/v2/stocks/IBM/trades", **RANGE)[1]["trades"]
    assert [row.get("u") for row in rows] == [None, "canceled", "incorrect", "corrected"]


def test_quotes_come_from_a_provider_too(alice, polygon):
    polygon.quotes["IBM"] = [quote(ts_event=T0 + ns) for ns in (1, 2)]
    rows = get(alice, "/v2/stocks/IBM/quotes", **RANGE)[1]["quotes"]
    assert [(row["bp"], row["bs"], row["ap"]) for row in rows] == [(182.44, 200, 182.5)] * 2


def test_today_is_the_platforms_own_and_yesterday_the_providers(alice, alpaca):
    midnight = (
        clock.utc_now()
        .astimezone(clock.NEW_YORK)
        .replace(hour=0, minute=0, second=0, microsecond=0)
    )
    interface.start_feed(feed=LiveFeed())
    now = clock.now_ns() - 10**9
    interface.accept_ticks(ticks=[trade(trade_id=7, ts_event=now)])
    before = clock.to_ns(midnight) - 1
    alpaca.trades["IBM"] = [
        trade(trade_id=5, ts_event=before),
        trade(trade_id=6, ts_event=now - 1),  # it has today's, too, and is not asked for them
    ]
    start = (midnight - timedelta(days=1)).isoformat()
    for sort, expected in (("asc", [5, 7]), ("desc", [7, 5])):
        found = pages(alice, "/v2/stocks/IBM/trades", "trades", limit=1, sort=sort, start=start)
        assert [number for page in found for number in ids(page)] == expected


class LiveFeed(SilentFeed):
    kind = FeedKind.LIVE


def test_a_day_that_ends_between_two_pages_keeps_its_source(alice, alpaca, monkeypatch):
    interface.start_feed(feed=LiveFeed())
    now = clock.now_ns() - 10**9
    interface.accept_ticks(ticks=[trade(trade_id=n, ts_event=now + n) for n in (1, 2)])
    _, first = get(alice, "/v2/stocks/IBM/trades", limit=1)
    tomorrow = clock.utc_now() + timedelta(days=1)
    monkeypatch.setattr(clock, "utc_now", lambda: tomorrow)
    asked = {"limit": 1, "start": (tomorrow - timedelta(days=2)).isoformat()}
    _, second = get(alice, "/v2/stocks/IBM/trades", page_token=first["next_page_token"], **asked)
    assert ids([*first["trades"], *second["trades"]]) == [1, 2]
    assert alpaca.asked == []


def test_nobody_is_asked_about_a_symbol_that_nobody_knows(alice, alpaca):
    assert get(alice, "/v2/stocks/trades", symbols="NOSUCH,../x", **RANGE)[1]["trades"] == {}
    assert alpaca.asked == []


def test_a_made_up_market_has_no_provider(alice, alpaca, settings):
    settings.FEED = "simulated"
    alpaca.trades["IBM"] = prints(1)
    assert get(alice, "/v2/stocks/IBM/trades", **RANGE)[1]["trades"] == []
    assert alpaca.asked == []


# --- Providers that cannot ------------------------------------------------------------------------
REFUSALS = {
    403: RestReply.of({"message": "subscription does not permit querying"}, status=403),
    503: RestReply(cut=True),
}


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refusal_is_told_where_nobody_else_knows_the_day(alice, alpaca, status):
    alpaca.replies.append(REFUSALS[status])
    answered, body = get(alice, "/v2/stocks/IBM/trades", **RANGE)
    assert (answered, list(body)) == (status, ["message"])


def test_a_rate_limit_is_passed_on_with_its_wait(alice, polygon):
    polygon.replies.append(polygon.rate_limited(retry_after_s=7))
    answer = alice.get("/v2/stocks/IBM/trades", RANGE)
    assert (answer.status_code, answer["Retry-After"]) == (429, "7")
    assert answer.json() == {"message": "too many requests."}


def test_a_platform_whose_key_is_refused_is_out_of_order(alice, live, loop):
    keys = {"key_id": "wrong", "secret_key": "wrong"}
    with provider("alpaca", AlpacaServer(), loop, **keys):
        status, body = get(alice, "/v2/stocks/IBM/trades", **RANGE)
    assert (status, body["message"][:22]) == (503, "AUTHENTICATION_FAILED:")


def test_a_provider_that_does_not_answer_is_not_waited_for(alice, alpaca, monkeypatch):
    monkeypatch.setattr(provider_ticks, "FETCH_SECONDS_MAX", 0.0)
    assert get(alice, "/v2/stocks/IBM/trades", **RANGE)[0] == 503


def test_the_next_provider_is_asked_when_the_first_one_cannot(alice, alpaca, polygon):
    alpaca.trades["IBM"] = prints(1, 2)
    polygon.trades["IBM"] = prints(1, 2, 3, first=11)
    assert ids(get(alice, "/v2/stocks/IBM/trades", **RANGE)[1]["trades"]) == [1, 2]
    alpaca.replies.append(RestReply(status=500))
    found = get(alice, "/v2/stocks/trades", symbols="IBM,BAC", limit=2, **RANGE)[1]
    assert ids(found["trades"]["IBM"]) == [11, 12]
    # Alpaca is back, and the answer goes on as it has begun.
    token = found["next_page_token"]
    found = get(alice, "/v2/stocks/trades", symbols="IBM,BAC", limit=2, page_token=token, **RANGE)[
        1
    ]
    assert ids(found["trades"]["IBM"]) == [13]


def test_a_provider_that_is_no_longer_there_ends_its_answers(alice, alpaca, monkeypatch):
    alpaca.trades["IBM"] = prints(1, 2)
    token = get(alice, "/v2/stocks/IBM/trades", limit=1, **RANGE)[1]["next_page_token"]
    monkeypatch.setattr(history_sources, "_factories", {})
    status, body = get(alice, "/v2/stocks/IBM/trades", page_token=token, **RANGE)
    assert (status, body["message"]) == (
        400,
        "no history source 'alpaca'; known: none is configured",
    )


# --- The archive in its place ---------------------------------------------------------------------
def test_the_archive_answers_where_it_holds_every_trading_day(alice, alpaca, live):
    fill(live, [prints(1, 2, 2, 3)], day="20231114")
    fill(live, [prints(DAY_NS, first=5)], day="20231115")
    alpaca.replies.extend([REFUSALS[403]] * 20)
    for sort, expected in (("asc", [1, 2, 3, 4, 5]), ("desc", [5, 4, 3, 2, 1])):
        found = pages(alice, "/v2/stocks/IBM/trades", "trades", limit=2, sort=sort, **RANGE)
        assert [number for page in found for number in ids(page)] == expected


def test_one_day_that_the_archive_does_not_hold_is_not_silently_left_out(alice, alpaca, live):
    fill(live, [prints(1)], day="20231114")
    fill(live, [[changed(trade(symbol="BAC", ts_event=T0 + DAY_NS), source="alpaca")]],
         day="20231115")  # fmt: skip
    alpaca.replies.append(REFUSALS[403])
    assert get(alice, "/v2/stocks/IBM/trades", **RANGE)[0] == 403
    alpaca.replies.append(REFUSALS[403])
    one_day = {"start": "2023-11-14", "end": "2023-11-14"}
    assert ids(get(alice, "/v2/stocks/IBM/trades", **one_day)[1]["trades"]) == [1]


def test_days_without_trading_need_not_be_held(alice, alpaca, live):
    fill(live, [prints(3 * DAY_NS)], day="20231117")  # a Friday
    alpaca.replies.append(REFUSALS[403])
    weekend = {"start": "2023-11-17", "end": "2023-11-19"}
    assert ids(get(alice, "/v2/stocks/IBM/trades", **weekend)[1]["trades"]) == [1]


def test_the_archive_never_takes_over_in_the_middle(alice, alpaca, live):
    fill(live, [prints(1, 2, 3, first=11)], day="20231114")
    fill(live, [prints(DAY_NS, first=14)], day="20231115")
    alpaca.trades["IBM"] = prints(1, 2, 3)
    _, first = get(alice, "/v2/stocks/IBM/trades", limit=2, **RANGE)
    assert ids(first["trades"]) == [1, 2]
    alpaca.replies.append(REFUSALS[503])
    asked = {"limit": 2, "page_token": first["next_page_token"], **RANGE}
    assert get(alice, "/v2/stocks/IBM/trades", **asked)[0] == 503
    assert ids(get(alice, "/v2/stocks/IBM/trades", **asked)[1]["trades"]) == [3]


def test_a_simulation_that_was_archived_is_no_past_of_a_live_market(alice, alpaca, live):
    fill(live, [prints(1, source="simulated")], day="20231114")
    alpaca.replies.append(REFUSALS[403])
    assert get(alice, "/v2/stocks/IBM/trades", start="2023-11-14", end="2023-11-14")[0] == 403


def test_without_a_provider_the_archive_tells_what_it_has(alice, live):
    fill(live, [prints(1, 2)], day="20231114")
    assert ids(get(alice, "/v2/stocks/IBM/trades", **RANGE)[1]["trades"]) == [1, 2]


def test_a_damaged_day_is_named(alice, live):
    fill(live, [prints(1)], day="20231114")
    (live / "20231114" / "1-1.parquet").write_bytes(b"PAR1garbage")
    assert get(alice, "/v2/stocks/IBM/trades", **RANGE) == (
        503,
        {"message": "TICK_ARCHIVE_UNREADABLE: the tick archive of 20231114 cannot be read"},
    )


def test_a_range_may_reach_beyond_all_time(alice, live, alpaca, monkeypatch):
    fill(live, [prints(1, 2)], day="20231114")
    alpaca.trades["IBM"] = prints(1)
    asked = {"start": "0001-01-01T00:00:00Z", "end": "9999-12-31T23:59:59Z"}
    assert ids(get(alice, "/v2/stocks/IBM/trades", **asked)[1]["trades"]) == [1]
    monkeypatch.setattr(history_sources, "_factories", {})
    assert ids(get(alice, "/v2/stocks/IBM/trades", **asked)[1]["trades"]) == [1, 2]
