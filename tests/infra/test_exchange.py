"""What is asked in a pipeline is answered as if it were asked alone, or undone as a whole."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from trading.infra.database import ask, pipeline, sql
from trading.infra.transactions import after_commit, transaction

pytestmark = pytest.mark.django_db(transaction=True)

AWKWARD = ["", "NULL", "null", "a,b", '"', "\\", '\\"', "{}", " é\n", "%s", "it's"]


@pytest.fixture
def table():
    sql("CREATE TABLE exchange_probe (name text PRIMARY KEY, number int CHECK (number > 0))")
    yield
    sql("DROP TABLE exchange_probe")


def names() -> list[str]:
    return [row[0] for row in sql("SELECT name FROM exchange_probe ORDER BY name")]


def add(name: str, number: int = 1):
    return ask("INSERT INTO exchange_probe VALUES (%s, %s)", [name, number])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 'it\'s \\ "a" {1,2} é'),
        ("text", None),
        ("bigint", -(2**63)),
        ("numeric", Decimal("-0.000000001")),
        ("numeric", Decimal("1E+20")),
        ("uuid", UUID(int=7)),
        ("boolean", True),
        ("boolean", False),
        ("bytea", bytes(range(256))),
        ("date", date(2026, 2, 28)),
        ("timestamptz", datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("interval", timedelta(days=1, microseconds=1)),
        ("double precision", 0.1),
        ("text[]", AWKWARD),
        ("text[]", ["a", None]),
        ("text[]", []),
        ("text[]", [None, None]),
        ("bytea[]", [b"", b'\\"', bytes(range(256))]),
        ("numeric[]", [Decimal("1.50"), None, Decimal(0)]),
        ("boolean[]", [True, False]),
    ],
)
def test_a_value_comes_back_as_it_went(kind, value):
    assert ask(f"SELECT %s::{kind}", [value]).fetchall() == [(value,)]


@pytest.mark.parametrize("value", ["a\0b", ["a", "b\0"]])
def test_a_nul_is_refused_before_anything_is_sent(value):
    with pytest.raises(psycopg.DataError, match="NUL"):
        ask("SELECT %s::text", [value])


def test_a_kind_that_no_column_has_is_refused_by_name():
    with pytest.raises(psycopg.ProgrammingError, match="complex"):
        ask("SELECT %s", [1j])


def test_answers_belong_to_their_statements():
    with pipeline():
        several = ask("SELECT * FROM generate_series(1, %s)", [3])
        nothing = ask("SELECT 1 WHERE false")
        same = ask("SELECT * FROM generate_series(1, %s)", [1])
        assert several.fetchone() == (1,)  # looking sends what waits
        later = ask("SELECT 'later'")
    assert several.fetchall() == [(2,), (3,)]
    assert several.fetchone() is None
    assert nothing.fetchone() is None
    assert list(same) == [(1,)]
    assert later.fetchone() == ("later",)


def test_far_more_than_the_sockets_hold_goes_both_ways():
    text = "x" * 1_000_000
    with pipeline():
        answers = [ask("SELECT %s::text", [text]) for _ in range(20)]
    assert all(answer.fetchone() == (text,) for answer in answers)


@pytest.mark.usefixtures("table")
def test_the_commit_travels_with_the_last_statements():
    done: list[str] = []
    with transaction():
        after_commit(lambda: done.append("committed"))
        with pipeline(commits=True):
            add("a")
            add("b")
        assert done == []
    assert done == ["committed"]
    assert names() == ["a", "b"]


@pytest.mark.usefixtures("table")
def test_one_failure_undoes_all_and_the_connection_goes_on():
    done: list[str] = []

    def write() -> None:
        with transaction():
            after_commit(lambda: done.append("committed"))
            with pipeline(commits=True):
                add("a")
                add("b", number=0)
                add("c")

    with pytest.raises(psycopg.errors.CheckViolation):
        write()
    assert (done, names()) == ([], [])
    with transaction(), pipeline(commits=True):
        add("a")
    assert names() == ["a"]


@pytest.mark.usefixtures("table")
def test_a_commit_that_commits_nothing_is_no_success():
    """PostgreSQL answers COMMIT of a failed transaction with ROLLBACK, and no error."""
    with pytest.raises(psycopg.errors.InFailedSqlTransaction), transaction():  # noqa: PT012
        add("a")
        with suppress(psycopg.errors.CheckViolation):
            add("b", number=0)
        with pipeline(commits=True):
            pass
    assert names() == []
    add("c")
    assert names() == ["c"]


@pytest.mark.usefixtures("table")
def test_what_fails_in_between_sends_nothing():
    def write() -> None:
        with transaction(), pipeline(commits=True):
            add("a")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        write()
    assert names() == []


@pytest.mark.usefixtures("table")
def test_a_statement_that_could_not_be_prepared_is_prepared_the_next_time():
    for _ in range(2):
        with pytest.raises(psycopg.errors.UndefinedTable):
            ask("SELECT * FROM exchange_missing")
    sql("CREATE TABLE exchange_missing ()")
    assert ask("SELECT * FROM exchange_missing").fetchall() == []
    sql("DROP TABLE exchange_missing")


def test_a_lost_connection_is_said_and_the_next_one_works():
    pid = ask("SELECT pg_backend_pid()").fetchone()
    assert pid is not None
    parameters = connection.get_connection_params()
    other = psycopg.connect(
        autocommit=True, **{name: parameters[name] for name in ("host", "port", "dbname", "user")},
        password=parameters["password"],
    )  # fmt: skip
    other.execute("SELECT pg_terminate_backend(%s, 5000)", pid)
    other.close()
    with pytest.raises(psycopg.OperationalError):
        ask("SELECT 1")
    connection.close()
    assert ask("SELECT 1").fetchone() == (1,)
