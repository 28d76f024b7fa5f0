"""Adjusted series are the recorded factors' series, whatever told us of the corporate actions."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, strategies as st

from marketdata.contracts import CorporateAction, CorporateActionKind
from marketdata.domain import series
from marketdata.domain.adjustments import (
    InvalidAdjustment,
    adjust,
    factors,
    parse_adjustment,
    rounded,
)
from marketdata.domain.timeframes import midnight_ns
from marketdata.operations.load_corporate_actions import (
    InvalidFactorFile,
    read_factor_file,
    read_map_file,
)
from tests.marketdata.build import bar
from tests.marketdata.history import lean
from trading.kernel.clock import from_ns, new_york_date

ALL = parse_adjustment(text="all")
SPLIT = parse_adjustment(text="split")
DIVIDEND = CorporateActionKind.CASH_DIVIDEND
FILES = ["aapl", "bac", "bno", "goog", "googl", "ibm", "spy", "uso"]


def action(kind: CorporateActionKind, ex_date: date, **values: float) -> CorporateAction:
    return CorporateAction(kind=kind, symbol="IBM", ex_date=ex_date, source="test", **values)  # type: ignore[arg-type]


def recorded(pack, name):
    lines = (pack / f"lean/equity/usa/factor_files/{name}.csv").read_text().split()
    rows = [line.split(",") for line in lines]
    return [
        (date(int(r[0][:4]), int(r[0][4:6]), int(r[0][6:])), float(r[1]), float(r[2])) for r in rows
    ]


def actions_of(pack, name, calendar):
    path = pack / f"lean/equity/usa/factor_files/{name}.csv"
    return read_factor_file(path=path, symbol=name.upper(), calendar=calendar)


@pytest.mark.parametrize("name", ["aapl", "ibm", "spy", "bac"])
@pytest.mark.parametrize("text", ["raw", "split", "dividend", "all"])
def test_a_daily_series_is_the_recorded_factors_series(market_data_pack, calendar, name, text):
    days = lean.dated(market_data_pack, "daily", name)
    rows = recorded(market_data_pack, name)
    dates = [new_york_date(from_ns(ts)) for ts in days.ts_start.tolist()]
    index = [next(n for n, row in enumerate(rows) if row[0] >= on) for on in dates]
    price = np.array([rows[n][1] for n in index]) if text in {"dividend", "all"} else 1.0
    split = np.array([rows[n][2] for n in index]) if text in {"split", "all"} else 1.0
    by = factors(
        actions=actions_of(market_data_pack, name, calendar),
        kinds=parse_adjustment(text=text),
        closes_before={},
    )
    adjusted = adjust(bars=days, by=by)
    for column in ("open", "high", "low", "close"):
        expected = getattr(days, column) * price * split
        assert np.allclose(getattr(adjusted, column), expected, rtol=1e-9, atol=0)
    assert np.allclose(adjusted.volume, days.volume / split, rtol=1e-9, atol=0)


def test_adjusted_prices_are_told_without_the_dust_of_their_factors():
    by = factors(
        actions=[action(CorporateActionKind.SPLIT, date(2026, 6, 8), old_rate=1.0, new_rate=3.0)],
        kinds=SPLIT,
        closes_before={},
    )
    before = midnight_ns(date(2026, 6, 5))
    told = rounded(
        bars=adjust(
            bars=series.from_bars(
                [
                    bar(ts_start=before, open_px=67.8, high=100.0, low=1e-9, close=67.8,
                        vwap=68.123456, volume=1_000.0),
                    bar(ts_start=before + 1, volume=1.0),
                    bar(ts_start=before + 2, volume=0.0),
                ]
            ),
            by=by,
        )
    )  # fmt: skip
    assert (told.open[0], told.high[0], told.close[0]) == (22.6, 33.333333, 22.6)
    assert told.vwap[0] == 22.707819
    assert told.low[0] == pytest.approx(1e-9 / 3)  # never nothing
    assert told.volume.tolist() == [3_000.0, 3.0, 0.0]


def test_an_adjusted_volume_is_whole_shares_and_what_was_traded_is_never_none():
    by = factors(
        actions=[action(CorporateActionKind.SPLIT, date(2026, 6, 8), old_rate=20.0, new_rate=1.0)],
        kinds=SPLIT,
        closes_before={},
    )
    before = midnight_ns(date(2026, 6, 5))
    raw = [bar(ts_start=before + n, volume=volume) for n, volume in enumerate((6_667.0, 1.0, 0.0))]
    told = rounded(bars=adjust(bars=series.from_bars(raw), by=by))
    assert told.volume.tolist() == [333.0, 1.0, 0.0]


@pytest.mark.parametrize("name", FILES)
def test_each_recorded_row_is_met(market_data_pack, calendar, name):
    by = factors(actions=actions_of(market_data_pack, name, calendar), kinds=ALL, closes_before={})
    for on, price_factor, split_factor in recorded(market_data_pack, name):
        assert by.on(on) == pytest.approx((price_factor, split_factor), rel=1e-9), on


def test_apples_actions_are_the_known_ones(market_data_pack, calendar):
    found = actions_of(market_data_pack, "aapl", calendar)
    splits = {a.ex_date: (a.new_rate, a.old_rate) for a in found if a.kind is not DIVIDEND}
    assert splits == {
        date(2000, 6, 21): (2, 1),
        date(2005, 2, 28): (2, 1),
        date(2014, 6, 9): (7, 1),
        date(2020, 8, 31): (4, 1),
    }
    dividends = {a.ex_date: a.rate for a in found if a.kind is DIVIDEND}
    early = [rate for on, rate in sorted(dividends.items()) if on < date(2014, 6, 9)]
    assert early == pytest.approx([2.65, 2.65, 2.65, 3.05, 3.05, 3.05, 3.05, 3.29], abs=1e-3)
    assert dividends[date(2014, 8, 7)] == pytest.approx(0.47, abs=1e-3)


@pytest.mark.parametrize(
    ("on", "raw", "both", "split_only"),
    [
        (date(2014, 6, 6), 645.57, 20.77772, 23.05608),
        (date(2014, 6, 9), 93.70, 21.11018, 23.42500),
    ],
)
def test_apples_close_around_its_split_is_the_known_one(  # noqa: PLR0917 - fixtures
    market_data_pack, calendar, on, raw, both, split_only
):
    found = actions_of(market_data_pack, "aapl", calendar)
    day = series.from_bars([bar(ts_start=midnight_ns(on), close=raw)])
    for kinds, expected in ((ALL, both), (SPLIT, split_only)):
        by = factors(actions=found, kinds=kinds, closes_before={})
        assert adjust(bars=day, by=by).close[0] == pytest.approx(expected, abs=6e-6)


@pytest.mark.parametrize("name", ["aapl", "ibm"])
def test_dividends_and_closes_give_the_recorded_factors_too(market_data_pack, calendar, name):
    """A provider tells rates, not factors: they follow from the close before."""
    days = lean.dated(market_data_pack, "daily", name)
    closes = dict(zip(days.ts_start.tolist(), days.close.tolist(), strict=True))
    told = actions_of(market_data_pack, name, calendar)
    before = {
        a.ex_date: closes[midnight_ns(calendar.day_before(on=a.ex_date).trade_date)]
        for a in told
        if a.kind is DIVIDEND
    }
    plain = [
        action(a.kind, a.ex_date, rate=before[a.ex_date] * (1 - a.factor))
        for a in told
        if a.kind is DIVIDEND and a.factor is not None
    ]
    by = factors(actions=plain, kinds=ALL, closes_before=before)
    for on, price_factor, _ in recorded(market_data_pack, name):
        assert by.on(on)[0] == pytest.approx(price_factor, rel=1e-6), on


def test_minutes_of_the_split_weekend_meet(market_data_pack, calendar):
    by = factors(
        actions=actions_of(market_data_pack, "aapl", calendar), kinds=SPLIT, closes_before={}
    )
    friday, monday = (
        adjust(bars=lean.minutes(market_data_pack, "aapl", on), by=by)
        for on in (date(2014, 6, 6), date(2014, 6, 9))
    )
    assert friday.close[-1] == pytest.approx(monday.close[-1], rel=0.03)


@given(
    rates=st.lists(st.sampled_from([(2, 1), (7, 1), (1, 8), (3, 2), (4, 1)]), max_size=6),
    volume=st.floats(1, 1e9),
)
def test_a_split_changes_neither_the_value_traded_nor_todays_prices(rates, volume):
    first = date(2020, 1, 1)
    splits = [
        action(
            CorporateActionKind.SPLIT, first + timedelta(days=30 * n), new_rate=new, old_rate=old
        )
        for n, (new, old) in enumerate(rates, start=1)
    ]
    dates = [first + timedelta(days=30 * n + 15) for n in range(len(rates) + 1)]
    raw = series.from_bars(bar(ts_start=midnight_ns(on), volume=volume) for on in dates)
    adjusted = adjust(bars=raw, by=factors(actions=splits, kinds=SPLIT, closes_before={}))
    assert np.allclose(adjusted.close * adjusted.volume, raw.close * raw.volume)
    assert adjusted.close[-1] == raw.close[-1]


def test_a_day_before_the_ex_date_is_adjusted_and_the_ex_date_is_not():
    ex_date = date(2024, 3, 8)
    by = factors(
        actions=[action(DIVIDEND, ex_date, rate=2.0)], kinds=ALL, closes_before={ex_date: 100.0}
    )
    assert by.on(ex_date - timedelta(days=1)) == (0.98, 1.0)
    assert by.on(ex_date) == (1.0, 1.0)


@pytest.mark.parametrize(
    "unknown",
    [
        action(DIVIDEND, date(2024, 3, 8), rate=2.0),  # no close before
        action(CorporateActionKind.SPIN_OFF, date(2024, 3, 8), new_rate=1, old_rate=2),
        action(CorporateActionKind.SPLIT, date(2024, 3, 8)),
        action(DIVIDEND, date(2024, 3, 8), rate=2.0, factor=-0.5),
    ],
)
def test_an_action_without_a_known_effect_is_named_and_changes_nothing(unknown):
    by = factors(actions=[unknown], kinds=ALL, closes_before={})
    assert by.unresolved == (unknown,)
    assert by.on(date(2024, 3, 1)) == (1.0, 1.0)


def test_a_stock_dividend_counts_as_a_split():
    by = factors(
        actions=[action(CorporateActionKind.STOCK_DIVIDEND, date(2024, 3, 8), rate=0.25)],
        kinds=SPLIT,
        closes_before={},
    )
    assert by.on(date(2024, 3, 7)) == (1.0, 0.8)


def test_adjustments_are_read_as_the_wire_spells_them():
    assert parse_adjustment(text="raw") == frozenset()
    assert parse_adjustment(text="split,dividend") == SPLIT | {DIVIDEND}
    assert CorporateActionKind.SYMBOL_CHANGE not in ALL
    for text in ("", "bogus", "split,", "Split"):
        with pytest.raises(InvalidAdjustment, match="invalid adjustment"):
            parse_adjustment(text=text)


@pytest.mark.parametrize("row", ["2014,1,1,1", "20140606,x,1,1", "20140606,1,0,1", "20140606,1"])
def test_a_damaged_factor_file_is_named(tmp_path, calendar, row):
    path = tmp_path / "ibm.csv"
    path.write_text(f"20140605,1,1,1\n{row}\n")
    with pytest.raises(InvalidFactorFile, match="line 2"):
        read_factor_file(path=path, symbol="IBM", calendar=calendar)


@pytest.mark.parametrize(
    ("name", "spells"),
    [
        ("ibm", [("IBM", date(1998, 1, 2), None)]),
        ("googl", [
            ("GOOG", date(2004, 8, 19), date(2014, 4, 2)), ("GOOGL", date(2014, 4, 3), None),
        ]),
        ("goog", [
            ("GOOCV", date(2014, 3, 27), date(2014, 4, 2)), ("GOOG", date(2014, 4, 3), None),
        ]),
        ("bac", [("NB", date(1998, 1, 2), date(1998, 9, 30)), ("BAC", date(1998, 10, 1), None)]),
        ("gooav", [("GOOAV", date(2014, 3, 27), date(2014, 4, 2))]),
    ],
)  # fmt: skip
def test_map_files_tell_the_names_of_each_day(market_data_pack, name, spells):
    found = read_map_file(path=market_data_pack / f"lean/equity/usa/map_files/{name}.csv")
    assert [(each.symbol, each.from_date, each.to_date) for each in found] == spells


def test_files_with_a_mark_at_their_beginning_are_read(tmp_path, calendar):
    factors_file, map_file = tmp_path / "ibm.csv", tmp_path / "map.csv"
    factors_file.write_text("20140605,0.5,1,10\n20501231,1,1,0\n", encoding="utf-8-sig")
    map_file.write_text("20000103,old\n20140605,old\n20501231,ibm\n", encoding="utf-8-sig")
    (found,) = read_factor_file(path=factors_file, symbol="IBM", calendar=calendar)
    assert found.factor == 0.5
    assert [spell.symbol for spell in read_map_file(path=map_file)] == ["OLD", "IBM"]


def test_a_dividend_below_zero_changes_nothing():
    ex_date = date(2024, 3, 8)
    by = factors(
        actions=[action(DIVIDEND, ex_date, rate=-2.0)], kinds=ALL, closes_before={ex_date: 100.0}
    )
    assert by.on(date(2024, 3, 7)) == (1.0, 1.0)
    assert len(by.unresolved) == 1
