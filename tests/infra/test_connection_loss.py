"""A database that falls silent is noticed within seconds, also while an answer is awaited."""

import socket

import psycopg
import pytest
from django.db import connection

from trading.infra.exclusive import ExclusiveSession

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this platform has no TCP_USER_TIMEOUT"
    ),
]

LIMIT_MS = 10_000


def limit_of(session: psycopg.Connection) -> int:
    with socket.socket(fileno=session.pgconn.socket) as line:
        try:
            return line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        finally:
            line.detach()


def test_what_a_request_sends_is_not_repeated_for_a_quarter_of_an_hour():
    connection.ensure_connection()
    assert limit_of(connection.connection) == LIMIT_MS


def test_either_end_of_an_exclusive_session_notices_that_the_other_is_gone():
    with ExclusiveSession(name="test", lock=(7, 7)).opened(), connection.cursor() as cursor:
        assert limit_of(connection.connection) == LIMIT_MS
        cursor.execute("SELECT current_setting('tcp_user_timeout')")
        assert cursor.fetchone() == ("10000",)
