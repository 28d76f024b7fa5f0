"""Recorded ticks become bars at the times at which they were recorded."""

import json
from datetime import date
from io import StringIO
from typing import NamedTuple

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
from tests.marketdata.recordings import quote_rows, trade_rows, write_recording, write_zip
from trading.kernel.clock import from_ns

pytestmark = pytest.mark.usefixtures("master")

DAY_NS = 86_400_000_000_000
MONDAY = date(2013, 10, 7)


class Official(NamedTuple):
    """What prints of the session and its closing auction come to, worked out by hand."""

    close: float
    volume: float


DAILY = {
    "20131007": Official(182.01, 3_753_376 + 151_665),
    "20131008": Official(178.72, 5_203_552 + 262_948),
}


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
    # The vendor leaves outliers out of its prices, so that its range lies within ours; but outside
    # of the regular session it counts average prices, which are no price of a market.
    assert all(
        built[each.ts_start].low <= each.low <= each.high <= built[each.ts_start].high
        for each in recorded
        if 570 <= (each.ts_start - midnight_ns(day)) // 60_000_000_000 < 960
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
        assert ours.open == ticks["rth_first_px"]
        official = DAILY[day]
        assert (ours.close, ours.volume) == (official.close, official.volume)
        assert ours.low == ticks["rth_low"]


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


OPEN_MS, CLOSE_MS = 34_200_000, 57_600_000


def whole_day(*rows: tuple[int, str]) -> list[tuple[int, str]]:
    """The rows among prints at both ends of a session."""
    ends = [(OPEN_MS, "1000000,100,N,40"), (CLOSE_MS - 1_000, "1000000,100,N,1")]
    return sorted([*ends, *rows])


def load_day(tmp_path, *rows: tuple[int, str], mark: str = ""):
    write_zip(tmp_path / "equity/usa/tick/ibm", "trade", mark + trade_rows(whole_day(*rows)))
    write_zip(tmp_path / "equity/usa/tick/ibm", "quote", quote_rows())
    load(tmp_path / "equity/usa/tick")
    (day,) = interface.list_bars(
        symbol="IBM",
        start=from_ns(midnight_ns(MONDAY)),
        end=from_ns(midnight_ns(MONDAY)),
        limit=1,
        timeframe="1Day",
    )
    return day


def test_conditions_say_what_a_recorded_print_moves_as_they_do_live(tmp_path):
    noon = 43_200_000
    day = load_day(
        tmp_path,
        (noon, "900000,500,D,100000"),  # an average price
        (noon + 1, "1100000,300,N,200"),  # derivatively priced: high and low
        (noon + 2, "1000100,200,N,1"),
        (noon + 3, "1200000,400,N,4000000"),  # the official open, traded already
        (noon + 4, "1300000,50,N,80000000"),  # an odd lot
    )
    assert (day.open, day.high, day.low, day.close) == (100.0, 110.0, 100.0, 100.0)
    assert day.volume == 100 + 500 + 300 + 200 + 50 + 100


def test_the_closing_auction_belongs_to_the_day_though_it_is_printed_after_the_close(tmp_path):
    day = load_day(
        tmp_path,
        (CLOSE_MS + 500, "990000,10,N,400"),  # extended hours
        (CLOSE_MS + 64_000, "1005000,5000,N,80"),  # the auction
        (CLOSE_MS + 65_000, "1005000,5000,N,1000000"),  # its official close, traded already
    )
    assert (day.close, day.high, day.low, day.volume) == (100.5, 100.5, 100.0, 5_200.0)
    minute = read("IBM", MONDAY)
    assert minute.volume.tolist()[-2:] == [10.0, 5_000.0]  # as printed


def test_a_recording_with_a_mark_at_its_beginning_is_read(tmp_path):
    assert load_day(tmp_path, mark="\ufeff").volume == 200.0
