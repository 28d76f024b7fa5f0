"""A TCP proxy in front of the database: it can cut connections and hold back what is sent."""

import contextlib
import socket
import threading
from typing import Self


class _Line:
    """One connection through the proxy."""

    def __init__(self, proxy: "Proxy", client: socket.socket) -> None:
        self.client = client
        self.server = socket.create_connection(proxy.upstream)
        self.proxy = proxy
        for source, target in ((self.client, self.server), (self.server, self.client)):
            threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if source is self.client and self.proxy.takes_away(self, data):
                    return
                target.sendall(data)
        if not self.proxy.is_held(self):
            self.close()

    def close(self) -> None:
        for end in (self.client, self.server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Proxy:
    """
    Passes everything on, until told otherwise.

    ``hold_next(word)``: the next message of a client with ``word`` in it is kept, and the client's
    side is cut; the server sees nothing of either until ``let_go``.
    """

    def __init__(self, *, host: str, port: int) -> None:
        self.upstream = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._word: bytes | None = None
        self._held: list[tuple[_Line, bytes]] = []
        self._lines: list[_Line] = []
        self.holds = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._lines.append(_Line(self, client))

    def cut(self) -> None:
        """Cut every connection that stands."""
        for line in self._lines:
            line.close()
        self._lines.clear()

    def hold_next(self, word: bytes) -> None:
        self.holds.clear()
        self._word = word

    def takes_away(self, line: _Line, data: bytes) -> bool:
        if self._word is None or self._word not in data:
            return False
        self._word = None
        self._held.append((line, data))
        with contextlib.suppress(OSError):
            line.client.shutdown(socket.SHUT_RDWR)
        line.client.close()
        self.holds.set()
        return True

    def is_held(self, line: _Line) -> bool:
        return any(held is line for held, _ in self._held)

    def let_go(self) -> None:
        """Send on what was held; what the server answers nobody hears."""
        held, self._held = self._held, []
        for line, data in held:
            with contextlib.suppress(OSError):
                line.server.sendall(data)
                line.server.settimeout(5)
                while (data := line.server.recv(65536)) and b"COMMIT" not in data:
                    pass
            line.close()
