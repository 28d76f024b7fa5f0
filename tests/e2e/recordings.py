"""Damaged copies of recorded ticks, made from the market data pack."""

import csv
import io
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

DATE = "20131007"
NINE_THIRTY_MS = (9 * 60 + 30) * 60_000


def ticks_folder(pack: Path) -> Path:
    return pack / "lean" / "equity" / "usa" / "tick"


def read_lines(path: Path) -> list[str]:
    """Return the lines of the one member of a recorded zip."""
    with zipfile.ZipFile(path) as archive:
        (name,) = archive.namelist()
        return archive.read(name).decode("ascii").splitlines(keepends=True)


def read_offers(pack: Path, *, symbol: str, until_ms: int) -> Iterator[tuple[int, Decimal]]:
    """Yield the (ms after midnight, price) of each recorded best offer up to a time."""
    lines = read_lines(ticks_folder(pack) / symbol.lower() / f"{DATE}_quote.zip")
    for row in csv.reader(io.StringIO("".join(lines))):
        ms, ask, suspicious = int(row[0]), int(row[3]), row[7]
        if ms > until_ms:
            return
        if ask and suspicious != "1":
            yield ms, Decimal(ask) / 10_000


def copy_minute(pack: Path, target: Path, *, symbol: str) -> Path:
    """Copy what was recorded up to 09:31; return the copy's folder of ticks."""
    ticks = target / "equity" / "usa" / "tick"
    for kind in ("quote", "trade"):
        source = ticks_folder(pack) / symbol / f"{DATE}_{kind}.zip"
        lines = [
            line
            for line in read_lines(source)
            if int(line.partition(",")[0]) < NINE_THIRTY_MS + 60_000
        ]
        write_zip(ticks / symbol, kind=kind, lines=lines)
    return ticks


def write_zip(folder: Path, *, kind: str, lines: list[str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{DATE}_{kind}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{DATE}_{folder.name}_{kind.title()}_Tick.csv", "".join(lines))
    return path


def spoil_row(path: Path, *, after_ms: int) -> int:
    """Spoil a price of the first row after a time, in a zip that stays whole; return its number."""
    lines = read_lines(path)
    spoiled = next(
        number for number, line in enumerate(lines) if int(line.partition(",")[0]) >= after_ms
    )
    time, _, prices = lines[spoiled].partition(",")
    lines[spoiled] = f"{time},?{prices}"
    write_zip(path.parent, kind="quote", lines=lines)
    return spoiled + 1
