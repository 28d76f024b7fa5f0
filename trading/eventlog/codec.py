"""
The bytes that are hashed. Pure, and frozen by test vectors: what is written stays verifiable.

A record's hash covers every column of its row, so that no byte of it can change unseen. It covers
the hash of the record before it in the same stream, so that none can be left out.
"""

import hashlib
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from trading.kernel.clock import to_ns
from trading.kernel.events import Fact
from trading.kernel.quantities import plain

SCHEME = b"openbell-event-1"
GENESIS = bytes(32)  # the hash before the first record of a stream

_names: dict[type[Fact], tuple[str, ...]] = {}  # of the fields of each kind of fact
_encoder = msgspec.json.Encoder(order="sorted")
_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row of the event log. ``ts_event`` is ns since the epoch, ``recorded_at`` aware UTC."""

    id: int
    stream: str
    seq: int
    type: str
    version: int
    ts_event: int
    recorded_at: datetime
    actor: str
    request_id: str
    correlation_id: str
    xid: int
    payload: bytes
    prev_hash: bytes


def canonical(fact: Fact) -> bytes:
    """
    Return the JSON of a fact: UTF-8, keys sorted, no spaces, UUIDs and times as strings.

    Decimals are strings too, plain and without trailing zeros, so that 10.00 and 10 are the same
    fact. The bytes are stored exactly as hashed; nothing ever re-encodes them.
    """
    values: dict[str, object] = {}
    kind = type(fact)
    if kind not in _names:
        _names[kind] = tuple(field.name for field in fields(kind))
    for name in _names[kind]:
        value = getattr(fact, name)
        values[name] = plain(value) if isinstance(value, Decimal) else value
    return _encoder.encode(values)


def member(name: str, value: str | int) -> bytes:
    """
    Return the bytes that the JSON of a fact holds where ``name`` is ``value``.

    They stand in no text of a fact, where each quotation mark has a backslash before it. So a
    record is found without being decoded, which one that was changed may not let anybody do.
    """
    return _encoder.encode({name: value})[1:-1]


def facts_of(payload: bytes) -> dict[str, Any] | None:
    """Return what a record tells; None if it cannot be read, so that it is not as recorded."""
    try:
        return _decode(payload)
    except (ValueError, RecursionError):
        return None


def hash_record(record: Record) -> bytes:
    """
    Return the SHA-256 of all columns of a record, each preceded by its length.

    Lengths keep neighbouring columns apart: moving a byte from one to the next changes the hash.
    """
    parts = [SCHEME]
    for column in (
        str(record.id).encode(),
        record.stream.encode(),
        str(record.seq).encode(),
        record.type.encode(),
        str(record.version).encode(),
        str(record.ts_event).encode(),
        str(to_ns(record.recorded_at)).encode(),
        record.actor.encode(),
        record.request_id.encode(),
        record.correlation_id.encode(),
        str(record.xid).encode(),
        record.payload,
        record.prev_hash,
    ):
        parts += (len(column).to_bytes(8, "big"), column)
    return hashlib.sha256(b"".join(parts)).digest()
