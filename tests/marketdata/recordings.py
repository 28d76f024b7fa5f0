"""Small recordings in the vendor's format, for tests that must not need the data pack."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

NINE_THIRTY_MS = 34_200_000

Rows = Sequence[tuple[int, str]]  # milliseconds after midnight, the rest of the row

QUOTES: Rows = [
    (NINE_THIRTY_MS - 1000, "0,0,1819000,700,P"),
    (NINE_THIRTY_MS - 1000, "1816900,200,0,0,Q"),
    (NINE_THIRTY_MS + 100, "1818500,200,0,0,Q"),
    (NINE_THIRTY_MS + 100, "0,0,1820600,100,P"),
    (NINE_THIRTY_MS + 300, "1818600,400,0,0,K"),
    (NINE_THIRTY_MS + 300, "0,0,1820600,100,P"),
]
TRADES: Rows = [
    (NINE_THIRTY_MS - 500, "1817000,50,N,2000"),
    (NINE_THIRTY_MS + 200, "1820600,100,P,1"),
    (NINE_THIRTY_MS + 400, "1818600,300,N,20000020"),
]


def quote_rows(rows: Rows = QUOTES) -> str:
    return "".join(f"{ms},{row},1,0\n" for ms, row in rows)


def trade_rows(rows: Rows = TRADES) -> str:
    return "".join(f"{ms},{row},0\n" for ms, row in rows)


def write_zip(
    folder: Path, kind: str, text: str, *, date: str = "20131007", member: str | None = None
) -> Path:
    """Write ``folder/20131007_trade.zip``; the folder's name is the symbol."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{date}_{kind}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member or f"{date}_{folder.name}_{kind.title()}_Tick.csv", text)
    return path


def write_recording(root: Path, *, symbol: str = "ibm") -> Path:
    """Write a recorded half second of ``symbol`` around 09:30 and return its folder of ticks."""
    ticks = root / "equity" / "usa" / "tick"
    write_zip(ticks / symbol, "quote", quote_rows())
    write_zip(ticks / symbol, "trade", trade_rows())
    return ticks
