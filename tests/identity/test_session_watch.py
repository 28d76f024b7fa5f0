"""A socket outlives its session by no more than a look; other sessions' sockets stay."""

import asyncio

import pytest
from channels.testing import ApplicationCommunicator
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.test import Client

from tests.marketdata.waiting import until
from trading.identity import session_watch
from trading.identity.interface import Role, create_user
from trading.identity.models import User
from trading.identity.session_watch import SESSION_ENDED, SessionWatch
from trading.infra.database import in_thread
from trading.kernel.clock import utc_now

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"


async def echo(scope, receive, send):
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] != "websocket.disconnect":
        if "text" in message:
            await send({"type": "websocket.send", "text": message["text"]})


def make_alice() -> User:
    create_user(
        username="alice", password=PASSWORD, role=Role.TRADER, first_name="Alice",
        actor="system:test", now=utc_now(),
    )  # fmt: skip
    return User.objects.get(username="alice")


@pytest.fixture
async def alice():
    return await in_thread(make_alice)


def signed_in() -> Client:
    client = Client()
    assert client.login(username="alice", password=PASSWORD)
    return client


async def opened(user, client) -> ApplicationCommunicator:
    session = await in_thread(lambda: client.session) if client else None
    scope = {"type": "websocket", "path": "/ws", "user": user, "session": session}
    socket = ApplicationCommunicator(SessionWatch(echo), scope)
    assert (await socket.receive_output(5))["type"] == "websocket.accept"
    return socket


async def is_alive(socket: ApplicationCommunicator) -> bool:
    await socket.send_input({"type": "websocket.receive", "text": "there?"})
    answer = await socket.receive_output(5)
    return bool(answer == {"type": "websocket.send", "text": "there?"})


async def is_closed(socket: ApplicationCommunicator) -> bool:
    answer = await socket.receive_output(20)
    return bool(answer == {"type": "websocket.close", "code": SESSION_ENDED})


async def leave(socket: ApplicationCommunicator) -> None:
    await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await socket.wait(5)


async def test_signing_out_closes_the_sockets_of_that_session_at_once(alice):
    here, elsewhere = await in_thread(signed_in), await in_thread(signed_in)
    sockets = [await opened(alice, here), await opened(alice, here)]
    other = await opened(alice, elsewhere)
    assert await is_alive(sockets[0])
    await in_thread(here.post, "/logout")
    assert [await is_closed(socket) for socket in sockets] == [True, True]
    assert await is_alive(other)
    await leave(other)
    assert not session_watch._Ended._all


def deactivate(alice):
    User.objects.filter(pk=alice.pk).update(is_active=False)


def change_password(alice):
    alice.set_password("another horse battery")
    alice.save()


def remove_session(alice):
    del alice
    Session.objects.all().delete()


@pytest.mark.parametrize("end", [deactivate, change_password, remove_session])
async def test_what_else_ends_a_session_is_noticed_by_looking(alice, end, monkeypatch):
    monkeypatch.setattr(session_watch, "LOOK_SECONDS", 0.02)
    socket = await opened(alice, await in_thread(signed_in))
    assert await is_alive(socket)
    await in_thread(end, alice)
    assert await is_closed(socket)


async def test_a_session_that_cannot_be_looked_up_is_not_ended(alice, monkeypatch):
    monkeypatch.setattr(session_watch, "LOOK_SECONDS", 0.01)
    looks = []

    def fail(**_):
        looks.append(1)
        raise OSError("the database is away")

    monkeypatch.setattr(session_watch, "is_session_open", fail)
    socket = await opened(alice, await in_thread(signed_in))
    await until(lambda: len(looks) >= 3)
    assert await is_alive(socket)
    await leave(socket)


async def test_who_is_not_signed_in_is_the_applications_own_business():
    socket = await opened(AnonymousUser(), None)
    assert await is_alive(socket)
    await leave(socket)


async def test_a_client_that_leaves_leaves_nothing_behind(alice):
    before = len(asyncio.all_tasks())
    socket = await opened(alice, await in_thread(signed_in))
    await leave(socket)
    await until(lambda: len(asyncio.all_tasks()) <= before)
    assert not session_watch._Ended._all
