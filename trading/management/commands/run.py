"""``manage.py run``: the whole platform in one process."""

import fcntl
import signal
import socket
import time
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from marketdata import interface as marketdata
from oms import interface as oms
from trading.demo import DemoUser, provide_demo
from trading.infra.static_files import collect_static_files
from trading.kernel.errors import TradingError

HOST = "127.0.0.1"
SHUTDOWN_SECONDS_MAX = 5
KEEP_ALIVE_SECONDS = 75
# Of a client's WebSocket message: 25,000 symbols by name, the most that a market has, fit in one.
MESSAGE_BYTES_MAX = 256 * 1024
# A process that was killed a moment ago is still known to the database for as long as this.
OTHER_WRITER_SECONDS_MAX = 10.0
SECURITY_MASTER = settings.BASE_DIR / "marketdata" / "data" / "security_master.csv"


class Command(BaseCommand):
    help = "Run the platform: web, market data, orders, readers and background work."

    def handle(self, **_: Any) -> None:
        lock = (settings.VAR / "run.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"the platform already runs on {settings.VAR}; choose another VAR"
            raise CommandError(message) from None
        listener = self._listen()
        self._require_no_other_writer()
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        collect_static_files()
        if not marketdata.list_instruments():
            marketdata.load_security_master(path=SECURITY_MASTER)
        if not marketdata.is_calendar_loaded():
            marketdata.load_calendar()
        if settings.DEMO:
            marketdata.make_up_past()
        try:
            marketdata.start_feed()
        except TradingError as error:
            raise CommandError(error.message) from None
        users: list[DemoUser] = []
        if settings.DEMO:
            users = provide_demo(path=settings.VAR / "demo.json", base_url=settings.BASE_URL)
        self._announce(users)
        self._serve(listener)

    def _require_no_other_writer(self) -> None:
        """Refuse a database whose orders another process writes; a moment is given it to end."""
        deadline = time.monotonic() + OTHER_WRITER_SECONDS_MAX
        while holder := oms.writer_elsewhere():
            if time.monotonic() > deadline:
                message = f"the platform already runs on this database: {holder}; stop it first"
                raise CommandError(message)
            time.sleep(0.1)

    def _announce(self, users: list[DemoUser]) -> None:
        feed = settings.FEED or marketdata.feed_status().name
        if feed == "simulated":
            feed = "simulated (not a real market)"
        lines = [
            "",
            f"  Openbell      {settings.BASE_URL}",
            f"  Market data   {feed}",
            f"  Data folder   {settings.VAR}",
        ]
        if users:
            lines += [f"  Demo keys     {settings.VAR / 'demo.json'}", ""]
            lines += [
                f"    {user.username:<10} {user.password:<14} {user.role.replace('_', ' ').lower()}"
                for user in users
            ]
        self.stdout.write("\n".join([*lines, ""]))
        self.stdout.flush()  # before the log, wherever the output goes

    def _listen(self) -> socket.socket:
        """Take the port before anything starts, so that a taken one is refused at once."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, settings.PORT))
        except OSError as error:
            listener.close()
            message = f"could not start on {settings.BASE_URL}; is the port free? ({error})"
            raise CommandError(message) from None
        return listener

    def _serve(self, listener: socket.socket) -> None:
        server = uvicorn.Server(
            uvicorn.Config(
                "trading.asgi:application",
                host=HOST,
                port=settings.PORT,
                lifespan="on",
                ws="websockets-sansio",
                ws_max_size=MESSAGE_BYTES_MAX,  # above it the client is told so and closed: 1009
                ws_per_message_deflate=False,  # compressing every tick costs more than it saves
                timeout_graceful_shutdown=SHUTDOWN_SECONDS_MAX,
                # Longer than the pools of ordinary clients keep an idle connection for reuse, so
                # that none of them sends an order down a connection that is being closed.
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                log_config=None,
                access_log=False,
                server_header=False,
                # A request's address stays the peer's own; TRUSTED_PROXIES says whether
                # X-Forwarded-For is read beside it (trading/identity/addresses.py).
                proxy_headers=False,
            )
        )
        # uvicorn raises its captured signal again after the shutdown; without a handler of ours
        # that would end the process before the embedded database is stopped.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        server.run(sockets=[listener])
        if not server.started:
            raise CommandError("the platform could not start; its log says why")
        self.stdout.write("Stopped.")
