"""Nasdaq Data Link on this machine: tables with cursors, series, exports, errors with codes."""

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import date

from marketdata.contracts import Bar, CorporateActionKind
from tests.marketdata.providers.loopback import LoopbackServer, RestReply, RestRequest, page_of
from trading.kernel import clock

KEY = "right-key"
NAMES = ["ticker", "date", "open", "high", "low", "close", "volume", "ex-dividend", "split_ratio"]
TYPES = ["String", "Date", *["BigDecimal(34,12)"] * 4, "BigDecimal(37,15)", "double", "double"]
SERIES_NAMES = ["Date", "Open", "High", "Low", "Close", "Volume", "Ex-Dividend", "Split Ratio"]

Row = list[object]


class NasdaqServer(LoopbackServer):
    """
    The table WIKI/PRICES and the database WIKI.

    An export is ``regenerating`` for ``looks_until_fresh`` questions, then fresh; ``export`` takes
    the place of its file.
    """

    def __init__(self) -> None:
        super().__init__()
        self.looks_until_fresh = 2
        self.export: bytes | None = None
        self._looks = 0

    def respond(self, request: RestRequest) -> RestReply:
        if request.path == "/bulk/WIKI_PRICES.zip":
            assert "x-api-token" not in request.headers, "the key is not for the file's host"
            return RestReply(body=self.export or zipped(self.rows()))
        if request.headers.get("x-api-token") != KEY:
            return error_of(
                400,
                "QEAx01",
                "We could not recognize your API key. Please check your API key and try again.",
            )
        assert "api_key" not in request.query, "a key in an address ends up in logs"
        # JSON is what comes without an ending, too.
        match request.path.removesuffix(".json").split("/")[3:]:
            case ["datatables", "WIKI", "PRICES"] if "qopts.export" in request.query:
                return self._export()
            case ["datatables", "WIKI", "PRICES"]:
                return self._table(request)
            case ["datasets", "WIKI", ticker, "data"]:
                return self._series(ticker, request)
        return error_of(404, "QECx02", "You have submitted an incorrect Quandl code.")

    def rate_limited(self, *, retry_after_s: float) -> RestReply:
        del retry_after_s  # the provider does not say
        reply = error_of(429, "QELx02", "You have exceeded the API speed limit.")
        headers = {**reply.headers, "x-ratelimit-limit": "300", "x-ratelimit-remaining": "12"}
        return RestReply(status=429, headers=headers, body=reply.body)

    def rows(self) -> list[Row]:
        """Return the whole table, symbol by symbol."""
        rows = []
        for symbol, bars in self.daily_bars.items():
            for bar in bars:
                day = clock.new_york_date(clock.from_ns(bar.ts_start))
                rows.append([symbol.replace(".", "_"), *_cells(bar, day), *self._acts(symbol, day)])
        return rows

    def _acts(self, symbol: str, day: date) -> tuple[float, float]:
        dividend, ratio = 0.0, 1.0
        for action in self.actions:
            if (action.symbol, action.ex_date) == (symbol, day):
                if action.kind is CorporateActionKind.SPLIT:
                    ratio = action.new_rate or 1.0
                else:
                    dividend = action.rate or 0.0
        return dividend, ratio

    def _table(self, request: RestRequest) -> RestReply:
        query = request.query
        rows = [
            row
            for row in self.rows()
            if row[0] in query["ticker"].split(",")
            and query["date.gte"] <= str(row[1]) <= query["date.lte"]
        ]
        page, cursor = page_of(rows, token=query.get("qopts.cursor_id"), size=self.page_size)
        columns = [{"name": name, "type": kind} for name, kind in zip(NAMES, TYPES, strict=True)]
        return RestReply.of(
            {
                "datatable": {"data": page, "columns": columns},
                "meta": {"next_cursor_id": cursor},
            }
        )

    def _series(self, ticker: str, request: RestRequest) -> RestReply:
        query = request.query
        rows = [
            row[1:]
            for row in self.rows()
            if row[0] == ticker and query["start_date"] <= str(row[1]) <= query["end_date"]
        ]
        if query.get("order") != "asc":
            rows.reverse()  # newest first unless asked otherwise
        return RestReply.of(
            {
                "dataset_data": {
                    "limit": None,
                    "column_names": SERIES_NAMES,
                    "start_date": query["start_date"],
                    "end_date": query["end_date"],
                    "frequency": "daily",
                    "data": rows,
                }
            }
        )

    def _export(self) -> RestReply:
        self._looks += 1
        is_fresh = self._looks > self.looks_until_fresh
        file = {
            "link": f"{self.rest_url}/bulk/WIKI_PRICES.zip" if is_fresh else None,
            "status": "fresh" if is_fresh else "regenerating",
            "data_snapshot_time": "2018-03-27 22:02:11 UTC",
        }
        return RestReply.of(
            {
                "datatable_bulk_download": {
                    "file": file,
                    "datatable": {"last_refreshed_time": "2018-03-27 22:02:11 UTC"},
                }
            }
        )


def _cells(bar: Bar, day: date) -> list[object]:
    return [day.isoformat(), bar.open, bar.high, bar.low, bar.close, bar.volume]


def zipped(rows: Sequence[Row], *, names: Sequence[str] = NAMES) -> bytes:
    """Return a zip with one table in it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows(rows)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("WIKI_PRICES_212b326a081eacca455e13140d7bb9db.csv", text.getvalue())
    return packed.getvalue()


def error_of(status: int, code: str, message: str) -> RestReply:
    return RestReply(
        status=status,
        headers={"Content-Type": "application/json; charset=utf-8"},
        body=json.dumps({"quandl_error": {"code": code, "message": message}}).encode(),
    )
