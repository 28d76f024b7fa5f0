"""A large part of a table as a file: asked for, waited for, streamed, unpacked and read by row."""

import asyncio
import contextlib
import csv
import io
import struct
import tempfile
import zipfile
import zlib
from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from itertools import islice
from typing import IO
from urllib.parse import urlsplit

import msgspec

from marketdata.feeds.nasdaq_data_link.wire import ExportAnswer, ExportFile
from marketdata.feeds.providers import BadPayload, ProviderUnreachable
from marketdata.feeds.rest import RestClient, decode

# Made anew because the table has changed, or for the first time.
_UNDER_WAY = frozenset({"creating", "regenerating", "generating"})
_READY = "fresh"
_WAIT_S_MAX = 1800.0
_IN_MEMORY_BYTES = 8 * 2**20  # more goes to the disk
_FILE_BYTES_MAX = 8 * 2**30
_ROWS_AT_ONCE = 10_000
_UNPACKABLE = (
    zipfile.BadZipFile,
    zlib.error,
    csv.Error,
    struct.error,
    ValueError,  # no UTF-8 among them
    EOFError,
    OSError,
    NotImplementedError,  # a way to compress that we do not have
    RuntimeError,  # a password
)

_answers = msgspec.json.Decoder(ExportAnswer)

Rows = list[list[str]]


async def export_rows(
    *, rest: RestClient, path: str, params: Mapping[str, str], poll_s: float
) -> AsyncIterator[Rows]:
    """
    Yield the rows of an export in batches; the first row of all names the columns.

    Nothing is held whole: the file goes to a temporary one, and rows are read as they are wanted.

    :raises ProviderUnreachable: if it is not ready within half an hour, or breaks off
    :raises BadPayload: if the file is not a zip with one table in it
    :raises ProviderError: as every call does
    """
    link = await _wait_for_link(rest, path, params, poll_s)
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
        await _download(rest, link, file)
        rows = _read(file)
        try:
            while batch := await asyncio.to_thread(_next_batch, rows):
                yield batch
        finally:
            # A thread that still reads, as we were cancelled, ends by itself.
            with contextlib.suppress(ValueError):
                rows.close()


async def _wait_for_link(
    rest: RestClient, path: str, params: Mapping[str, str], poll_s: float
) -> str:
    waited_s = 0.0
    while True:
        answer = await rest.get(path, {**params, "qopts.export": "true"})
        file = decode(answer.body, _answers).datatable_bulk_download.file
        if (link := _link_of(file)) is not None:
            return link
        if waited_s >= _WAIT_S_MAX:
            raise ProviderUnreachable(f"the export is still {file.status} after {waited_s:.0f} s")
        await asyncio.sleep(poll_s)
        waited_s += poll_s


def _link_of(file: ExportFile) -> str | None:
    """Return where the file is, None if it is being made."""
    status = file.status.lower()
    if status in _UNDER_WAY:
        return None
    if status != _READY or not file.link:
        raise BadPayload(f"an export that is {file.status!r}")
    try:
        scheme = urlsplit(file.link).scheme
    except ValueError:
        scheme = ""
    if scheme not in ("https", "http"):
        raise BadPayload("an export without a link")
    return file.link


async def _download(rest: RestClient, link: str, file: IO[bytes]) -> None:
    size = 0
    async with rest.stream_public(link) as chunks:
        async for chunk in chunks:
            size += len(chunk)
            if size > _FILE_BYTES_MAX:
                raise BadPayload("an export without an end")
            await asyncio.to_thread(file.write, chunk)


def _next_batch(rows: Iterator[list[str]]) -> Rows:
    return list(islice(rows, _ROWS_AT_ONCE))


def _read(file: IO[bytes]) -> Generator[list[str], None, None]:
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith(".csv")]
            if len(names) != 1:
                raise BadPayload(f"an export of {len(names)} tables")
            with (
                archive.open(names[0]) as member,
                io.TextIOWrapper(member, encoding="utf-8-sig", newline="") as text,
            ):
                yield from csv.reader(text)
    except _UNPACKABLE as error:
        raise BadPayload(f"an export that cannot be unpacked: {error}") from error
