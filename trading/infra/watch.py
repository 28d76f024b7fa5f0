"""
Watching the database: is it there, and if it is ours and has ended, it is started again.

The watch has a connection of its own, so that it sees what no pool hides. After each loss it lets
the pool throw away the connections that broke with it, so that no request is handed one.
"""

from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.db import connection

from trading.infra import connection_loss, embedded
from trading.infra.supervision import Part

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5
LAG_SECONDS_MAX = 5.0
PAUSE_SECONDS_MAX = 1.0
_NAMES = ("dbname", "host", "port", "user", "password")


def database_part() -> Part:
    """Return the part that watches the database; its lag is the time since the last answer."""
    return Part(
        name="database",
        live=_live,
        lag_seconds_max=LAG_SECONDS_MAX,
        pause_seconds_max=PAUSE_SECONDS_MAX,
    )


def _live(part: Part) -> None:
    parameters = connection.get_connection_params()
    own: dict[str, Any] = {name: parameters[name] for name in _NAMES if name in parameters}
    if settings.IS_DATABASE_EMBEDDED and embedded.revive(var=settings.VAR, port=int(own["port"])):
        log.error("the embedded database had ended; it was started again")
    name = "openbell watch"
    with psycopg.connect(
        **own, **connection_loss.CLIENT, application_name=name, autocommit=True
    ) as looking:
        wrapper: Any = connection  # the pool is PostgreSQL's own, which the base does not know
        pool = wrapper.pool
        if pool is not None and not pool.closed:
            pool.check()
        part.stands()
        while not part.wait(LOOK_SECONDS):
            looking.execute("SELECT 1")
            part.beat()
