"""Whoever changes a record, removes one or adds one is found out, and the record is named."""

import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from compliance.contracts import BadRecord, Problem, VerificationReport
from compliance.interface import StreamNotFound, verify_records
from tests.compliance.builders import taken_back, tamper, write, write_three_streams
from trading.eventlog.codec import GENESIS, Record, hash_record
from trading.infra.database import sql

pytestmark = pytest.mark.django_db


def found(report: VerificationReport) -> BadRecord:
    assert report.first_bad is not None
    return report.first_bad


def test_a_log_that_nobody_touched_is_clean() -> None:
    write_three_streams()
    report = verify_records()
    assert (report.records, report.streams, report.problems) == (15, 3, 0)
    assert report.first_bad is None


def test_an_empty_log_is_clean() -> None:
    assert verify_records().first_bad is None


# --- One column of one record ---------------------------------------------------------------------

# For each column, a change that keeps the row possible in the eyes of the database.
CHANGES: dict[str, LiteralString] = {
    "id": "UPDATE eventlog_event SET id = id + 1000000 WHERE id = %s RETURNING id",
    "stream": "UPDATE eventlog_event SET stream = 'order:z' WHERE id = %s RETURNING id",
    "seq": "UPDATE eventlog_event SET seq = seq + 100 WHERE id = %s RETURNING id",
    "type": "UPDATE eventlog_event SET type = 'Voted' WHERE id = %s RETURNING id",
    "version": "UPDATE eventlog_event SET version = version + 1 WHERE id = %s RETURNING id",
    "ts_event": "UPDATE eventlog_event SET ts_event = ts_event + 1 WHERE id = %s RETURNING id",
    "actor": "UPDATE eventlog_event SET actor = 'user:alicf' WHERE id = %s RETURNING id",
    "request_id": "UPDATE eventlog_event SET request_id = '' WHERE id = %s RETURNING id",
    "correlation_id": (
        "UPDATE eventlog_event SET correlation_id = 'day-2' WHERE id = %s RETURNING id"
    ),
    "xid": "UPDATE eventlog_event SET xid = xid + 1 WHERE id = %s RETURNING id",
}


@pytest.fixture
def event_ids() -> list[int]:
    return write_three_streams()


