"""What was made of a stream is named so, and its own source's history takes its place whole."""

from datetime import timedelta

import pytest

from marketdata.contracts import FeedKind, HistoryKind, SourceStatus
from marketdata.models import Coverage, MinuteBar
from marketdata.operations import backfill, run_backfills, save_bars
from marketdata.store import bars
from tests.marketdata.build import bar
from tests.marketdata.fakes import SilentFeed
from tests.marketdata.history.conftest import MONDAY
from tests.marketdata.history.source import bar_at
from trading.kernel.clock import to_ns


class TwoSources(SilentFeed):
    """IBM from the first, BAC from the second."""

    name = "first,second"

    def sources(self):
        return [
            SourceStatus(
                name=name,
                kind=FeedKind.LIVE,
                connected=True,
                last_update_at=None,
                detail="",
                selected=selected,
            )
            for name, selected in (("first", ("IBM",)), ("second", ("BAC",)))
        ]


def test_a_bar_is_named_after_the_source_that_its_symbol_comes_from():
    ibm_bar, bac_bar, ko_bar = (bar(symbol=symbol) for symbol in ("IBM", "BAC", "KO"))
    assert save_bars.by_source(TwoSources(), [ibm_bar, bac_bar, ko_bar]) == {
        "stream:first": [ibm_bar],
        "stream:second": [bac_bar],
        "stream:first,second": [ko_bar],  # nobody has told of it yet
    }
    assert save_bars.by_source(SilentFeed(), [ibm_bar]) == {"stream:simulated": [ibm_bar]}


@pytest.mark.usefixtures("fake")
def test_a_fetched_day_holds_what_its_source_has_and_nothing_twice(ibm, calendar, hand_clock):
    day = calendar.find_day(on=MONDAY)
    at_open, in_between = day.opens_at, day.opens_at + timedelta(minutes=1)
    streamed = [
        bar(symbol="IBM", ts_start=to_ns(at_open), close=11.5, volume=7.0),
        # The source's own history knows of no such minute: its trades were taken back.
        bar(symbol="IBM", ts_start=to_ns(in_between)),
    ]
    for source, of_source in save_bars.by_source(FakeStream(), streamed).items():
        bars.write(bars=of_source, source=source)
    assert not Coverage.objects.exists(), "a streamed day is not held whole"
    backfill.request(
        symbol="IBM",
        kind=HistoryKind.MINUTE_BARS,
        source="fake",
        first_date=MONDAY,
        last_date=MONDAY,
        requested_by="alice",
        now=hand_clock(),
    )
    run_backfills.run_due(is_stopping=lambda: False, now=hand_clock)
    rows = MinuteBar.objects.filter(
        instrument_id=ibm, ts_start__gte=day.pre_opens_at, ts_start__lt=day.post_closes_at
    )
    assert set(rows.values_list("source", flat=True)) == {"fake"}
    assert rows.count() == 64
    assert rows.get(ts_start=at_open).close == bar_at("IBM", to_ns(at_open)).close
    assert not rows.filter(ts_start=in_between).exists()


class FakeStream(SilentFeed):
    name = "fake"
