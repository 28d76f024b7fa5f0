"""A browser's socket lives no longer than the session that opened it."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from trading.identity.models import User
from trading.infra.database import in_thread

SESSION_ENDED = 4401
# Who signs out here is noticed at once. What else ends a session (its time, a new password, a user
# who is no longer active, another process) is noticed after so long.
LOOK_SECONDS = 15.0

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

log = structlog.get_logger(__name__)


class SessionWatch:
    """Closes the sockets of ``application`` when their session has ended."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        user, session = scope.get("user"), scope.get("session")
        if user is None or session is None or not user.is_authenticated:
            await self._application(scope, receive, send)
            return
        ended = _Ended(session.session_key)
        watching = asyncio.create_task(_watch(ended, str(user.pk)))
        try:
            await self._application(scope, _until(ended.event, receive, send), send)
        finally:
            watching.cancel()
            ended.forget()


class _Ended:
    """Set, from any thread, when the session of this key ends."""

    _all: dict[str, set["_Ended"]] = {}
    _lock = threading.Lock()

    def __init__(self, session_key: str) -> None:
        self.session_key = session_key
        self.event = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        with self._lock:
            self._all.setdefault(session_key, set()).add(self)

    def forget(self) -> None:
        with self._lock:
            same = self._all.get(self.session_key, set())
            same.discard(self)
            if not same:
                self._all.pop(self.session_key, None)

    def tell(self) -> None:
        self._loop.call_soon_threadsafe(self.event.set)

    @classmethod
    def tell_all(cls, session_key: str) -> None:
        with cls._lock:
            for each in cls._all.get(session_key, ()):
                each.tell()


def _until(ended: asyncio.Event, receive: Receive, send: Send) -> Receive:
    """Return a ``receive`` that hands out a disconnect, and closes, once ``ended`` is set."""
    ending = asyncio.ensure_future(ended.wait())
    receiving: asyncio.Future[Message] | None = None

    async def receive_or_end() -> Message:
        nonlocal receiving
        receiving = receiving or asyncio.ensure_future(receive())
        await asyncio.wait((receiving, ending), return_when=asyncio.FIRST_COMPLETED)
        if ending.done():
            receiving.cancel()
            await send({"type": "websocket.close", "code": SESSION_ENDED})
            return {"type": "websocket.disconnect", "code": SESSION_ENDED}
        message, receiving = receiving.result(), None
        if message["type"] == "websocket.disconnect":
            ending.cancel()
        return message

    return receive_or_end


async def _watch(ended: _Ended, user_id: str) -> None:
    while not ended.event.is_set():
        await asyncio.sleep(LOOK_SECONDS)
        try:
            is_open = await in_thread(
                is_session_open, session_key=ended.session_key, user_id=user_id
            )
        except Exception:
            # Whether it has ended is unknown; nobody is thrown out for that.
            log.exception("a session could not be looked up")
            continue
        if not is_open:
            ended.event.set()


def is_session_open(*, session_key: str, user_id: str) -> bool:
    """Say whether the session is still this user's, and the user still active."""
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key).load()
    if session.get(SESSION_KEY) != user_id:
        return False
    user = User.objects.filter(pk=user_id, is_active=True).first()
    return user is not None and constant_time_compare(
        session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
    )


def _signed_out(sender: object, request: HttpRequest, **_: object) -> None:
    del sender
    if request.session.session_key is not None:
        _Ended.tell_all(request.session.session_key)


user_logged_out.connect(_signed_out)