def changed_row(query: LiteralString, parameters: list[Any]) -> tuple[int, str, int]:
    """Tamper, and return the id, the stream and the seq that the changed row shows now."""
    tamper(query, parameters)
    row_id = parameters[-1]
    row = sql(
        "SELECT id, stream, seq FROM eventlog_event WHERE id IN (%s, %s + 1000000)",
        [row_id, row_id],
    ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def assert_only_that_record_is_named(where: tuple[int, str, int]) -> None:
    bad = found(verify_records())
    assert (bad.table, bad.problem) == ("eventlog_event", Problem.HASH_MISMATCH)
    assert (bad.id, bad.stream, bad.seq) == where


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(which=st.integers(0, 14), column=st.sampled_from(sorted(CHANGES)))
def test_a_changed_column_names_its_record(event_ids: list[int], which: int, column: str) -> None:
    with taken_back():
        assert_only_that_record_is_named(changed_row(CHANGES[column], [event_ids[which]]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    which=st.integers(0, 14),
    column=st.sampled_from(["payload", "prev_hash", "hash"]),
    place=st.integers(0, 10_000),
    mask=st.integers(1, 255),
)
def test_one_changed_byte_names_its_record(
    event_ids: list[int], which: int, column: LiteralString, place: int, mask: int
) -> None:
    with taken_back():
        event_id = event_ids[which]
        row = sql(f"SELECT {column} FROM eventlog_event WHERE id = %s", [event_id]).fetchone()
        assert row is not None
        content = bytearray(row[0])
        content[place % len(content)] ^= mask
        where = changed_row(
            f"UPDATE eventlog_event SET {column} = %s WHERE id = %s", [bytes(content), event_id]
        )
        assert verify_records().problems == 1
        assert_only_that_record_is_named(where)


@pytest.mark.parametrize(
    "recorded_at",
    [
        "2026-11-20T12:00:00Z",
        "infinity",
        "-infinity",
        "0044-03-15T12:00:00Z BC",
        "20000-01-01T00:00:00Z",
    ],
)
def test_no_time_is_too_strange_to_be_named(event_ids: list[int], recorded_at: str) -> None:
    where = changed_row(
        "UPDATE eventlog_event SET recorded_at = %s::timestamptz WHERE id = %s",
        [recorded_at, event_ids[7]],
    )
    assert_only_that_record_is_named(where)


def test_a_microsecond_is_noticed(event_ids: list[int]) -> None:
    where = changed_row(
        "UPDATE eventlog_event SET recorded_at = recorded_at + %s WHERE id = %s",
        [timedelta(microseconds=1), event_ids[7]],
    )
    assert_only_that_record_is_named(where)


def test_two_swapped_payloads_name_the_first(event_ids: list[int]) -> None:
    tamper(
        "UPDATE eventlog_event AS event SET payload = other.payload FROM eventlog_event AS other "
        "WHERE (event.id, other.id) IN ((%s, %s), (%s, %s))",
        [event_ids[6], event_ids[8], event_ids[8], event_ids[6]],
    )
    report = verify_records()
    assert report.problems == 2
    assert found(report).id == event_ids[6]


# --- Records that are not there, or should not be -------------------------------------------------


@pytest.mark.parametrize(("which", "seq"), [(5, 1), (7, 3), (9, 5)])
def test_a_deleted_record_is_missing(event_ids: list[int], which: int, seq: int) -> None:
    tamper("DELETE FROM eventlog_event WHERE id = %s", [event_ids[which]])
    report = verify_records()
    assert (report.records, report.problems) == (14, 1)
    assert found(report) == BadRecord(
        table="eventlog_event", id=None, stream="order:a", seq=seq, problem=Problem.MISSING
    )


def test_a_deleted_tail_is_missing_from_its_first_record_on(event_ids: list[int]) -> None:
    tamper("DELETE FROM eventlog_event WHERE id = ANY(%s)", [event_ids[7:10]])
    bad = found(verify_records())
    assert (bad.stream, bad.seq, bad.problem) == ("order:a", 3, Problem.MISSING)


def test_a_deleted_stream_is_missed_by_its_head(event_ids: list[int]) -> None:
    tamper("DELETE FROM eventlog_event WHERE id = ANY(%s)", [event_ids[5:10]])
    bad = found(verify_records())
    assert (bad.stream, bad.seq, bad.problem) == ("order:a", 1, Problem.MISSING)


def test_a_record_moved_into_the_gap_of_another_is_named(event_ids: list[int]) -> None:
    tamper("DELETE FROM eventlog_event WHERE id = %s", [event_ids[7]])
    tamper("UPDATE eventlog_event SET seq = 3 WHERE id = %s", [event_ids[9]])
    bad = found(verify_records())
    assert (bad.id, bad.problem) == (event_ids[9], Problem.HASH_MISMATCH)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE eventlog_streamhead SET hash = decode('00', 'hex') WHERE stream = 'order:a'",
        "UPDATE eventlog_streamhead SET seq = 4 WHERE stream = 'order:a'",
        "DELETE FROM eventlog_streamhead WHERE stream = 'order:a'",
    ],
)
@pytest.mark.usefixtures("event_ids")
def test_a_head_that_does_not_agree_is_named(change: LiteralString) -> None:
    sql(change)
    report = verify_records()
    assert report.problems == 1
    assert found(report) == BadRecord(
        table="eventlog_streamhead",
        id=None,
        stream="order:a",
        seq=5,
        problem=Problem.HEAD_MISMATCH,
    )


# --- Forgers who know how the hash is made --------------------------------------------------------


