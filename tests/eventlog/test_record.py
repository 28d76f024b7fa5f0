"""The log keeps what was written, in order, and nothing else."""

import os
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from threading import Thread
from typing import ClassVar

import psycopg
import pytest
from django.db import InternalError, OperationalError, ProgrammingError, connection

from tests.waiting import until
from trading.eventlog.adoption import Found, adopt
from trading.eventlog.codec import GENESIS, Record, canonical, hash_record
from trading.eventlog.models import Bookmark, Event, StreamHead
from trading.eventlog.readers import cursor_at_end, list_stream, read_after, read_new
from trading.eventlog.record import TURN, TURN_LOCK, NewEvent, record
from trading.infra.transactions import savepoint, transaction
from trading.kernel.clock import from_ns, utc_now
from trading.kernel.events import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Fact):
    type: ClassVar[str] = "Happened"

    what: str
    amount: Decimal = Decimal("1.50")


def event(stream: str, what: str) -> NewEvent:
    return NewEvent(stream=stream, fact=Happened(what=what), ts_event=7, actor="system:test")


def test_the_canonical_bytes_never_change():
    assert canonical(Happened(what="é b")) == '{"amount":"1.5","what":"é b"}'.encode()


def test_the_hash_of_a_known_record_never_changes():
    row = Record(
        id=1, stream="order:1", seq=1, type="Happened", version=1, ts_event=7,
        recorded_at=from_ns(1_000_000_000), actor="system:test", request_id="", correlation_id="",
        xid=5, payload=b"{}", prev_hash=GENESIS,
    )  # fmt: skip
    assert hash_record(row).hex() == (
        "3a5767da0bab99245b2b2569bcedd4019a5ebb986c5c3da5d0004a9f2caa419e"
    )


@pytest.mark.django_db(transaction=True)
def test_a_fact_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="transaction"):
        record([event("order:1", "alone")])
    assert Event.objects.count() == 0


