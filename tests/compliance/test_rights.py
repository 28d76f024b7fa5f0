"""The application's own database role cannot rewrite the records."""

import os
from collections.abc import Iterator
from typing import LiteralString

import psycopg
import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def application() -> Iterator[psycopg.Connection]:
    url = os.environ.get("TEST_DATABASE_APPLICATION_URL")
    if not url:
        pytest.skip("the database was given by the environment, without an application role")
    with psycopg.connect(url, dbname=connection.settings_dict["NAME"]) as connected:
        yield connected


@pytest.mark.parametrize("table", ["eventlog_event", "risk_limit"])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {} SET id = id",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "ALTER TABLE {} DISABLE TRIGGER USER",
    ],
)
def test_the_application_may_not(
    application: psycopg.Connection, change: LiteralString, table: LiteralString
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute(change.format(table))


@pytest.mark.parametrize("table", ["eventlog_event", "eventlog_streamhead"])
def test_the_application_may_read(application: psycopg.Connection, table: LiteralString) -> None:
    application.execute(f"SELECT count(*) FROM {table}")
