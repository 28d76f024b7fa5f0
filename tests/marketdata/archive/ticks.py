"""Ticks of every kind that the archive keeps, and the archive's content read back."""

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from marketdata.contracts import (
    PriceBand,
    Quote,
    Trade,
    TradeCancel,
    TradeCorrection,
    TradingStatus,
)
from marketdata.feeds.replay.archived import read_ticks
from tests.marketdata.build import T0

_TEXT = st.text(max_size=6)
_SYMBOLS = st.sampled_from(["IBM", "BRK.B", "MDGN+", "A'B", "../x", "*?[", "ß/∂"])
_PX = st.floats(allow_nan=False, allow_infinity=False)
_INT = st.integers(-(2**63), 2**63 - 1)
_NEAR = st.integers(T0, T0 + 3_600_000_000_000)
_COMMON = {"symbol": _SYMBOLS, "ts_event": _NEAR, "ts_init": _INT, "source": _TEXT}

TICKS: st.SearchStrategy[Any] = st.one_of(
    st.builds(
        Quote, **_COMMON, bid_px=_PX, bid_size=_INT, ask_px=_PX, ask_size=_INT,
        bid_exchange=_TEXT, ask_exchange=_TEXT,
    ),
    st.builds(
        Trade, **_COMMON, px=_PX, size=_INT, exchange=_TEXT, trade_id=_INT,
        conditions=st.lists(_TEXT, max_size=4).map(tuple),
    ),
    st.builds(
        TradeCorrection, **_COMMON, original_trade_id=_INT, original_px=_PX, original_size=_INT,
        trade_id=_INT, px=_PX, size=_INT, exchange=_TEXT,
        conditions=st.lists(_TEXT, max_size=4).map(tuple),
        original_conditions=st.lists(_TEXT, max_size=4).map(tuple),
    ),
    st.builds(TradeCancel, **_COMMON, trade_id=_INT, px=_PX, size=_INT, exchange=_TEXT),
    st.builds(
        TradingStatus, **_COMMON, status_code=_TEXT, status_message=_TEXT, reason_code=_TEXT,
        reason_message=_TEXT,
    ),
    st.builds(PriceBand, **_COMMON, upper_px=_PX, lower_px=_PX, indicator=_TEXT),
)  # fmt: skip


def read_all(root: Path) -> list[Any]:
    """Every day's ticks, one day after the other."""
    return [tick for day in sorted(root.glob("[0-9]*")) for tick in read_ticks(day)]
