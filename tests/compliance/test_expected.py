"""What only the expectation outside the database can tell."""

from pathlib import Path

import pytest

from compliance.contracts import Problem, VerificationReport
from compliance.interface import verify_records
from tests.compliance.forged_rows import REMOVED
from tests.compliance.scene import Scene, attack, bad_in, names_of
from trading.eventlog.codec import GENESIS, Record, hash_record
from trading.infra.database import sql

pytestmark = pytest.mark.django_db


def unexpected(report: VerificationReport) -> str:
    return next(bad.detail for bad in report.bad if bad.problem is Problem.UNEXPECTED)


def test_an_order_that_is_gone_whole_is_missed(scene: Scene, expectation: Path) -> None:
    for table in ("oms_reservation", "oms_execution", "oms_order"):
        column = "id" if table == "oms_order" else "order_id"
        attack(f"DELETE FROM {table} WHERE {column} = %(denied)s", names_of(scene))
    stream = f"order:{scene.denied}"
    attack("DELETE FROM eventlog_event WHERE stream = %s", [stream])
    attack("DELETE FROM eventlog_streamhead WHERE stream = %s", [stream])
    report = verify_records(expectation=expectation)
    assert report.problems == 1  # nothing inside the database shows it
    assert "records were there" in unexpected(report) or "records in" in unexpected(report)


def test_a_stream_without_its_head_and_rows_that_stay_is_named_by_the_rows(
    scene: Scene, expectation: Path
) -> None:
    stream = f"order:{scene.bought}"
    attack("DELETE FROM eventlog_event WHERE stream = %s", [stream])
    attack("DELETE FROM eventlog_streamhead WHERE stream = %s", [stream])
    report = verify_records(expectation=expectation)
    assert bad_in(report, "oms_order").id == str(scene.bought)
    assert unexpected(report)


@pytest.mark.parametrize("tables", ["log", "everything"])
def test_an_emptied_log_is_not_intact(scene: Scene, expectation: Path, tables: str) -> None:
    attack("DELETE FROM eventlog_event")
    attack("DELETE FROM eventlog_streamhead")
    if tables == "everything":
        for table in (*REMOVED, "oms_position"):
            if table != "risk_limit":
                attack(f"DELETE FROM {table}")
        attack("DELETE FROM risk_limit WHERE set_by <> 'system:install'")
    report = verify_records(expectation=expectation)
    assert report.records == 0
    assert report.first_bad is not None
    assert "and the log has 0" in unexpected(report)


def test_a_cut_tail_with_its_heads_put_back_is_missed(scene: Scene, expectation: Path) -> None:
    stream = "config:limits"
    attack("DELETE FROM eventlog_event WHERE stream = %s", [stream])
    attack("DELETE FROM eventlog_streamhead WHERE stream = %s", [stream])
    attack("DELETE FROM risk_limit WHERE id = %(limit_id)s", names_of(scene))
    assert verify_records().bad == ()  # as the database alone tells it
    assert unexpected(verify_records(expectation=expectation))


def test_a_stream_that_was_written_anew_with_right_hashes_is_missed(
    scene: Scene, expectation: Path
) -> None:
    rows = sql(
        "SELECT id, stream, seq, type, version, ts_event, recorded_at, actor, request_id, "
        "correlation_id, xid, payload FROM eventlog_event WHERE stream = 'config:restrictions' "
        "ORDER BY seq"
    ).fetchall()
    last = GENESIS
    for *columns, payload in rows:
        (event_id, name, seq, kind, version, ts, at, actor, request, correlation, xid) = columns
        record = Record(
            id=event_id, stream=name, seq=seq, type=kind, version=version, ts_event=ts,
            recorded_at=at, actor=actor, request_id=request, correlation_id=correlation, xid=xid,
            payload=bytes(payload).replace(b"a test", b"a jest"), prev_hash=last,
        )  # fmt: skip
        last = hash_record(record)
        attack(
            "UPDATE eventlog_event SET payload = %s, prev_hash = %s, hash = %s WHERE id = %s",
            [record.payload, record.prev_hash, last, event_id],
        )
    attack("UPDATE eventlog_streamhead SET hash = %s WHERE stream = 'config:restrictions'", [last])
    attack(
        "UPDATE risk_restriction SET reason = replace(reason, 'a test', 'a jest'), "
        "release_reason = replace(release_reason, 'a test', 'a jest')"
    )
    assert verify_records().bad == ()  # as the database alone tells it
    assert "others are there" in unexpected(verify_records(expectation=expectation))


def test_what_is_not_as_expected_is_never_written_into_the_expectation(
    scene: Scene, expectation: Path
) -> None:
    before = expectation.read_bytes()
    attack("DELETE FROM eventlog_event WHERE stream = 'config:limits'")
    verify_records(expectation=expectation)
    assert expectation.read_bytes() == before