def forge(event_id: int, *, stream: str, seq: int, prev_hash: bytes, is_new: bool) -> None:
    """Write a record whose own hash is right."""
    forged = Record(
        id=event_id,
        stream=stream,
        seq=seq,
        type="Noted",
        version=1,
        ts_event=1,
        recorded_at=datetime(2026, 11, 20, tzinfo=UTC),
        actor="user:alice",
        request_id="",
        correlation_id="",
        xid=1,
        payload=b'{"text":"forged"}',
        prev_hash=prev_hash,
    )
    if not is_new:
        tamper("DELETE FROM eventlog_event WHERE id = %s", [event_id])
    sql(
        "INSERT INTO eventlog_event VALUES (%s, %s, %s, 'Noted', 1, 1, %s, 'user:alice', '', '', 1,"
        " %s, %s, %s)",
        [event_id, stream, seq, forged.recorded_at, forged.payload, prev_hash, hash_record(forged)],
    )


def prev_hash_of(event_id: int) -> bytes:
    row = sql("SELECT prev_hash FROM eventlog_event WHERE id = %s", [event_id]).fetchone()
    assert row is not None
    return bytes(row[0])


def test_a_rewritten_record_with_a_right_hash_is_named_by_the_next(event_ids: list[int]) -> None:
    forge(event_ids[7], stream="order:a", seq=3, prev_hash=prev_hash_of(event_ids[7]), is_new=False)
    report = verify_records()
    bad = found(report)
    assert report.problems == 1
    assert (bad.id, bad.seq, bad.problem) == (event_ids[7], 3, Problem.CHAIN_BROKEN)


def test_a_rewritten_last_record_does_not_agree_with_the_head(event_ids: list[int]) -> None:
    forge(event_ids[9], stream="order:a", seq=5, prev_hash=prev_hash_of(event_ids[9]), is_new=False)
    assert found(verify_records()).problem is Problem.HEAD_MISMATCH


def test_an_added_record_does_not_agree_with_the_head(event_ids: list[int]) -> None:
    row = sql("SELECT hash FROM eventlog_streamhead WHERE stream = 'order:a'").fetchone()
    assert row is not None
    forge(event_ids[-1] + 1, stream="order:a", seq=6, prev_hash=bytes(row[0]), is_new=True)
    bad = found(verify_records())
    assert (bad.stream, bad.seq, bad.problem) == ("order:a", 6, Problem.HEAD_MISMATCH)


def test_a_record_before_the_first_is_out_of_order(event_ids: list[int]) -> None:
    forge(event_ids[-1] + 1, stream="order:a", seq=0, prev_hash=GENESIS, is_new=True)
    bad = found(verify_records())
    assert (bad.stream, bad.seq, bad.problem) == ("order:a", 0, Problem.OUT_OF_ORDER)


def test_a_stream_that_does_not_start_at_the_beginning_is_named(event_ids: list[int]) -> None:
    forge(event_ids[5], stream="order:a", seq=1, prev_hash=b"\x01" * 32, is_new=False)
    bad = found(verify_records())
    assert (bad.id, bad.problem) == (event_ids[5], Problem.CHAIN_BROKEN)


# --- One stream, many records ---------------------------------------------------------------------


def test_one_stream_is_verified_alone(event_ids: list[int]) -> None:
    tamper("UPDATE eventlog_event SET actor = 'user:bob' WHERE id = %s", [event_ids[7]])
    assert verify_records(stream="order:b").first_bad is None
    assert verify_records(stream="order:b").records == 5
    assert found(verify_records(stream="order:a")).id == event_ids[7]


@pytest.mark.usefixtures("event_ids")
def test_a_stream_that_was_never_written_is_not_clean_but_unknown() -> None:
    with pytest.raises(StreamNotFound):
        verify_records(stream="order:nobody")


def test_memory_does_not_grow_with_the_log() -> None:
    text = "x" * 1_000
    for number in range(100):
        write(f"order:{number}", *[text] * 100)
    tracemalloc.start()
    try:
        report = verify_records()
        _, bytes_max = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (report.records, report.problems) == (10_000, 0)
    assert bytes_max < 5_000_000  # the payloads alone are 10 million
