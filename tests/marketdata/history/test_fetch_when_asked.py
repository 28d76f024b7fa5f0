"""
Who asks for a range gets exactly that range: what nobody holds is fetched first, once.

Invariants: an answer that may lack something is never told as whole; nobody waits longer than his
patience; a made-up market asks nobody; what failed is not asked again and again.
"""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from marketdata import interface
from marketdata.contracts import (
    BackfillState,
    CorporateAction,
    CorporateActionKind,
    HistoryKind,
    PageOf,
)
from marketdata.domain.adjustments import parse_adjustment
from marketdata.domain.timeframes import parse_timeframe
from marketdata.feeds.providers import (
    AuthenticationFailed,
    InvalidRequest,
    NotEntitled,
    ProviderUnreachable,
)
from marketdata.models import Backfill, Coverage, DailyBar, MinuteBar
from marketdata.operations import (
    ask_sources,
    fetch_when_asked,
    history_sources,
    read_days,
    read_indicators,
    read_pages,
    run_backfills,
)
from marketdata.operations.ask_sources import HistoryOnItsWay
from marketdata.operations.fetch_when_asked import TooMuchHistory
from marketdata.operations.read_history import Range
from marketdata.store import actions, backfills, bars
from tests.marketdata.build import bar, changed
from tests.marketdata.history.source import FakeSource
from trading.identity.models import User
from trading.kernel import clock
from trading.kernel.clock import NEW_YORK, from_ns, to_ns

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY, FRIDAY = date(2024, 2, 5), date(2024, 2, 9)
NOW = datetime(2024, 3, 1, 17, tzinfo=UTC)  # a Friday
BARS_A_DAY = 64
PLENTY_S = 30.0


@pytest.fixture(autouse=True)
def _real_market(monkeypatch, ibm):
    monkeypatch.setattr(read_days, "is_made_up", lambda: False)


def span(first: date = MONDAY, last: date = FRIDAY, timeframe: str = "1Min") -> Range:
    return Range(
        timeframe=parse_timeframe(text=timeframe),
        ts_from=to_ns(datetime(first.year, first.month, first.day, tzinfo=NEW_YORK)),
        ts_to=to_ns(datetime(last.year, last.month, last.day, 23, 59, tzinfo=NEW_YORK)),
        extended_hours=True,
    )


def fetch(wanted: Range | None = None, *symbols: str, patience_s: float = PLENTY_S) -> bool:
    found = [interface.find_instrument(symbol=symbol) for symbol in symbols or ("IBM",)]
    return fetch_when_asked.fetch(
        instruments=[each for each in found if each is not None],
        wanted=wanted or span(),
        now=NOW,
        patience_s=patience_s,
    )


def test_what_nobody_holds_is_fetched_and_then_held(fake):
    assert fetch()
    assert MinuteBar.objects.count() == 5 * BARS_A_DAY
    requests = len(fake.requests)
    assert fetch()
    assert fetch(span(MONDAY, MONDAY))
    assert len(fake.requests) == requests
    assert Backfill.objects.count() == 1


def test_only_the_missing_days_are_fetched(fake):
    fetch(span(MONDAY, MONDAY + timedelta(days=1)))
    fake.requests.clear()
    assert fetch()
    assert {on for _, on, _ in fake.requests} == {MONDAY + timedelta(days=2)}


def test_days_are_fetched_as_days(fake):
    assert fetch(span(timeframe="1Day"))
    (row,) = Backfill.objects.all()
    assert row.kind == HistoryKind.DAILY_BARS
    assert row.state == BackfillState.DONE


def test_several_symbols_are_fetched_one_after_the_other(fake):
    assert fetch(span(MONDAY, MONDAY), "IBM", "BAC")
    assert {symbol for symbol, _, _ in fake.requests} == {"IBM", "BAC"}


def test_patience_ends_and_the_rest_is_fetched_without_the_reader(fake):
    async def slow(**_):
        await asyncio.sleep(60)

    quick, fake.read_bars = fake.read_bars, slow
    with pytest.raises(HistoryOnItsWay, match="IBM 2024-02-05 to 2024-02-09 from fake"):
        fetch(patience_s=0.3)
    fake.read_bars = quick
    assert run_backfills.run_due(is_stopping=lambda: False) == 1
    assert fetch()
    assert MinuteBar.objects.count() == 5 * BARS_A_DAY


def test_who_does_not_wait_is_told_that_more_is_on_its_way(fake):
    assert not fetch(patience_s=0.0)
    assert fake.requests == []
    run_backfills.run_due(is_stopping=lambda: False)
    assert fetch(patience_s=0.0)


