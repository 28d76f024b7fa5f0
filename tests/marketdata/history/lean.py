"""Bars of the data pack, as columns."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from marketdata.contracts import BarColumns
from marketdata.domain import series
from trading.kernel.clock import NEW_YORK, to_ns

SCALE = 10_000


def rows(path: Path) -> Iterator[list[str]]:
    with zipfile.ZipFile(path) as archive:
        for line in archive.read(archive.namelist()[0]).decode("ascii").split():
            yield line.split(",")


def dated(pack: Path, resolution: str, symbol: str) -> BarColumns:
    """Read ``daily`` or ``hour`` bars; the vendor tells no vwap and no count of trades."""
    path = pack / "lean/equity/usa" / resolution / f"{symbol.lower()}.zip"
    with zipfile.ZipFile(path) as archive:
        lines = archive.read(archive.namelist()[0]).decode("ascii").splitlines()
    fields = [line.split(",") for line in lines]
    starts = [
        to_ns(datetime.strptime(row[0], "%Y%m%d %H:%M").replace(tzinfo=NEW_YORK)) for row in fields
    ]
    return _columns(starts, fields)


def minutes(pack: Path, symbol: str, day: date) -> BarColumns:
    path = pack / f"lean/equity/usa/minute/{symbol.lower()}/{day:%Y%m%d}_trade.zip"
    fields = list(rows(path))
    midnight = to_ns(datetime(day.year, day.month, day.day, tzinfo=NEW_YORK))
    return _columns([midnight + int(row[0]) * 1_000_000 for row in fields], fields)


def _columns(starts: list[int], fields: list[list[str]]) -> BarColumns:
    prices = {
        name: [int(row[place]) / SCALE for row in fields]
        for place, name in enumerate(("open", "high", "low", "close"), start=1)
    }
    return series.make(
        ts_start=starts,
        **prices,
        volume=[float(row[5]) for row in fields],
        trade_count=[0] * len(fields),
        vwap=[float("nan")] * len(fields),
    )
