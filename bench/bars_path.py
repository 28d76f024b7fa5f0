"""
What bars cost, side by side in one run: ``python -m bench.bars_path [ROWS_READ [ROWS_WRITTEN]]``.

Writing: the product's COPY against the ORM's ``bulk_create``. Reading: the answers of
``/v2/stocks/{symbol}/bars`` for a year of minutes, page by page through the product's own view,
against the ORM with a Django REST framework serializer. The ways take turns, five rounds each, on a
PostgreSQL of the run's own that writes durably; medians are told, and the CPU of this process.
"""

import atexit
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django
import numpy as np

from trading.infra import embedded

_var = Path(tempfile.mkdtemp(prefix="openbell-bench-"))
_var.chmod(0o711)  # the server's user must be able to walk in
atexit.register(shutil.rmtree, _var, ignore_errors=True)  # last: the server stops before
os.environ["VAR"] = str(_var)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trading.settings")
embedded.provide_database()
django.setup()

from django.conf import settings  # noqa: E402 - after Django is set up
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from rest_framework import serializers  # noqa: E402
from rest_framework.renderers import JSONRenderer  # noqa: E402
from rest_framework.test import force_authenticate  # noqa: E402

from marketdata import interface  # noqa: E402
from marketdata.api.stocks import Bars  # noqa: E402
from marketdata.contracts import BarColumns, HistoryKind, Instrument  # noqa: E402
from marketdata.domain import series  # noqa: E402
from marketdata.models import MinuteBar  # noqa: E402
from marketdata.store import bars  # noqa: E402
from trading.identity.models import User  # noqa: E402
from trading.infra.transactions import transaction  # noqa: E402
from trading.kernel.clock import from_ns  # noqa: E402

ROUNDS = 5
YEAR_ROWS = 98_000
ROWS_WRITTEN = 1_000_000
BATCH = 5_000
START = datetime(2025, 1, 2, 14, 30, tzinfo=UTC)
PAGE = 10_000
SYMBOL = "AAPL"

Timing = tuple[float, float]  # wall and CPU seconds
Results = dict[str, dict[str, float]]


def measured(action: Callable[[], object]) -> Timing:
    wall, cpu = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - wall, time.process_time() - cpu


def median(timings: list[Timing]) -> dict[str, float]:
    return {
        "wall_ms": round(1000 * statistics.median(wall for wall, _ in timings), 1),
        "cpu_ms": round(1000 * statistics.median(cpu for _, cpu in timings), 1),
    }