def test_a_provider_that_is_away_is_no_reason_to_tell_half_the_truth(fake):
    def away(_number):
        raise ProviderUnreachable("no route")

    fake.before_answer = away
    with pytest.raises(HistoryOnItsWay, match="PROVIDER_UNREACHABLE: no route"):
        fetch()


def test_what_cannot_be_had_is_not_asked_for_again_and_again(fake):
    def refuse(_number):
        raise NotEntitled("not in the plan")

    fake.before_answer = refuse
    bars.write(bars=[bar(ts_start=span().ts_from + 9 * 3600 * 10**9)], source="stream:fake")
    for _ in range(2):  # told as what it is, the second time from memory
        with pytest.raises(NotEntitled, match="fake refuses the history of IBM: not in the plan"):
            fetch()
    assert len(fake.requests) == 1
    assert not fetch(patience_s=0.0)  # nor is it whole for who does not wait
    assert len(fake.requests) == 1


def test_a_provider_that_is_well_again_is_asked_again(fake):
    def refuse(_number):
        raise NotEntitled("not in the plan")

    fake.before_answer = refuse
    with pytest.raises(NotEntitled):
        fetch()
    fake.before_answer = lambda _number: None
    Backfill.objects.update(due_at=NOW - ask_sources.REFUSED_FOR * 2)
    assert fetch()
    assert MinuteBar.objects.count() == 5 * BARS_A_DAY


def test_where_the_best_provider_refuses_the_next_one_is_asked(fake, calendar):
    def refuse(_number):
        raise NotEntitled("not in the plan")

    fake.before_answer = refuse
    second = FakeSource(calendar=calendar)
    take_back = history_sources.register(name="second", factory=lambda: second)
    try:
        assert fetch()
        assert set(MinuteBar.objects.values_list("source", flat=True)) == {"second"}
    finally:
        take_back()


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (NotEntitled("not in the plan"), 403),
        (AuthenticationFailed("no such key"), 503),
        (InvalidRequest("what is IBM?"), 503),
    ],
)
def test_a_refusal_is_told_as_one_and_never_as_an_empty_answer(get, fake, refusal, status):
    def refuse(_number):
        raise refusal

    fake.before_answer = refuse
    for _ in range(2):
        answer = get()
        assert answer.status_code == status
        assert answer.json()["message"].startswith(f"{refusal.code}: fake refuses")


@pytest.mark.parametrize("adjustment", ["split", "dividend", "all"])
def test_raw_prices_are_never_told_as_adjusted_ones(get, get_indicators, fake, adjustment):
    async def refuse(**_):
        raise NotEntitled("not in the plan")

    fake.read_corporate_actions = refuse
    assert get(timeframe="1Day").status_code == 200
    answer = get(timeframe="1Day", adjustment=adjustment)
    assert (answer.status_code, answer.json()["message"][:12]) == (403, "NOT_ENTITLED")
    assert get_indicators(names="sma20", timeframe="1Day", end="2024-02-09").status_code == 403


# --- One rule for who makes a daily bar -----------------------------------------------------------
def test_a_daily_bar_is_the_providers_whatever_was_asked_before(fake):
    assert fetch(span(MONDAY, MONDAY))  # as minutes
    page = adjusted("raw")
    days = list(DailyBar.objects.order_by("trade_date").values_list("close", flat=True))
    assert closes(page) == days
    assert len(days) == 5


# --- What providers correct -----------------------------------------------------------------------
def test_a_day_that_its_provider_corrects_is_fetched_again_each_time_it_has_aged(fake):
    friday = span(FRIDAY, FRIDAY, "1Day")
    evening = datetime(2024, 2, 9, 21, tzinfo=NEW_YORK)

    def at(now: datetime) -> float:
        assert fetch_when_asked.fetch(
            instruments=interface.list_instruments(symbols=["IBM"]),
            wanted=friday,
            now=now,
            patience_s=PLENTY_S,
        )
        run_backfills.run_due(is_stopping=lambda: False, now=lambda: now)
        Coverage.objects.filter(held_at__gt=now).update(held_at=now)  # while he waited
        return DailyBar.objects.get().close

    first = at(evening)
    fake.spoil = lambda rows: [changed(each, close=each.close + 0.25) for each in rows]
    assert at(evening + timedelta(hours=2)) == first
    assert at(evening + timedelta(hours=12)) == first + 0.25
    fake.spoil = lambda rows: [changed(each, close=each.close + 0.5) for each in rows]
    assert at(evening + timedelta(hours=13)) == first + 0.25
    assert at(evening + timedelta(days=2)) == first + 0.5
    fake.spoil = lambda _rows: []  # the provider took it back
    with pytest.raises(DailyBar.DoesNotExist):
        at(evening + timedelta(days=40))
    requests = len(fake.requests)
    assert fetch(friday)
    assert len(fake.requests) == requests


