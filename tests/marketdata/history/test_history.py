"""Any range, in any timeframe, is exactly that range, and what of it is missing is named."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from marketdata import interface
from marketdata.contracts import (
    Bar,
    BarColumns,
    CorporateAction,
    CorporateActionKind,
    DateRange,
    HistoryKind,
)
from marketdata.domain import series
from marketdata.domain.timeframes import midnight_ns
from marketdata.operations.load_corporate_actions import load_corporate_actions
from marketdata.operations.load_security_master import instrument_id
from marketdata.store import actions, bars, coverage
from tests.marketdata.build import bar, trade
from tests.marketdata.fakes import SilentFeed
from tests.marketdata.history import lean
from trading.infra.transactions import transaction
from trading.kernel.clock import NEW_YORK, from_ns, to_ns

pytestmark = pytest.mark.usefixtures("master")

MINUTES, DAYS = HistoryKind.MINUTE_BARS, HistoryKind.DAILY_BARS
MONDAY = date(2024, 2, 5)
NOW = datetime(2024, 3, 1, 12, tzinfo=NEW_YORK)
DAY = timedelta(days=1)

TOLD_AT = datetime(2024, 1, 1, tzinfo=NEW_YORK)


def at(on: date, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=NEW_YORK)


def keep(symbol: str, columns: BarColumns, *, kind=MINUTES, hold=()) -> None:
    owner = instrument_id(symbol=symbol)
    with transaction():
        bars.write_columns(instrument_id=owner, kind=kind, bars=columns, source="test")
        coverage.hold(instrument_id=owner, kind=kind, dates=hold, source="test", held_at=NOW)


def minutes(on: date, *times: tuple[int, int]) -> list[Bar]:
    return [bar(ts_start=to_ns(at(on, *each)), volume=100) for each in times]


def ask(symbol="IBM", first=MONDAY, last=MONDAY + 4 * DAY, **wanted):
    found = interface.history(
        symbol=symbol,
        **{"start": at(first), "end": at(last, 23, 59), "now": NOW, **wanted},
    )
    assert found is not None
    return found


def stamps(found) -> list[str]:
    return [
        f"{from_ns(ts).astimezone(NEW_YORK):%m-%d %H:%M}" for ts in found.bars.ts_start.tolist()
    ]


@pytest.fixture
def a_week(master):
    """Monday to Wednesday held as minutes, Thursday as a daily bar, Friday not at all."""
    columns = series.from_bars(
        each
        for n in range(3)
        for each in minutes(MONDAY + n * DAY, (8, 0), (9, 30), (9, 31), (10, 30), (15, 59), (17, 0))
    )
    keep("IBM", columns, hold=[MONDAY + n * DAY for n in range(3)])
    thursday = MONDAY + 3 * DAY
    keep(
        "IBM",
        series.from_bars([bar(ts_start=midnight_ns(thursday), volume=1_000)]),
        kind=DAYS,
        hold=[thursday],
    )


@pytest.mark.usefixtures("a_week")
def test_a_range_is_exactly_that_range():
    found = ask(start=at(MONDAY, 9, 30), end=at(MONDAY + DAY, 9, 30))
    assert stamps(found) == [
        "02-05 09:30", "02-05 09:31", "02-05 10:30", "02-05 15:59", "02-05 17:00",
        "02-06 08:00", "02-06 09:30",
    ]  # fmt: skip
    assert (found.missing, found.unadjusted) == ((), ())


@pytest.mark.usefixtures("a_week")
def test_what_is_missing_is_named():
    thursday, friday = MONDAY + 3 * DAY, MONDAY + 4 * DAY
    assert ask().missing == (DateRange(first_date=thursday, last_date=friday),)
    assert ask(timeframe="1Day").missing == (DateRange(first_date=friday, last_date=friday),)
    # Neither a weekend nor a day that is not over is missing.
    assert ask(first=MONDAY - 2 * DAY, last=MONDAY).missing == ()
    assert ask(first=NOW.date(), last=NOW.date()).missing == ()


@pytest.mark.usefixtures("a_week")
def test_extended_hours_are_on_or_off():
    day = {"first": MONDAY, "last": MONDAY, "timeframe": "1Hour"}
    assert stamps(ask(**day)) == [
        "02-05 08:00", "02-05 09:00", "02-05 10:00", "02-05 15:00", "02-05 17:00",
    ]  # fmt: skip
    assert stamps(ask(**day, extended_hours=False)) == ["02-05 09:00", "02-05 10:00", "02-05 15:00"]
    assert ask(**{**day, "timeframe": "1Day"}).bars.volume.tolist() == [400]
    assert ask(**{**day, "timeframe": "1Day"}, extended_hours=True).bars.volume.tolist() == [600]


@pytest.mark.usefixtures("a_week")
def test_days_come_from_daily_bars_and_where_there_is_none_from_minutes():
    found = ask(timeframe="1Day")
    assert stamps(found) == ["02-05 00:00", "02-06 00:00", "02-07 00:00", "02-08 00:00"]
    assert found.bars.volume.tolist() == [400, 400, 400, 1_000]
    week = ask(timeframe="1Week")
    assert (stamps(week), week.bars.volume.tolist()) == (["02-05 00:00"], [2_200])
    month = ask(timeframe="1Month", first=date(2024, 2, 1))
    assert (stamps(month), month.bars.volume.tolist()) == (["02-01 00:00"], [2_200])


@pytest.mark.usefixtures("a_week")
def test_a_bar_that_begins_in_the_range_is_whole():
    found = ask(start=at(MONDAY, 9), end=at(MONDAY, 9), timeframe="1Hour")
    assert (stamps(found), found.bars.volume.tolist()) == (["02-05 09:00"], [200])
    assert stamps(ask(start=at(MONDAY, 9, 1), end=at(MONDAY, 9, 59), timeframe="1Hour")) == []


@pytest.mark.usefixtures("a_week")
@pytest.mark.parametrize("timeframe", ["1Min", "5Min", "1Hour", "4Hour", "1Day"])
@pytest.mark.parametrize("extended_hours", [True, False])
def test_a_limit_keeps_either_end_whole(timeframe, extended_hours):
    whole = ask(timeframe=timeframe, extended_hours=extended_hours)
    for limit in range(1, len(whole.bars) + 2):
        for newest_first in (False, True):
            part = ask(
                timeframe=timeframe,
                extended_hours=extended_hours,
                limit=limit,
                newest_first=newest_first,
            )
            chosen = slice(-limit, None) if newest_first else slice(limit)
            for name in series.NAMES:
                assert (getattr(part.bars, name) == getattr(whole.bars, name)[chosen]).all()


def test_the_live_bar_is_part_of_it():
    keep("IBM", series.from_bars(minutes(MONDAY, (9, 30))))
    interface.start_feed(feed=SilentFeed())
    interface.accept_ticks(ticks=[trade(px=12.5, size=100, ts_event=to_ns(at(MONDAY, 9, 32)))])
    assert ask(timeframe="1Min").bars.close.tolist() == [11.0, 12.5]
    assert ask(timeframe="15Min").bars.close.tolist() == [12.5]
    assert ask(timeframe="1Day").bars.volume.tolist() == [200]
    listed = interface.list_bars(
        symbol="IBM", start=at(MONDAY), end=at(MONDAY, 23), limit=5, timeframe="1Week"
    )
    assert [each.close for each in listed] == [12.5]


def test_an_unknown_symbol_has_no_history():
    assert interface.history(symbol="XYZ", start=NOW - DAY, end=NOW) is None


def test_a_week_of_a_split_is_adjusted_day_by_day(calendar):
    dates = [MONDAY, MONDAY + DAY]
    keep(
        "IBM",
        series.from_bars(
            bar(ts_start=midnight_ns(on), open_px=px, high=px, low=px, close=px, volume=volume)
            for on, px, volume in zip(dates, (100.0, 50.0), (10.0, 20.0), strict=True)
        ),
        kind=DAYS,
        hold=dates,
    )
    split = CorporateAction(
        kind=CorporateActionKind.SPLIT,
        symbol="IBM",
        ex_date=dates[1],
        source="test",
        old_rate=1,
        new_rate=2,
    )
    actions.write(
        instrument_id=instrument_id(symbol="IBM"),
        actions=[split],
        told_at=datetime(2024, 1, 1, tzinfo=NEW_YORK),
    )
    (week,) = series.to_bars(ask(timeframe="1Week", adjustment="split").bars, symbol="IBM")
    assert (week.open, week.high, week.close, week.volume) == (50, 50, 50, 40)
    assert ask(timeframe="1Week").bars.high.tolist() == [100]


@pytest.mark.parametrize("kind", [DAYS, MINUTES])
def test_a_dividend_is_measured_against_the_close_before(kind):
    friday = MONDAY - 3 * DAY
    start = midnight_ns(friday) if kind is DAYS else to_ns(at(friday, 15, 59))
    keep("IBM", series.from_bars([bar(ts_start=start, close=10.0, low=9.0)]), kind=kind)
    dividend = CorporateAction(
        kind=CorporateActionKind.CASH_DIVIDEND,
        symbol="IBM",
        ex_date=MONDAY,
        source="test",
        rate=1.0,
    )
    actions.write(
        instrument_id=instrument_id(symbol="IBM"),
        actions=[dividend],
        told_at=datetime(2024, 1, 1, tzinfo=NEW_YORK),
    )
    found = ask(first=friday, timeframe="1Day", adjustment="dividend")
    assert found.bars.close.tolist() == pytest.approx([9.0])
    assert found.unadjusted == ()


def test_a_dividend_without_a_close_before_is_named():
    dividend = CorporateAction(
        kind=CorporateActionKind.CASH_DIVIDEND,
        symbol="IBM",
        ex_date=MONDAY + DAY,
        source="test",
        rate=1.0,
    )
    actions.write(
        instrument_id=instrument_id(symbol="IBM"),
        actions=[dividend],
        told_at=datetime(2024, 1, 1, tzinfo=NEW_YORK),
    )
    assert ask(adjustment="all").unadjusted == (dividend,)
    assert ask(adjustment="split").unadjusted == ()
    assert ask(first=MONDAY + DAY, adjustment="all").unadjusted == ()  # it changes nothing of it


def test_apples_recorded_days_come_back_adjusted(market_data_pack):
    keep("AAPL", lean.dated(market_data_pack, "daily", "aapl"), kind=DAYS)
    told = {
        each.symbol: each.actions
        for each in load_corporate_actions(
            path=market_data_pack, now=datetime(2024, 1, 1, tzinfo=NEW_YORK)
        )
    }
    assert {"AAPL", "BAC", "GOOG", "IBM", "SPY"} == told.keys()
    friday, monday = date(2014, 6, 6), date(2014, 6, 9)
    for adjustment, closes in (
        ("raw", [645.57, 93.70]),
        ("split", [23.05608, 23.42500]),
        ("all", [20.77772, 21.11018]),
    ):
        found = ask("AAPL", friday, monday, timeframe="1Day", adjustment=adjustment)
        assert found.bars.close.tolist() == pytest.approx(closes, abs=6e-6)
    assert ask("AAPL", date(2000, 1, 1), monday, timeframe="1Day").bars.close.min() > 0
    found = interface.find_instrument_as_of(symbol="NB", on=date(1998, 5, 1))
    assert found is not None
    assert found.symbol == "BAC"


def test_a_year_of_minutes_comes_back_whole(calendar):
    year = calendar.days_between(first_date=date(2023, 1, 1), last_date=date(2023, 12, 31))
    starts = np.concatenate(
        [
            np.arange(to_ns(day.opens_at), to_ns(day.closes_at), 60_000_000_000, dtype=np.int64)
            for day in year
        ]
    )
    ones = np.ones(len(starts))
    keep(
        "IBM",
        series.make(
            ts_start=starts, open=ones, high=ones, low=ones, close=ones, volume=ones,
            trade_count=ones, vwap=ones,
        ),
        hold=[day.trade_date for day in year],
    )  # fmt: skip
    found = ask(first=date(2023, 1, 1), last=date(2023, 12, 31))
    assert (found.bars.ts_start == starts).all()
    assert found.missing == ()
    days = ask(first=date(2023, 1, 1), last=date(2023, 12, 31), timeframe="1Day")
    assert len(days.bars) == len(year) == 250
    assert days.bars.volume.sum() == len(starts)
