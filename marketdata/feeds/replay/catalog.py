"""Which recorded files a path means, and what the folder around them knows."""

import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from marketdata.feeds.recording import RecordingNotFound
from marketdata.feeds.replay.rows import PRICE_SCALE, RecordedFile

# Where the ticks lie below the root of a data pack.
_TICK_FOLDERS = ("lean/equity/usa/tick", "equity/usa/tick", "tick")
_FILE_NAME = re.compile(r"(?P<date>\d{8})_(?P<kind>trade|quote)\.zip")
_DATED = re.compile(r"(?P<path>.+)@(?P<date>\d{8})")


def find_recording(spec: str) -> tuple[RecordedFile, ...]:
    """
    Return the files of one recorded day, quotes before trades within a symbol.

    ``spec`` is a path, or ``PATH@YYYYMMDD`` for a day other than the first one recorded. The path
    is a data pack, its folder of ticks, the folder of one symbol, or one zip.

    :raises RecordingNotFound: if there is no such path or no such day in it
    """
    path, date = split_spec(spec)
    files = sorted(_files(path), key=lambda file: (file.symbol, file.kind))
    day = date or min((file.date for file in files), default="")
    chosen = tuple(file for file in files if file.date == day)
    if not chosen:
        known = ", ".join(sorted({file.date for file in files})) or "none"
        raise RecordingNotFound(
            f"no ticks of {day or 'any day'} in {path}; recorded days: {known}", path=str(path)
        )
    return chosen


def recorded_days(spec: str) -> list[str]:
    """
    Return the spec of each recorded day of ``PATH``, ascending; of ``PATH@YYYYMMDD`` only that one.

    :raises RecordingNotFound: if there is no such path, or no ticks in it
    """
    path, date = split_spec(spec)
    days = {file.date for file in _files(path)} if date is None else {date}
    if not days:
        raise RecordingNotFound(f"no ticks of any day in {path}", path=str(path))
    return [f"{path}@{day}" for day in sorted(days)]


def split_spec(spec: str) -> tuple[Path, str | None]:
    """
    Return the path and the day (YYYYMMDD) that a spec names, None if it names no day.

    :raises RecordingNotFound: if there is no such path
    """
    dated = _DATED.fullmatch(spec)
    path, date = (Path(dated["path"]), dated["date"]) if dated else (Path(spec), None)
    path = path.expanduser()
    if not path.exists():
        raise RecordingNotFound(f"there is no {path}", path=str(path))
    return path, date


def read_previous_closes(files: Iterable[RecordedFile]) -> dict[str, float]:
    """
    Return each symbol's last close before the recorded day, from the daily bars beside the ticks.

    A symbol without readable daily bars has no previous close: unknown, not zero.
    """
    closes = {}
    for file in {file.symbol: file for file in files}.values():
        daily = file.path.parents[2] / "daily" / f"{file.symbol.lower()}.zip"
        close = _last_close(daily, before=file.date)
        if close is not None:
            closes[file.symbol] = close
    return closes


def _files(path: Path) -> Iterator[RecordedFile]:
    if path.is_file():
        if (file := _recorded_file(path)) is not None:
            yield file
        return
    folder = next((path / name for name in _TICK_FOLDERS if (path / name).is_dir()), path)
    for pattern in ("*.zip", "*/*.zip"):
        for zip_path in folder.glob(pattern):
            if (file := _recorded_file(zip_path)) is not None:
                yield file


def _recorded_file(path: Path) -> RecordedFile | None:
    match = _FILE_NAME.fullmatch(path.name)
    if match is None:
        return None
    kind: Literal["trade", "quote"] = "trade" if match["kind"] == "trade" else "quote"
    return RecordedFile(
        symbol=path.resolve().parent.name.upper(),
        kind=kind,
        date=match["date"],
        path=path.resolve(),
    )


def _last_close(path: Path, *, before: str) -> float | None:
    """Rows are ``YYYYMMDD HH:MM,open,high,low,close,volume``, ascending."""
    try:
        with zipfile.ZipFile(path) as archive:
            lines = archive.read(archive.namelist()[0]).decode("ascii").split("\n")
        earlier = [line for line in lines if line and line[:8] < before]
        return int(earlier[-1].split(",")[4]) / PRICE_SCALE
    except (OSError, zipfile.BadZipFile, IndexError, ValueError):
        return None