def test_what_somebody_stopped_stays_stopped(fake):
    fetch(patience_s=0.0)
    (row,) = Backfill.objects.all()
    backfills.stop(backfill_id=row.id)
    assert fetch()
    assert fake.requests == []


def test_a_made_up_market_asks_nobody(fake, monkeypatch):
    monkeypatch.setattr(read_days, "is_made_up", lambda: True)
    assert fetch()
    assert not Backfill.objects.exists()


def test_without_a_provider_what_is_held_is_all_there_is():
    assert fetch()
    assert not Backfill.objects.exists()


def test_a_range_that_is_a_backfills_work_is_refused_by_name(fake):
    with pytest.raises(TooMuchHistory, match="trading days of history are not held"):
        fetch(span(date(2018, 1, 2), FRIDAY))
    assert fake.requests == []
    assert not Backfill.objects.exists()


# --- What issuers did -----------------------------------------------------------------------------
SPLIT_DAY, DIVIDEND_DAY = date(2024, 2, 20), date(2024, 2, 22)


def split(ex_date: date = SPLIT_DAY) -> CorporateAction:
    return CorporateAction(
        kind=CorporateActionKind.SPLIT,
        symbol="IBM",
        ex_date=ex_date,
        source="fake",
        old_rate=1.0,
        new_rate=4.0,
    )


def dividend() -> CorporateAction:
    return CorporateAction(
        kind=CorporateActionKind.CASH_DIVIDEND,
        symbol="IBM",
        ex_date=DIVIDEND_DAY,
        source="fake",
        rate=1.0,
    )


def adjusted(adjustment: str, *, now: datetime = NOW, patience_s: float = PLENTY_S) -> PageOf[Any]:
    wanted = span(timeframe="1Day")
    return read_pages.read_bars(
        symbols=["IBM"],
        timeframe=wanted.timeframe,
        kinds=parse_adjustment(text=adjustment),
        start=from_ns(wanted.ts_from),
        end=from_ns(wanted.ts_to),
        limit=100,
        newest_first=False,
        extended_hours=False,
        asof=None,
        resume=None,
        patience_s=patience_s,
        now=now,
    )


def closes(page: PageOf[Any]) -> list[float]:
    (found,) = page.rows.values()
    return [float(close) for close in found.close]


def test_bars_are_adjusted_for_a_split_that_nobody_had_asked_for(fake):
    fake.actions = [split()]
    raw = closes(adjusted("raw"))
    assert all(kind == HistoryKind.DAILY_BARS for kind in kinds_asked())
    assert closes(adjusted("split")) == pytest.approx([close / 4 for close in raw])


def test_raw_bars_ask_for_no_actions(fake):
    adjusted("raw")
    assert HistoryKind.CORPORATE_ACTIONS not in kinds_asked()


def test_bars_of_a_provider_that_is_asked_by_older_names_are_asked_by_them(fake):
    fake.tells_older_names = True
    renamed = date(2024, 2, 8)
    fake.actions = [
        CorporateAction(
            kind=CorporateActionKind.SYMBOL_CHANGE,
            symbol="OLD",
            new_symbol="IBM",
            ex_date=renamed,
            source="fake",
        )
    ]
    assert len(closes(adjusted("raw"))) == 5
    bars_asked = [(symbol, on) for symbol, on, token in fake.requests[1:] if token is None]
    assert bars_asked == [("OLD", MONDAY), ("IBM", renamed)]


def test_each_day_is_asked_for_actions_once(fake):
    adjusted("split")
    requests = len(fake.requests)
    adjusted("split")
    assert len(fake.requests) == requests
    adjusted("split", now=NOW + timedelta(days=3))  # the next trading day
    assert fake.requests[requests:] == [("IBM", date(2024, 3, 4), None)]


def test_the_close_that_a_dividend_is_measured_against_is_fetched_too(fake):
    fake.actions = [dividend()]
    raw, page = closes(adjusted("raw")), closes(adjusted("dividend"))
    before = DailyBar.objects.get(trade_date=DIVIDEND_DAY - timedelta(days=1)).close
    assert page == pytest.approx([close * (1 - 1.0 / before) for close in raw])
    requests = len(fake.requests)
    adjusted("dividend")
    assert len(fake.requests) == requests


