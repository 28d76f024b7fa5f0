"""Sockets of browsers are opened by pages of ours only: of this scheme, host and port."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import validate_host

Application = Callable[..., Awaitable[None]]

_PAGES = {"ws": "http", "wss": "https"}
_PORTS = {"http": 80, "https": 443}


class OwnOrigin:
    """
    Refuse a WebSocket handshake whose Origin is not that of the page it was served from.

    Cookies are shared by all ports of a host, so a page of another program on the same host would
    open a socket with the session of ours. The origin must name the host and the port that the
    handshake was sent to (``Host``), or be one of CSRF_TRUSTED_ORIGINS, as forms are held to.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's
        headers = dict(scope.get("headers", ()))
        origin = headers.get(b"origin", b"").decode("latin-1")
        host = headers.get(b"host", b"").decode("latin-1")
        if is_own(origin=origin, host=host, scheme=scope.get("scheme", "ws")):
            await self._application(scope, receive, send)
        else:
            await WebsocketDenier()(scope, receive, send)


def is_own(*, origin: str, host: str, scheme: str) -> bool:
    """Say whether an Origin is that of pages which are served at ``host`` (name and port)."""
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    try:
        page, here = urlsplit(origin), urlsplit(f"{_PAGES.get(scheme, scheme)}://{host}")
        page_port = page.port or _PORTS.get(page.scheme)
        here_port = here.port or _PORTS.get(here.scheme)
    except ValueError:
        return False
    name = page.hostname or ""
    return (
        (page.scheme, name, page_port) == (here.scheme, here.hostname, here_port)
        and page_port is not None
        and validate_host(f"[{name}]" if ":" in name else name, settings.ALLOWED_HOSTS)
    )
