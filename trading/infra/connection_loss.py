"""
After how long a connection to the database whose other end is gone without a word is given up.

A keepalive is only sent while nothing waits for an acknowledgement, so what was sent needs a limit
of its own: by itself Linux repeats it for a quarter of an hour.
"""

import socket
from typing import Any

_UNACKNOWLEDGED_MS = 10_000

# Of libpq, which passes over what a platform has not.
CLIENT: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 4,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": _UNACKNOWLEDGED_MS,
}
# Of the server, for a session whose locks others wait for.
SERVER = (
    "-c tcp_keepalives_idle=4 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
    " -c client_connection_check_interval=2000"
)
if hasattr(socket, "TCP_USER_TIMEOUT"):  # the server has it where this host has it, as a rule
    SERVER += f" -c tcp_user_timeout={_UNACKNOWLEDGED_MS}"
