"""Odd rows of a provider's history: of twins one stays, what cannot be is refused and counted."""

import io
from datetime import date, timedelta

import pytest
from django.core.management import call_command

from marketdata.contracts import Backfill, BackfillState, Bar, HistoryKind
from marketdata.domain.timeframes import midnight_ns
from marketdata.feeds.providers import Page
from marketdata.models import DailyBar
from marketdata.operations import backfill, run_backfills
from marketdata.store import sessions
from tests.marketdata.build import bar, changed
from tests.marketdata.history.conftest import FRIDAY, MONDAY
from trading.kernel.clock import to_ns

pytestmark = pytest.mark.django_db(transaction=True)

MINUTES, DAILY = HistoryKind.MINUTE_BARS, HistoryKind.DAILY_BARS


@pytest.fixture
def fetch(fake, ibm, hand_clock):
    def run(kind: HistoryKind) -> Backfill:
        wanted = backfill.request(
            symbol="IBM", kind=kind, source="fake", first_date=MONDAY, last_date=FRIDAY,
            requested_by="alice", now=hand_clock(),
        )  # fmt: skip
        run_backfills.run_due(is_stopping=lambda: False, now=hand_clock)
        return backfill.get(backfill_id=wanted.id)

    return run


def odd_day(on: date, close: float, *, volume: float, spread: float = 1.0) -> Bar:
    return bar(
        ts_start=midnight_ns(on), open_px=close, high=close + spread, low=close - spread,
        close=close, volume=volume,
    )  # fmt: skip


TUESDAY = MONDAY + timedelta(days=1)
PLACEHOLDER, REAL = odd_day(TUESDAY, 14.66, volume=0, spread=0), odd_day(TUESDAY, 122, volume=900)


@pytest.mark.parametrize("twins", [[PLACEHOLDER, REAL], [REAL, PLACEHOLDER]])
@pytest.mark.parametrize("is_apart", [False, True])
def test_of_twins_the_one_with_a_volume_stays(fake, fetch, twins, is_apart):
    pages = [twins[:1], twins[1:]] if is_apart else [twins]

    async def read(**wanted):
        number = int(wanted["page_token"] or 0)
        following = str(number + 1) if number + 1 < len(pages) else None
        return Page(rows=pages[number], next_token=following)

    fake.read_bars = read
    fetch(DAILY)
    assert list(DailyBar.objects.values_list("close", "volume")) == [(122.0, 900.0)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"high": 120.0, "low": 126.0},
        {"high": 121.9},
        {"low": 122.1},
        {"low": 0.0},
        {"volume": -1.0},
        {"close": float("nan")},
        {"high": float("inf")},
        {"volume": float("inf")},
    ],
)
@pytest.mark.parametrize("kind", [DAILY, MINUTES])
def test_a_row_that_cannot_be_is_refused_and_counted(fake, fetch, wrong, kind):
    day = sessions.calendar().find_day(on=TUESDAY)
    assert day is not None
    good = REAL if kind is DAILY else changed(REAL, ts_start=to_ns(day.opens_at))
    after = changed(good, ts_start=good.ts_start + 24 * 3600 * 10**9)
    fake.spoil = lambda _rows: [changed(good, **wrong), after]
    fake._days_per_page = 5
    done = fetch(kind)
    assert (done.state, done.rows_done, done.rows_refused) == (BackfillState.DONE, 1, 1)


def test_a_day_that_its_source_has_corrected_long_ago_is_fetched_again_if_somebody_says_so(
    fake, fetch
):
    assert fetch(DAILY).rows_done == 5
    requests = len(fake.requests)
    assert fetch(DAILY).rows_done == 0
    assert len(fake.requests) == requests
    fake.spoil = lambda rows: [changed(each, close=each.low) for each in rows]
    out = io.StringIO()
    call_command(
        "backfill", "IBM", "--from", f"{MONDAY}", "--to", f"{FRIDAY}", "--source", "fake",
        "--kind", "daily", "--again", stdout=out,
    )  # fmt: skip
    assert all(low == close for low, close in DailyBar.objects.values_list("low", "close"))
