"""
Who asks for a range gets exactly that range: what nobody holds is fetched first, once.

Invariants: an answer that may lack something is never told as whole; nobody waits longer than his
patience; a made-up market asks nobody; what failed is not asked again and again.
"""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from marketdata import interface
from marketdata.contracts import BackfillState, HistoryKind
from marketdata.domain.timeframes import parse_timeframe
from marketdata.feeds.providers import NotEntitled, ProviderUnreachable
from marketdata.models import Backfill, MinuteBar
from marketdata.operations import fetch_when_asked, read_days, run_backfills
from marketdata.operations.fetch_when_asked import HistoryOnItsWay, TooMuchHistory
from marketdata.operations.read_history import Range
from marketdata.store import backfills, bars
from tests.marketdata.build import bar
from trading.identity.models import User
from trading.kernel.clock import NEW_YORK, to_ns

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY, FRIDAY = date(2024, 2, 5), date(2024, 2, 9)
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
        now=datetime(2024, 3, 1, 17, tzinfo=UTC),
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
    assert fetch()  # nobody knows more than what is held
    requests = len(fake.requests)
    assert fetch()
    assert len(fake.requests) == requests
    Backfill.objects.update(due_at=datetime(2024, 3, 1, 15, tzinfo=UTC))  # two hours ago
    fetch()
    assert len(fake.requests) > requests


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
