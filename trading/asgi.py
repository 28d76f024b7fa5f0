"""The way in: HTTP, WebSocket, and the life of the process."""

import os

import structlog
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trading.settings")
django_application = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402 - after Django is set up
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path, re_path  # noqa: E402

from marketdata.consumers import QuotesConsumer  # noqa: E402
from marketdata.market_stream import market_stream, refuse_unknown_stream  # noqa: E402
from oms.consumers import AccountConsumer  # noqa: E402
from trading.identity.own_origin import OwnOrigin  # noqa: E402
from trading.identity.page_owner import PageOwnerSockets  # noqa: E402
from trading.identity.session_watch import SessionWatch  # noqa: E402
from trading.infra.bodies import BoundedBodies, Receive, Scope, Send  # noqa: E402
from trading.infra.lean import lean_application  # noqa: E402
from trading.infra.wire import API_PREFIX  # noqa: E402
from trading.runtime import platform  # noqa: E402

log = structlog.get_logger(__name__)

# What orders wait for goes the short way; everything else through Django's own handler.
LEAN = ("/v2/orders", "/v2/account", "/v2/positions")


async def _http(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"].startswith(LEAN):
        await lean_application(scope, receive, send)
    else:
        await django_application(scope, receive, send)  # type: ignore[arg-type]


http = BoundedBodies(_http)


async def lifespan(_scope: Scope, receive: Receive, send: Send) -> None:
    """Start the platform before the first request, stop it after the last."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            try:
                await platform.start()
            except Exception as error:
                log.exception("the platform could not start")
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await platform.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return


# Browsers bring a session, and must come from our own pages, made for the session's user.
browser_sockets = OwnOrigin(
    AuthMiddlewareStack(
        PageOwnerSockets(
            SessionWatch(
                URLRouter(
                    [
                        path("ws/quotes", QuotesConsumer.as_asgi()),
                        path("ws/account", AccountConsumer.as_asgi()),
                    ]
                )
            )
        )
    )
)
application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": URLRouter(
            [
                # Programs bring an API key and no Origin; some add a slash.
                re_path(r"^v2/(?P<feed>[^/]+)/?$", market_stream),  # type: ignore[arg-type]
                re_path(API_PREFIX, refuse_unknown_stream),  # type: ignore[arg-type]
                re_path("", browser_sockets),  # type: ignore[arg-type]
            ]
        ),
        "lifespan": lifespan,
    }
)
