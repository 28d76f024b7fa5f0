"""What the database's superuser alters is found by name, past every trigger and foreign key."""

from pathlib import Path

import pytest

from compliance.contracts import Problem
from compliance.interface import verify_records
from tests.compliance.builders import taken_back
from tests.compliance.changed_rows import CHANGED
from tests.compliance.forged_rows import ADDED, REMOVED
from tests.compliance.scene import Scene, attack, bad_in, names_of
from trading.eventlog.codec import Record, hash_record
from trading.infra.database import sql
from trading.kernel.clock import utc_now

pytestmark = pytest.mark.django_db


def test_what_nobody_touched_is_intact(scene: Scene, expectation: Path) -> None:
    report = verify_records(expectation=expectation)
    assert report.bad == ()
    assert report.rows > 40
    assert report.expected is not None and not report.expected.is_new


@pytest.mark.parametrize("deed", sorted(CHANGED))
def test_a_changed_row_is_named_with_its_column(scene: Scene, expectation: Path, deed: str) -> None:
    table, statement, column = CHANGED[deed]
    attack(statement, names_of(scene))
    report = verify_records(expectation=expectation)
    bad = bad_in(report, table)
    assert bad.problem is Problem.ROW_DIFFERS
    assert f"{column} is " in bad.detail
    assert bad.seq >= 0


@pytest.mark.parametrize("deed", sorted(ADDED))
def test_a_row_that_no_event_made_is_named(scene: Scene, expectation: Path, deed: str) -> None:
    table, statement = ADDED[deed]
    for part in statement.split(";"):
        attack(part, names_of(scene))
    assert bad_in(verify_records(expectation=expectation), table).problem is Problem.ROW_UNTOLD


@pytest.mark.parametrize("table", sorted(REMOVED))
def test_an_event_without_its_row_is_named(scene: Scene, expectation: Path, table: str) -> None:
    with taken_back():
        attack(REMOVED[table], names_of(scene))
        assert bad_in(verify_records(expectation=expectation), table).problem is Problem.ROW_MISSING


@pytest.mark.parametrize(
    ("fact", "payload", "table"),
    [
        (
            "CashDeposited",
            (
                '{{"account_id":"{account_id}","amount":"1000000",'
                '"entry_id":"0193a000-0000-7000-8000-00000000a11c"}}'
            ),
            "oms_journalentry",
        ),
        ("CashDeposited", '{{"amount":"a million"}}', "eventlog_event"),
        ("DayStarted", "no json", "eventlog_event"),
    ],
)
def test_an_event_that_was_put_in_with_right_hashes_is_named(
    scene: Scene, expectation: Path, fact: str, payload: str, table: str
) -> None:
    stream = f"account:{scene.account_id}"
    row = sql("SELECT seq, hash FROM eventlog_streamhead WHERE stream = %s", [stream]).fetchone()
    last = sql("SELECT max(id) FROM eventlog_event").fetchone()
    assert row is not None and last is not None
    forged = Record(
        id=last[0] + 1, stream=stream, seq=row[0] + 1, type=fact, version=1, ts_event=1,
        recorded_at=utc_now(), actor="user:one", request_id="", correlation_id="", xid=1,
        payload=payload.format(account_id=scene.account_id).encode(), prev_hash=bytes(row[1]),
    )  # fmt: skip
    attack(
        "INSERT INTO eventlog_event VALUES (%s, %s, %s, %s, 1, 1, %s, 'user:one', '', '', 1, %s, "
        "%s, %s)",
        [
            forged.id, stream, forged.seq, fact, forged.recorded_at, forged.payload,
            forged.prev_hash, hash_record(forged),
        ],
    )  # fmt: skip
    attack(
        "UPDATE eventlog_streamhead SET seq = %s, hash = %s WHERE stream = %s",
        [forged.seq, hash_record(forged), stream],
    )
    bad = bad_in(verify_records(expectation=expectation), table)
    assert bad.problem in {Problem.ROW_MISSING, Problem.FACT_UNREADABLE}
    assert bad.stream == stream


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("ALTER TABLE oms_execution DISABLE TRIGGER insert_only", "oms_execution"),
        ("DROP TRIGGER insert_only_truncate ON eventlog_event", "eventlog_event"),
        ("ALTER TABLE risk_limit ENABLE REPLICA TRIGGER insert_only", "risk_limit"),
        (
            """
            CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RETURN NEW; END $$
            """,
            "oms_posting",
        ),
    ],
)
def test_a_table_that_is_not_guarded_any_more_is_named(
    scene: Scene, expectation: Path, statement: str, table: str
) -> None:
    with taken_back():
        sql("SET CONSTRAINTS ALL IMMEDIATE")  # what waits for the commit keeps a table from ALTER
        sql(statement)
        assert bad_in(verify_records(expectation=expectation), table).problem is Problem.UNGUARDED
