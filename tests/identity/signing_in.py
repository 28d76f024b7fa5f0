"""Signing in, right or wrong, from an address, with a browser that is known or not."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.test import Client, RequestFactory

from trading.eventlog.models import Event
from trading.identity.attempts import AttemptPaused
from trading.identity.interface import Role, create_user
from trading.identity.known_browsers import COOKIE
from trading.identity.sign_in import try_password
from trading.kernel.clock import utc_now

PASSWORD = "correct horse battery"
Go = Callable[[datetime], None]


def make(username: str, role: Role = Role.TRADER) -> UUID:
    return create_user(
        username=username, password=PASSWORD, role=role, first_name="", actor="system:test",
        now=utc_now(),
    )  # fmt: skip


def attempt(
    username: str = "alice",
    password: str = "wrong",
    *,
    address="192.0.2.1",
    at="/login",
    cookie: str | None = None,
) -> int:
    """Try from a browser that nobody knows, or with the cookie of one."""
    headers = None if cookie is None else cookie_header(COOKIE, cookie)
    client = Client(headers=headers, REMOTE_ADDR=address)
    return client.post(at, {"username": username, "password": password}).status_code


def cookie_header(name: str, value: str) -> dict[str, str]:
    """Return what a program may send, a NUL character too, which no cookie jar takes."""
    return {"cookie": '{}="{}"'.format(name, value.replace("\0", r"\000"))}


def cookie_of(username: str, *, address: str = "192.0.2.1") -> str:
    """Sign in and out; return what the browser keeps."""
    client = Client(REMOTE_ADDR=address)
    assert client.post("/login", {"username": username, "password": PASSWORD}).status_code == 302
    client.post("/logout")
    return client.cookies[COOKIE].value


def guess(username: str = "alice", *, address: str = "192.0.2.1") -> bool:
    """Try a wrong password without a page; say whether it was looked at."""
    request = RequestFactory(REMOTE_ADDR=address).post("/login")
    try:
        try_password(request, username=username, check=lambda: None)
    except AttemptPaused:
        return False
    return True


def facts(stream: str) -> list[tuple[str, dict[str, Any]]]:
    rows = Event.objects.filter(stream=stream).order_by("seq")
    return [(row.type, json.loads(bytes(row.payload))) for row in rows]


def wait(go: Go, **pause: float) -> None:
    go(utc_now() + timedelta(**pause))