@pytest.mark.django_db
def test_each_stream_is_dense_and_chained():
    record([event("order:a", "1"), event("order:b", "1"), event("order:a", "2")])
    record([event("order:a", "3")])
    rows = list(Event.objects.filter(stream="order:a").order_by("seq"))
    assert [row.seq for row in rows] == [1, 2, 3]
    assert bytes(rows[0].prev_hash) == GENESIS
    assert bytes(rows[1].prev_hash) == bytes(rows[0].hash)
    assert bytes(rows[2].prev_hash) == bytes(rows[1].hash)
    head = StreamHead.objects.get(stream="order:a")
    assert (head.seq, bytes(head.hash)) == (3, bytes(rows[2].hash))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE eventlog_event SET actor = 'user:mallory'",
        "DELETE FROM eventlog_event",
        "TRUNCATE eventlog_event",
    ],
)
def test_even_the_owner_cannot_change_what_is_written(statement):
    record([event("order:a", "1")])
    with (
        pytest.raises((ProgrammingError, InternalError), match="written once"),
        savepoint(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE eventlog_event SET actor = 'user:mallory'",
        "DELETE FROM eventlog_event",
        "TRUNCATE eventlog_event",
        "ALTER TABLE eventlog_event DISABLE TRIGGER ALL",
    ],
)
def test_the_application_role_has_no_right_to_try(statement):
    url = os.environ.get("TEST_DATABASE_APPLICATION_URL")
    if url is None:
        pytest.skip("the application role's rights need the embedded server")
    name = connection.settings_dict["NAME"]
    application = psycopg.connect(f"{url.rpartition('/')[0]}/{name}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute(statement)
    application.close()


@pytest.mark.django_db(transaction=True)
def test_a_reader_sees_each_event_once_and_survives_its_own_failure():
    with transaction():
        record([event("order:a", str(number)) for number in range(5)])
    seen: list[int] = []

    def fail(_events):
        raise ValueError("no")

    def fails() -> bool:
        # Another test's open transaction may hold the reader back for a moment.
        try:
            read_new(reader="test", handler=fail)
        except ValueError:
            return True
        return False

    until(fails, what="the reader to reach the events")

    def read() -> bool:
        read_new(reader="test", handler=lambda rows: seen.extend(r.seq for r in rows), limit=2)
        return len(seen) >= 5

    until(read, what="all five events")
    assert seen == [1, 2, 3, 4, 5]


def other_session(**changes) -> psycopg.Connection:
    parameters = connection.get_connection_params()
    names = ("dbname", "host", "port", "user", "password")
    return psycopg.connect(**({name: parameters[name] for name in names} | changes))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("changes", [{}, {"dbname": "postgres"}])
def test_a_transaction_that_is_open_elsewhere_holds_no_reader_back(changes):
    cursor = cursor_at_end()
    with other_session(**changes) as slow:
        slow.execute("SELECT pg_current_xact_id()")
        with transaction():
            record([event("order:b", "fast")])
        assert [row.stream for row in read_after(cursor)] == ["order:b"]
        slow.rollback()


def append_in_thread(stream: str) -> Thread:
    def append():
        try:
            with transaction():
                record([event(stream, "second")])
        finally:
            connection.close()

    thread = Thread(target=append)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_writers_take_turns_so_that_ids_are_in_commit_order():
    cursor = cursor_at_end()
    with transaction():
        record([event("order:first", "first")])
        second = append_in_thread("order:second")
        with other_session() as looking:
            looking.autocommit = True
            waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            until(
                lambda: looking.execute(waiting).fetchone(),
                what="the second writer to wait for its turn",
            )
    second.join()
    seen = [(row.stream, row.id) for row in read_after(cursor)]
    assert [stream for stream, _ in seen] == ["order:first", "order:second"]
    assert seen[0][1] < seen[1][1]


@pytest.mark.django_db(transaction=True)
def test_a_bookmark_means_the_same_where_transactions_begin_to_count_anew():
    """As after a dump is restored into a new server, whose transaction numbers are lower."""
    with transaction():
        record([event("order:a", "1")])
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE eventlog_event SET xid = xid + 1000000")
        cursor.execute("SET session_replication_role = origin")
    seen: list[str] = []
    read_new(reader="test", handler=lambda rows: seen.extend(r.stream for r in rows))
    with transaction():
        record([event("order:b", "2")])
    read_new(reader="test", handler=lambda rows: seen.extend(r.stream for r in rows))
    assert seen == ["order:a", "order:b"]


@pytest.mark.django_db
def test_a_stream_can_be_read_whole():
    record([event("order:c", "1"), event("order:c", "2")])
    assert [row.payload for row in list_stream(stream="order:c")] == [
        b'{"amount":"1.5","what":"1"}',
        b'{"amount":"1.5","what":"2"}',
    ]


@pytest.mark.django_db(transaction=True)
def test_a_migration_takes_no_number_while_another_writes_to_the_log():
    row = Found(stream="user:earlier", table="identity_user", key="1", columns={})

    def migrate(lock_timeout: str) -> None:
        with transaction(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [lock_timeout])
            adopt(rows=[row], cursor=cursor, now=utc_now())

    with other_session() as writer:
        writer.execute(TURN, TURN_LOCK)
        with pytest.raises(OperationalError, match="lock timeout"):
            migrate("50ms")
    migrate("30s")
    assert Event.objects.count() == 1


@pytest.mark.django_db
def test_going_back_to_reading_by_transaction_passes_over_no_event():
    read, unread, later = record([event("order:a", str(number)) for number in range(3)])
    rows = [(20, read.id, 1), (10, unread.id, 2), (30, later.id, 3)]  # by the order of the commits
    with connection.cursor() as cursor:
        # The log cannot be changed, so the same numbers go into one that can.
        cursor.execute("CREATE TEMPORARY TABLE eventlog_event (xid bigint, id bigint, seq int)")
        cursor.executemany("INSERT INTO eventlog_event VALUES (%s, %s, %s)", rows)
        marks = {"at the end": later.id, "between": read.id, "at the beginning": 0}
        for reader, event_id in marks.items():
            Bookmark.objects.create(reader=reader, event_id=event_id)
        migration = import_module("trading.eventlog.migrations.0003_read_by_id").Migration
        cursor.execute(migration.operations[0].reverse_sql)
        for reader, expected in {"at the end": [], "between": [unread.id, later.id]}.items():
            cursor.execute(
                "SELECT id FROM eventlog_event event JOIN eventlog_bookmark mark"
                " ON (event.xid, event.id) > (mark.xid, mark.event_id)"
                " WHERE reader = %s AND event.id > mark.event_id ORDER BY id",
                [reader],
            )
            assert [row[0] for row in cursor.fetchall()] == expected
        cursor.execute("DROP TABLE pg_temp.eventlog_event")
