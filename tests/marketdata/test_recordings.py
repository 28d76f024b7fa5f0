"""The recorded days are read exactly: every market, every share."""

import json
import zipfile
from bisect import bisect_right
from pathlib import Path

import pytest

from marketdata.contracts import Trade
from marketdata.domain.bars import BarBuilder
from marketdata.domain.conditions import HIGH_LOW, moves
from marketdata.feeds.recording import QuoteRow, RecordingNotFound
from marketdata.feeds.replay.catalog import find_recording, read_previous_closes
from marketdata.feeds.replay.rows import RecordedFile, inspect, read_sides, read_trades
from marketdata.feeds.replay.tape import join_sides, read_tape
from tests.marketdata.build import MINUTE_NS

TICKS = "lean/equity/usa/tick"


@pytest.fixture(scope="module")
def expected(market_data_pack):
    return json.loads((market_data_pack / "EXPECTED.json").read_text())


def recorded(pack: Path, symbol: str, kind: str, day: str) -> RecordedFile:
    (file,) = find_recording(f"{pack}/{TICKS}/{symbol}/{day}_{kind}.zip")
    return file


def microseconds(text: str) -> int:
    hours, minutes, seconds = text.split(":")
    return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1_000_000)


@pytest.mark.parametrize("symbol", ["ibm", "bac"])
def test_the_market_at_twelve_times_is_the_recorded_one(market_data_pack, expected, symbol):
    quotes = list(join_sides(read_sides(recorded(market_data_pack, symbol, "quote", "20131007"))))
    times = [quote.us for quote in quotes]
    moments = expected["nbbo_asof_inclusive"][f"{symbol}/20131007"]
    assert len(moments) == 12
    for moment, (bid, ask) in moments.items():
        found = quotes[bisect_right(times, microseconds(moment)) - 1]
        assert [found.bid_px, found.bid_size, found.bid_exchange] == bid, moment
        assert [found.ask_px, found.ask_size, found.ask_exchange] == ask, moment


