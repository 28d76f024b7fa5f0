"""
The floor of the order path: the rows of one placed order, committed by plain psycopg.

``python -m bench.bare_commit``, a job on standard input as JSON, what happened on standard output.
Its own process, with one connection per worker thread. The rows are those of orders that the
platform has placed just before, under new ids, written to copies of the tables in a schema of their
own: one order, its reservation, its first event, the head of its stream, the account and the
position. All statements of an order travel in one pipeline, prepared, and end in one commit.
"""

import gc
import itertools
import json
import queue
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cache
from threading import Thread
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.types.string import TextLoader

from trading.kernel.identifiers import new_id

SCHEMA: LiteralString = "bench_bare"
TABLES: tuple[LiteralString, ...] = (
    "oms_order",
    "oms_reservation",
    "eventlog_event",
    "eventlog_streamhead",
    "oms_account",
    "oms_position",
)

_TEMPLATES = 300
_COPIED: tuple[LiteralString, ...] = ("oms_order", "eventlog_event")
_SELECT: dict[str, LiteralString] = {
    "oms_order": "SELECT o.* FROM oms_order o ORDER BY o.id DESC LIMIT %s",
    "eventlog_event": """SELECT e.* FROM oms_order o JOIN eventlog_event e
        ON e.stream = 'order:' || o.id AND e.seq = 1 ORDER BY o.id DESC LIMIT %s""",
}
_ACCOUNT = "UPDATE oms_account SET cash = cash, reserved = %s WHERE id = %s"
_RESERVATION = """
INSERT INTO oms_reservation (order_id, account_id, instrument_id, cash_initial, cash_remaining,
    qty_remaining) VALUES (%s, %s, %s, %s, %s, %s)
"""
_POSITION = """
INSERT INTO oms_position (account_id, instrument_id, symbol, qty, cost, reserved_qty, open_buy_qty,
    realized_pl) VALUES (%s, %s, %s, 0, 0, 0, %s, 0)
ON CONFLICT (account_id, instrument_id) DO UPDATE SET open_buy_qty = excluded.open_buy_qty
"""
_HEAD = "INSERT INTO eventlog_streamhead (stream, seq, hash) VALUES (%s, %s, %s)"

Row = dict[str, Any]

# An order's state when it is placed: the templates have lived since.
_AT_BIRTH: Row = {
    "status": "PENDING_NEW",
    "cum_qty": 0,
    "gross": 0,
    "text": "",
    "filled_at": None,
    "canceled_at": None,
    "expired_at": None,
}
# Larger than any that an earlier process of this kind has used.
_event_ids = itertools.count(time.monotonic_ns())


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    url: str
    workers: int
    seconds: float
    rate: float  # orders a second; 0 is a closed loop


@dataclass(slots=True, kw_only=True)
class Result:
    latencies_ms: list[float] = field(default_factory=list)
    failed: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The order's row and its first event's, as the platform wrote them."""

    order: Row
    event: Row


def prepare(*, owner_url: str, application_role: str) -> None:
    """Make empty copies of the tables, with their indexes and checks, and fill the accounts."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        schema = sql.Identifier(SCHEMA)
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
        for name in TABLES:
            table = sql.Identifier(name)
            connection.execute(
                sql.SQL("CREATE TABLE {}.{} (LIKE public.{} INCLUDING ALL)").format(
                    schema, table, table
                )
            )
        role = sql.Identifier(application_role)
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, role))
        connection.execute(
            sql.SQL("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA {} TO {}").format(
                schema, role
            )
        )
        connection.execute(
            sql.SQL("INSERT INTO {}.oms_account SELECT * FROM public.oms_account").format(schema)
        )


def run(job: Job) -> Result:
    """Do the job with ``job.workers`` threads."""
    connections = [_connect(job.url) for _ in range(job.workers)]
    templates = _read_templates(connections[0])
    for connection in connections:
        connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(SCHEMA)))
    result = Result()
    due: queue.SimpleQueue[float | None] = queue.SimpleQueue()
    turns = itertools.cycle(templates)
    used, started = time.process_time(), time.perf_counter()
    workers = [
        Thread(target=_work, args=(connection, _due(job, due, started), turns, result))
        for connection in connections
    ]
    for worker in workers:
        worker.start()
    if job.rate:
        for index in range(round(job.rate * job.seconds)):
            at = started + index / job.rate
            time.sleep(max(0.0, at - time.perf_counter()))
            due.put(at)
        for _ in workers:
            due.put(None)
    for worker in workers:
        worker.join()
    result.seconds = time.perf_counter() - started
    result.cpu_seconds = time.process_time() - used
    for connection in connections:
        connection.close()
    return result


def _connect(url: str) -> "psycopg.Connection[tuple[Any, ...]]":
    connection = psycopg.connect(url, autocommit=True, prepare_threshold=0)
    connection.adapters.register_loader("jsonb", TextLoader)  # the verdict goes back as it came
    return connection


def _read_templates(connection: "psycopg.Connection[tuple[Any, ...]]") -> list[Template]:
    rows: dict[str, list[Row]] = {}
    for name in _COPIED:
        cursor = connection.execute(_SELECT[name], [_TEMPLATES])
        names = [column.name for column in cursor.description or ()]
        rows[name] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    events = {row["stream"]: row for row in rows["eventlog_event"]}
    return [
        Template(order=order, event=event)
        for order in rows["oms_order"]
        if (event := events.get(f"order:{order['id']}")) is not None
    ]


def _due(job: Job, waiting: "queue.SimpleQueue[float | None]", started: float) -> Iterator[float]:
    """Yield the moment from which each order of this worker counts."""
    if job.rate:
        while (at := waiting.get()) is not None:
            yield at
    else:
        while (now := time.perf_counter()) - started < job.seconds:
            yield now


def _work(
    connection: "psycopg.Connection[tuple[Any, ...]]",
    due: Iterator[float],
    turns: Iterator[Template],
    result: Result,
) -> None:
    for at in due:
        try:
            _commit(connection, next(turns))
        except psycopg.Error as error:
            result.failed += 1
            sys.stderr.write(f"{error}\n")
        else:
            result.latencies_ms.append((time.perf_counter() - at) * 1000)


def _commit(connection: "psycopg.Connection[tuple[Any, ...]]", template: Template) -> None:
    order_id = new_id()
    stream = f"order:{order_id}"
    order = {**template.order, **_AT_BIRTH, "id": order_id, "cl_ord_id": str(order_id)}
    event = {
        **template.event,
        "id": next(_event_ids),
        "stream": stream,
        "correlation_id": str(order_id),
    }
    cash = order["qty"] * order["limit_price"]
    owner, instrument = order["account_id"], order["instrument_id"]
    with connection.pipeline(), connection.transaction():
        connection.execute(_ACCOUNT, [cash, owner])
        connection.execute(_insert("oms_order", tuple(order)), list(order.values()))
        connection.execute(_RESERVATION, [order_id, owner, instrument, cash, cash, order["qty"]])
        connection.execute(_POSITION, [owner, instrument, order["symbol"], order["qty"]])
        connection.execute(_HEAD, [stream, 1, event["hash"]])
        connection.execute(_insert("eventlog_event", tuple(event)), list(event.values()))


@cache
def _insert(table: str, columns: tuple[str, ...]) -> bytes:
    places = [sql.SQL("%s::jsonb" if name == "verdict" else "%s") for name in columns]
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(places),
    )
    return statement.as_string().encode()


if __name__ == "__main__":
    gc.disable()
    json.dump(asdict(run(Job(**json.load(sys.stdin)))), sys.stdout)
