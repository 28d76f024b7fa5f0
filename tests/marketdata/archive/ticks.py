"""Ticks of every kind that the archive keeps, and the archive's content read back."""

from collections.abc import Sequence
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
from marketdata.domain.archive import encode
from marketdata.feeds.replay.archived import read_ticks
from marketdata.store.ticks import seal
from tests.marketdata.build import T0

DAY, NEXT_DAY = "20231114", "20231115"

_TEXT = st.text(max_size=6)
_SYMBOLS = st.sampled_from(["IBM", "BRK.B", "MDGN+", "A'B", "../x", "*?[", "ß/∂"])
_PX = st.floats(allow_nan=False, allow_infinity=False)
_INT = st.integers(-(2**63), 2**63 - 1)
_SHARES = st.one_of(st.integers(-(2**53), 2**53), st.floats(0.001, 1e6))
_NEAR = st.integers(T0, T0 + 3_600_000_000_000)
_COMMON = {"symbol": _SYMBOLS, "ts_event": _NEAR, "ts_init": _INT, "source": _TEXT}

TICKS: st.SearchStrategy[Any] = st.one_of(
    st.builds(
        Quote, **_COMMON, bid_px=_PX, bid_size=_INT, ask_px=_PX, ask_size=_INT,
        bid_exchange=_TEXT, ask_exchange=_TEXT,
    ),
    st.builds(
        Trade, **_COMMON, px=_PX, size=_SHARES, exchange=_TEXT, trade_id=_INT,
        conditions=st.lists(_TEXT, max_size=4).map(tuple),
    ),
    st.builds(
        TradeCorrection, **_COMMON, original_trade_id=_INT, original_px=_PX, original_size=_SHARES,
        trade_id=_INT, px=_PX, size=_SHARES, exchange=_TEXT,
        conditions=st.lists(_TEXT, max_size=4).map(tuple),
        original_conditions=st.lists(_TEXT, max_size=4).map(tuple),
    ),
    st.builds(TradeCancel, **_COMMON, trade_id=_INT, px=_PX, size=_SHARES, exchange=_TEXT),
    st.builds(
        TradingStatus, **_COMMON, status_code=_TEXT, status_message=_TEXT, reason_code=_TEXT,
        reason_message=_TEXT,
    ),
    st.builds(PriceBand, **_COMMON, upper_px=_PX, lower_px=_PX, indicator=_TEXT),
)  # fmt: skip


def read_all(root: Path) -> list[Any]:
    """Every day's ticks, one day after the other."""
    return [tick for day in sorted(root.glob("[0-9]*")) for tick in read_ticks(day)]


def fill(root: Path, written: Sequence[Sequence[Any]], *, day: str = DAY, first: int = 1) -> int:
    """Archive each list as one chunk; return the next seq."""
    seq = first
    for chunk in written:
        seal(spooled(root, chunk, day=day, first=seq))
        seq += len(chunk)
    return seq


def spooled(root: Path, written: Sequence[Any], *, day: str = DAY, first: int = 1) -> Path:
    """Leave ticks in a spool, as a writer does that has not sealed it yet."""
    return spool_of(root / day, list(enumerate(written, first)))


def spool_of(folder: Path, numbered: Sequence[tuple[int, Any]]) -> Path:
    """Leave ticks that were accepted as these numbers in a spool of a day's folder."""
    path = folder / f"{numbered[0][0]}.spool"
    folder.mkdir(exist_ok=True, parents=True)
    path.write_bytes(b"".join(encode(seq=seq, tick=tick) for seq, tick in numbered))
    return path