@pytest.mark.parametrize(
    ("symbol", "day"),
    [
        ("ibm", "20131007"),
        ("ibm", "20131008"),
        ("bac", "20131007"),
        ("bac", "20131008"),
        ("spy", "20131007"),
    ],
)
def test_built_minutes_hold_the_shares_that_the_vendor_counted(
    market_data_pack, expected, symbol, day
):
    builder = BarBuilder()
    built = {}
    strayed = set()  # minutes with a print whose price may stray from the market
    for row in read_trades(recorded(market_data_pack, symbol, "trade", day)):
        if not moves(row.conditions) & HIGH_LOW:
            strayed.add(row.us * 1000 // MINUTE_NS * MINUTE_NS)
        closed = builder.add(
            Trade(
                symbol=row.symbol,
                px=row.px,
                size=row.size,
                exchange=row.exchange,
                conditions=row.conditions,
                trade_id=row.number,
                ts_event=row.us * 1000,
                ts_init=row.us * 1000,
                source="test",
            )
        )
        if closed is not None:
            built[closed.ts_start] = closed
    last = builder.live(symbol.upper())
    assert last is not None
    built[last.ts_start] = last
    assert builder.late_trades == 0

    path = market_data_pack / f"lean/equity/usa/minute/{symbol}/{day}_trade.zip"
    with zipfile.ZipFile(path) as archive:
        lines = archive.read(archive.namelist()[0]).split()
    vendor = {int(bar[0]) * 1_000_000: bar for bar in (line.split(b",") for line in lines)}
    facts = expected["trade_ticks_to_minute"][f"{symbol}/{day}"]
    assert len(vendor) == facts["ref"] and len(built) == facts["built"]
    assert all(ts % MINUTE_NS == 0 for ts in built)
    # What the tape's letters let count is closer to the vendor's bars than all ticks are.
    equal = [ts for ts, bar in vendor.items() if built[ts].volume == int(bar[5])]
    assert len(equal) >= facts["volume_exact"]
    prices = [
        ts
        for ts, bar in vendor.items()
        if [built[ts].open, built[ts].high, built[ts].low, built[ts].close]
        == [int(px) / 10_000 for px in bar[1:5]]
    ]
    assert len(prices) >= facts["ohlc_exact"]
    # The vendor lets average prices move high and low after hours; ours do not.
    outside = [
        ts
        for ts, bar in vendor.items()
        if not built[ts].low <= int(bar[3]) / 10_000 <= int(bar[2]) / 10_000 <= built[ts].high
    ]
    assert set(outside) <= strayed


def test_trades_keep_their_prices_sizes_and_order(market_data_pack, expected):
    rows = list(read_trades(recorded(market_data_pack, "ibm", "trade", "20131007")))
    facts = expected["tick_stats"]["tick/ibm/20131007_trade.zip"]
    assert len(rows) == facts["rows"]
    assert sum(row.size for row in rows) == facts["volume"]
    vwap = sum(row.px * row.size for row in rows) / facts["volume"]
    assert vwap == pytest.approx(facts["vwap"], abs=1e-6)
    assert [row.number for row in rows] == list(range(1, facts["rows"] + 1))
    assert rows[0].conditions == ("F", "T")  # a sweep, in extended hours


def test_the_suspicious_row_is_left_out(market_data_pack, expected):
    facts = expected["tick_stats"]["tick/ibm/20131007_quote.zip"]
    sides = list(read_sides(recorded(market_data_pack, "ibm", "quote", "20131007")))
    assert facts["suspicious"] == 1
    assert len(sides) == facts["rows"] - facts["suspicious"]


def test_the_tape_goes_forward_and_a_quote_precedes_the_trade_of_its_instant(market_data_pack):
    files = find_recording(f"{market_data_pack}/{TICKS}/ibm@20131007")
    rows = list(read_tape(files))
    keys = [(row.us, not isinstance(row, QuoteRow)) for row in rows]
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    ("below", "days", "symbols"),
    [
        ("", "20131007", "BAC BAC IBM IBM SPY"),
        (TICKS, "20131007", "BAC BAC IBM IBM SPY"),
        (f"{TICKS}@20131008", "20131008", "BAC BAC IBM IBM SPY"),
        ("@20131008", "20131008", "BAC BAC IBM IBM SPY"),
        (f"{TICKS}/ibm", "20131007", "IBM IBM"),
        (f"{TICKS}/spy@20131008", "20131008", "SPY"),
        (f"{TICKS}/bac/20131008_quote.zip", "20131008", "BAC"),
    ],
)
def test_a_path_means_the_files_of_one_day(market_data_pack, below, days, symbols):
    files = find_recording(f"{market_data_pack}{'' if below[:1] in {'', '@'} else '/'}{below}")
    assert " ".join(file.symbol for file in files) == symbols
    assert {file.date for file in files} == {days}


@pytest.mark.parametrize("below", ["/nowhere", f"/{TICKS}/ibm@20131009", "/calendar"])
def test_a_path_without_a_recording_is_refused_by_name(market_data_pack, below):
    with pytest.raises(RecordingNotFound) as refusal:
        find_recording(f"{market_data_pack}{below}")
    assert refusal.value.code == "RECORDING_NOT_FOUND"
    assert str(market_data_pack) in refusal.value.message


def test_the_previous_close_is_the_last_one_before_the_recorded_day(market_data_pack):
    assert read_previous_closes(find_recording(f"{market_data_pack}@20131007")) == {
        "BAC": 14.05,
        "IBM": 184.1,
        "SPY": pytest.approx(168.89, abs=0.01),
    }


def test_a_whole_file_is_inspected_for_its_first_and_last_time(market_data_pack, expected):
    facts = expected["tick_stats"]["tick/ibm/20131007_trade.zip"]
    span = inspect(recorded(market_data_pack, "ibm", "trade", "20131007"))
    assert span == (microseconds(facts["first"]), microseconds(facts["last"]))
