"""The chart's own indicators are the server's, number for number."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from playwright._impl._driver import compute_driver_executable

from marketdata.domain.indicators import Bars, parse

_SCRIPT = Path(__file__).parent / "js" / "indicators_run.mjs"
_NAMES = ("sma20", "sma50", "sma200", "ema20", "rsi14", "bollinger20", "macd", "vwap")


def chart_lines(bars: Bars) -> dict[str, list[float | None]]:
    node, _ = compute_driver_executable()
    given = [
        {"t": t, "c": close, "v": volume, "vw": None if np.isnan(vwap) else vwap}
        for t, (close, volume, vwap) in enumerate(
            zip(bars.close.tolist(), bars.volume.tolist(), bars.vwap.tolist(), strict=True)
        )
    ]
    run = subprocess.run(
        [node, str(_SCRIPT)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    lines: dict[str, list[float | None]] = json.loads(run.stdout)
    return lines


@pytest.mark.parametrize("count", [0, 1, 14, 15, 33, 34, 199, 500])
def test_every_line_equals_the_servers(count):
    random = np.random.default_rng(11)
    close = np.round(180 + np.cumsum(random.normal(0, 0.1, count)), 2)
    bars = Bars(
        high=close + 0.1,
        low=close - 0.1,
        close=close,
        volume=random.integers(0, 5, count) * 100.0,
        vwap=close + 0.01,
        sessions=np.arange(count) // 100,
    )
    expected = {
        line: values for name in _NAMES for line, values in parse(name=name).lines(bars).items()
    }
    shown = chart_lines(bars)
    assert set(shown) == set(expected)
    for line, values in expected.items():
        ours = np.array([np.nan if value is None else value for value in shown[line]], dtype=float)
        np.testing.assert_allclose(ours, values, rtol=1e-9, atol=1e-9, err_msg=line)


def test_a_market_that_stands_still_has_the_servers_rsi():
    close = np.full(20, 5.0)
    ones = np.ones(20)
    sessions = np.zeros(20, dtype=np.int64)
    bars = Bars(high=close, low=close, close=close, volume=ones, vwap=close, sessions=sessions)
    assert chart_lines(bars)["rsi14"][-1] == parse(name="rsi14").lines(bars)["rsi14"][-1] == 50.0


def test_an_average_that_is_not_told_is_none():
    close = np.full(20, 5.0)
    vwap = np.where(np.arange(20) == 5, np.nan, close)
    sessions = np.zeros(20, dtype=np.int64)
    bars = Bars(
        high=close, low=close, close=close, volume=np.ones(20), vwap=vwap, sessions=sessions
    )
    shown = chart_lines(bars)["vwap"]
    assert shown[:5] == [5.0] * 5
    assert shown[5:] == [None] * 15
    assert np.isnan(parse(name="vwap").lines(bars)["vwap"][5:]).all()