def compare(ways: dict[str, Callable[[], object]], *, before: Callable[[], object]) -> Results:
    """Let the ways take turns; return each one's medians, and how much faster than the last."""
    timings: dict[str, list[Timing]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, action in ways.items():
            before()
            timings[name].append(measured(action))
    results = {name: median(found) for name, found in timings.items()}
    slowest = list(results.values())[-1]
    for found in results.values():
        found["times_faster"] = round(slowest["wall_ms"] / found["wall_ms"], 1)
    return results


def run(*, rows_read: int, rows_written: int) -> dict[str, Results]:
    call_command("migrate", database="owner", verbosity=0, interactive=False)

    interface.load_security_master(
        path=settings.BASE_DIR / "marketdata" / "data" / "security_master.csv"
    )
    return {
        "write": compare_writing(rows=rows_written),
        "read": compare_reading(rows=rows_read),
    }


def columns(count: int) -> BarColumns:
    random = np.random.default_rng(1)
    close = np.round(180 + np.cumsum(random.normal(0, 0.02, count)), 2)
    first = int(START.timestamp()) * 10**9
    return series.make(
        ts_start=first + np.arange(count) * 60 * 10**9,
        open=close,
        high=close + 0.05,
        low=close - 0.05,
        close=close,
        volume=random.integers(1, 900, count) * 100.0,
        trade_count=random.integers(1, 400, count),
        vwap=np.round(close + 0.0123, 4),
    )


def compare_writing(*, rows: int) -> Results:
    instrument = _instrument()
    given = columns(rows)
    contracts = series.to_bars(given, symbol=SYMBOL)

    def copy_columns() -> None:
        with transaction():
            bars.write_columns(
                instrument_id=instrument.id,
                kind=HistoryKind.MINUTE_BARS,
                bars=given,
                source="bench",
            )

    def bulk_create() -> None:
        with transaction():
            for start in range(0, rows, BATCH):  # else a million rows at once fill the memory
                MinuteBar.objects.bulk_create(
                    MinuteBar(
                        instrument_id=instrument.id,
                        ts_start=from_ns(bar.ts_start),
                        open=bar.open,
                        high=bar.high,
                        low=bar.low,
                        close=bar.close,
                        volume=bar.volume,
                        trade_count=bar.trade_count or 0,
                        vwap=bar.vwap or 0.0,
                        source="bench",
                    )
                    for bar in contracts[start : start + BATCH]
                )

    found = compare(
        {
            "COPY of columns (backfill)": copy_columns,
            "COPY of bars (live)": lambda: bars.write(bars=contracts, source="bench"),
            "bulk_create": bulk_create,
        },
        before=_empty_the_table,
    )
    for result in found.values():
        result["rows_per_second"] = round(rows / result["wall_ms"] * 1000)
    return found


def _instrument() -> Instrument:
    found = interface.find_instrument(symbol=SYMBOL)
    assert found is not None
    return found


def _empty_the_table() -> None:
    """Leave no dead rows behind, which would slow the next way down."""
    with connections["owner"].cursor() as owner:
        owner.execute("TRUNCATE marketdata_minutebar")


def compare_reading(*, rows: int) -> Results:
    _empty_the_table()
    instrument = _instrument()
    with transaction():
        bars.write_columns(
            instrument_id=instrument.id,
            kind=HistoryKind.MINUTE_BARS,
            bars=columns(rows),
            source="bench",
        )
    with connections["owner"].cursor() as owner:
        owner.execute("ANALYZE marketdata_minutebar")
    factory, view, user = RequestFactory(), Bars.as_view(), User(username="bench")
    end = START + timedelta(minutes=rows)

    def api() -> list[bytes]:
        pages: list[bytes] = []
        token: str | None = ""
        while token is not None:
            query = {"start": START.isoformat(), "end": end.isoformat(), "limit": str(PAGE)}
            request = factory.get("/", {**query, "page_token": token})
            force_authenticate(request, user=user)
            content = view(request, symbol=SYMBOL).content
            pages.append(content)
            token = json.loads(content[-120:].rpartition(b'"next_page_token":')[2][:-1])
        return pages

    class Serializer(serializers.ModelSerializer):  # type: ignore[type-arg]
        class Meta:
            model = MinuteBar
            fields = (
                "ts_start", "open", "high", "low", "close", "volume", "trade_count", "vwap",
            )  # fmt: skip

    def orm() -> bytes:
        found = MinuteBar.objects.filter(
            instrument_id=instrument.id, ts_start__gte=START, ts_start__lte=end
        ).order_by("ts_start")
        return JSONRenderer().render(Serializer(found, many=True).data)

    served = [bar for page in api() for bar in json.loads(page)["bars"]]
    expected = json.loads(orm())
    assert len(served) == len(expected) == rows
    assert [bar["c"] for bar in served] == [bar["close"] for bar in expected]
    return compare(
        {f"API, {-(-rows // PAGE)} pages": api, "ORM + DRF serializer": orm}, before=lambda: None
    )


def main() -> None:
    given = [int(rows) for rows in sys.argv[1:]]
    rows_read, rows_written = (*given, *(YEAR_ROWS, ROWS_WRITTEN)[len(given) :])
    json.dump(run(rows_read=rows_read, rows_written=rows_written), sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
