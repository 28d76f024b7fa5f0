"""Recorded ticks become bars at the times at which they were recorded."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from marketdata import interface
from marketdata.contracts import HistoryKind
from marketdata.domain import series
from marketdata.domain.timeframes import midnight_ns
from marketdata.operations.load_security_master import instrument_id
from marketdata.store import bars, coverage
from tests.marketdata.build import bar
from tests.marketdata.history import lean
from tests.marketdata.recordings import write_recording
from trading.kernel.clock import from_ns

pytestmark = pytest.mark.usefixtures("master")

DAY_NS = 86_400_000_000_000
MONDAY = date(2013, 10, 7)


def load(path) -> str:
    out = StringIO()
    call_command("load_recording", str(path), stdout=out)
    return out.getvalue()


def read(symbol: str, day: date):
    start = midnight_ns(day)
    return bars.read_columns(
        instrument_id=instrument_id(symbol=symbol),
        start=from_ns(start),
        end=from_ns(start + DAY_NS),
    )


def held(symbol: str, kind: HistoryKind) -> set[date]:
    return coverage.held_dates(
        instrument_id=instrument_id(symbol=symbol),
        kind=kind,
        first_date=date(2013, 10, 1),
        last_date=date(2013, 10, 31),
    )


@pytest.mark.parametrize(
    ("symbol", "day", "exact"),
    [
        ("ibm", date(2013, 10, 7), 449),
        ("ibm", date(2013, 10, 8), 420),
        ("bac", date(2013, 10, 7), 592),
        ("bac", date(2013, 10, 8), 570),
        ("spy", date(2013, 10, 7), 825),
    ],
)
def test_minutes_hold_what_the_vendor_counted(market_data_pack, symbol, day, exact):
    """``exact`` is how many minutes of the pack have the sum of their ticks as volume."""
    path = market_data_pack / f"lean/equity/usa/tick/{symbol}/{day:%Y%m%d}_trade.zip"
    load(path)
    built = {each.ts_start: each for each in series.to_bars(read(symbol.upper(), day), symbol="")}
    recorded = series.to_bars(lean.minutes(market_data_pack, symbol, day), symbol="")
    assert built.keys() == {each.ts_start for each in recorded}
    assert sum(built[each.ts_start].volume == each.volume for each in recorded) >= exact
    # The vendor leaves outliers out of its prices, so that its range lies within ours.
    assert all(
        built[each.ts_start].low <= each.low <= each.high <= built[each.ts_start].high
        for each in recorded
    )


def test_a_whole_session_is_held_and_has_its_daily_bar(market_data_pack):
    told = load(market_data_pack / "lean/equity/usa/tick/ibm")
    assert told == "IBM 2013-10-07: 453 minutes\nIBM 2013-10-08: 424 minutes\n"
    days = {MONDAY, date(2013, 10, 8)}
    assert held("IBM", HistoryKind.MINUTE_BARS) == held("IBM", HistoryKind.DAILY_BARS) == days
    found = interface.history(
        symbol="IBM",
        start=from_ns(midnight_ns(MONDAY)),
        end=from_ns(midnight_ns(date(2013, 10, 8))),
        timeframe="1Day",
    )
    assert found is not None
    assert found.missing == ()
    stats = json.loads((market_data_pack / "EXPECTED.json").read_text())["tick_stats"]
    for ours, day in zip(
        series.to_bars(found.bars, symbol="IBM"), ("20131007", "20131008"), strict=True
    ):
        ticks = stats[f"tick/ibm/{day}_trade.zip"]
        assert ours.ts_start == midnight_ns(date.fromisoformat(day))
        assert (ours.open, ours.close) == (ticks["rth_first_px"], ticks["rth_last_px"])
        assert (ours.low, ours.high) == (ticks["rth_low"], ticks["rth_high"])
        assert (ours.volume, ours.trade_count) == (ticks["rth_volume"], ticks["rth_rows"])


def test_loading_twice_changes_nothing_and_takes_the_place_of_others(market_data_pack):
    path = market_data_pack / "lean/equity/usa/tick/ibm/20131007_trade.zip"
    bars.write(bars=[bar(ts_start=midnight_ns(MONDAY) + 3_600_000_000_000)], source="simulated")
    load(path)
    before = read("IBM", MONDAY)
    load(path)
    after = read("IBM", MONDAY)
    assert len(before) == len(after) == 453
    for name in series.NAMES:
        assert (getattr(before, name) == getattr(after, name)).all()


def test_part_of_a_session_is_loaded_and_not_held(tmp_path):
    ticks = write_recording(tmp_path)
    assert load(ticks) == "IBM 2013-10-07: 2 minutes, not the whole session\n"
    assert [each.volume for each in series.to_bars(read("IBM", MONDAY), symbol="")] == [50, 400]
    assert held("IBM", HistoryKind.MINUTE_BARS) == set()


def test_a_symbol_that_the_master_does_not_know_is_named(tmp_path):
    assert "XYZ 2013-10-07: not in the security master" in load(
        write_recording(tmp_path, symbol="xyz")
    )


@pytest.mark.parametrize("spec", ["nowhere", "{path}@20131009", "{empty}"])
def test_what_is_not_there_is_named(tmp_path, spec):
    (tmp_path / "empty").mkdir()
    spec = spec.format(path=write_recording(tmp_path), empty=tmp_path / "empty")
    with pytest.raises(CommandError, match="RECORDING_NOT_FOUND"):
        load(spec)


def test_a_damaged_file_is_named_and_not_loaded(tmp_path):
    ticks = write_recording(tmp_path)
    (ticks / "ibm" / "20131007_trade.zip").write_bytes(b"PK\3\4 no")
    with pytest.raises(CommandError, match="RECORDING_CORRUPT"):
        load(ticks)
    assert len(read("IBM", MONDAY)) == 0
