"""The records cannot be changed by the application, and by nobody unnoticed."""

import psycopg
import pytest
from psycopg import sql

from tests.e2e import orders

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def owner(platform):
    with platform.database(role="openbell") as connection:
        yield connection


@pytest.fixture(scope="module")
def application(platform):
    with platform.database(role="openbell_app") as connection:
        yield connection


@pytest.fixture(scope="module")
def record(platform, owner):
    """Return (id, stream, seq) of a record in the middle of a filled order's life."""
    alice = platform.client("alice")
    order_id = orders.place(alice, orders.body(qty="2"))["id"]
    orders.await_status(alice, order_id, "filled")
    row = owner.execute(
        "SELECT id, stream, seq FROM eventlog_event WHERE stream = %s AND seq = 2",
        [f"order:{order_id}"],
    ).fetchone()
    assert row is not None
    return row


def change_byte(owner, *, record_id, column, place):
    """Flip one bit of one byte, as somebody could who owns the database; twice is no change."""
    owner.execute("ALTER TABLE eventlog_event DISABLE TRIGGER USER")
    name = sql.Identifier(column)
    flip = sql.SQL("UPDATE eventlog_event SET {} = set_byte({}, %s, get_byte({}, %s) # 1)")
    changed = owner.execute(
        flip.format(name, name, name) + sql.SQL(" WHERE id = %s"), [place, place, record_id]
    )
    owner.execute("ALTER TABLE eventlog_event ENABLE TRIGGER USER")
    assert changed.rowcount == 1


@pytest.mark.parametrize(("column", "place"), [("payload", 0), ("payload", 40), ("hash", 31)])
def test_one_changed_byte_is_found_and_its_record_named(platform, owner, record, column, place):
    record_id, stream, seq = record
    change_byte(owner, record_id=record_id, column=column, place=place)
    broken = platform.manage("verify_records")
    change_byte(owner, record_id=record_id, column=column, place=place)

    assert broken.returncode == 1
    assert f"id {record_id}, stream {stream}, seq {seq}:" in broken.stdout
    assert "Traceback" not in broken.stderr
    restored = platform.manage("verify_records")
    assert restored.returncode == 0, restored.stdout + restored.stderr


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE eventlog_event SET actor = 'nobody'",
        "DELETE FROM eventlog_event",
        "TRUNCATE eventlog_event",
        "ALTER TABLE eventlog_event DISABLE TRIGGER ALL",
        "DROP TABLE eventlog_event",
        "SET session_replication_role = replica",
        "UPDATE oms_execution SET last_px = 1",
        "DELETE FROM oms_posting",
        "UPDATE oms_journalentry SET kind = 'TRADE'",
        "SET ROLE openbell",
    ],
)
def test_the_application_may_not_change_what_is_written_once(application, record, statement):
    del record
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE eventlog_event SET actor = 'nobody'",
        "DELETE FROM eventlog_event",
        "TRUNCATE eventlog_event",
        "UPDATE oms_execution SET last_px = 1",
        "DELETE FROM oms_posting",
    ],
)
def test_even_the_owner_is_refused_while_the_trigger_stands(owner, record, statement):
    del record
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute(statement)


def test_the_books_balance_afterwards(platform, record):
    del record
    platform.require_true_books()