def test_a_split_to_come_adjusts_nothing_yet(fake, ibm):
    tomorrow = NOW.date() + timedelta(days=3)
    fake.actions = [split(tomorrow)]
    actions.write(instrument_id=ibm, actions=fake.actions, told_at=clock.utc_now())
    assert closes(adjusted("split")) == closes(adjusted("raw"))
    assert closes(adjusted("split", now=NOW + timedelta(days=3))) != closes(adjusted("raw"))


def test_who_does_not_wait_is_told_that_the_adjustment_may_be_missing(fake):
    fake.actions = [dividend()]
    adjusted("raw")
    assert adjusted("dividend", patience_s=0.0).is_partial
    run_backfills.run_due(is_stopping=lambda: False)
    assert adjusted("dividend", patience_s=0.0).is_partial  # the close is still missing
    run_backfills.run_due(is_stopping=lambda: False)
    assert not adjusted("dividend", patience_s=0.0).is_partial


def test_actions_that_cannot_be_had_are_not_told_as_none(fake):
    async def away(**_):
        raise ProviderUnreachable("no route")

    adjusted("raw")
    fake.read_corporate_actions = away
    with pytest.raises(HistoryOnItsWay, match="PROVIDER_UNREACHABLE"):
        adjusted("split")


def test_actions_are_fetched_for_who_asks_for_them(fake, get_actions, monkeypatch):
    fake.actions = [split(), dividend()]
    monkeypatch.setattr(clock, "utc_now", lambda: NOW)
    found = get_actions(symbols="IBM", start="2024-02-01", end="2024-03-01").json()
    assert [row["ex_date"] for row in found["corporate_actions"]["forward_splits"]] == [
        str(SPLIT_DAY)
    ]
    assert len(found["corporate_actions"]["cash_dividends"]) == 1
    assert len(fake.requests) == 1
    get_actions(symbols="IBM", start="2024-02-01", end="2024-03-01")
    assert len(fake.requests) == 1


def test_indicators_fetch_their_warm_up_and_see_no_move_in_a_split(fake):
    fake.actions = [split()]

    def read(adjustment: str):
        instrument = interface.find_instrument(symbol="IBM")
        assert instrument is not None
        return read_indicators.read_indicators(
            instrument=instrument,
            names=["sma20"],
            timeframe=parse_timeframe(text="1Day"),
            kinds=parse_adjustment(text=adjustment),
            limit=5,
            end=datetime(2024, 2, 9, 23, tzinfo=NEW_YORK),
            now=NOW,
            patience_s=PLENTY_S,
        )

    raw, by_split = read("raw"), read("split")
    assert len(raw.ts_start) == 5
    assert not np.isnan(raw.lines["sma20"]).any()
    assert by_split.lines["sma20"] == pytest.approx(raw.lines["sma20"] / 4)


def kinds_asked() -> set[str]:
    return set(Backfill.objects.values_list("kind", flat=True))


# --- Over the API ---------------------------------------------------------------------------------
@pytest.fixture
def get(client):
    user = User.objects.create_user(username="alice", password="correct horse battery")
    client.force_login(user)

    def ask(**query):
        return client.get(
            "/v2/stocks/IBM/bars",
            {"timeframe": "1Min", "start": f"{MONDAY}", "end": "2024-02-10", **query},
        )

    return ask


@pytest.fixture
def get_indicators(client):
    return lambda **query: client.get("/v2/stocks/IBM/indicators", query)


@pytest.fixture
def get_actions(client):
    user = User.objects.create_user(username="alice", password="correct horse battery")
    client.force_login(user)
    return lambda **query: client.get("/v1/corporate-actions", query)


def test_the_api_answers_with_exactly_the_range(get, fake):
    answer = get(limit="10000")
    assert answer.status_code == 200
    assert len(answer.json()["bars"]) == 5 * BARS_A_DAY
    assert "X-History-Pending" not in answer.headers


def test_the_api_says_later_in_a_way_that_clients_try_again(get, fake, monkeypatch):
    monkeypatch.setattr(fetch_when_asked, "PATIENCE_S", 0.2)

    def away(_number):
        raise ProviderUnreachable("no route")

    fake.before_answer = away
    answer = get()
    assert answer.status_code == 504
    assert answer.json()["message"].startswith("HISTORY_ON_ITS_WAY: history is being fetched")


def test_the_api_does_not_wait_if_it_is_asked_not_to(get, fake):
    answer = get(wait="false")
    assert answer.status_code == 200
    assert answer.json()["bars"] == []
    assert answer.headers["X-History-Pending"] == "true"
    run_backfills.run_due(is_stopping=lambda: False)
    answer = get(wait="false", limit="10000")
    assert len(answer.json()["bars"]) == 5 * BARS_A_DAY
    assert "X-History-Pending" not in answer.headers
    assert get(wait="perhaps").status_code in {400, 422}
