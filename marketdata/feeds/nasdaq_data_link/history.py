"""The provider's past: raw daily bars, splits and dividends, from a table or from series."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import msgspec

from marketdata.contracts import Bar, BarUnit, CorporateAction, Timeframe
from marketdata.feeds.nasdaq_data_link.config import (
    SOURCE,
    NasdaqDataLinkConfig,
    symbol_of,
    ticker_of,
)
from marketdata.feeds.nasdaq_data_link.export import export_rows
from marketdata.feeds.nasdaq_data_link.refusals import judge
from marketdata.feeds.nasdaq_data_link.rows import Cell, RowReader
from marketdata.feeds.nasdaq_data_link.wire import SeriesAnswer, TableAnswer
from marketdata.feeds.no_ticks import NoTicks
from marketdata.feeds.providers import InvalidRequest, NotEntitled, Offer, Page
from marketdata.feeds.rest import RestClient, decode
from trading.kernel import clock

_MAX_ROWS = 10_000
_DAILY = Timeframe(count=1, unit=BarUnit.DAY)
_TICK = timedelta(microseconds=1)
_ONE_DAY = timedelta(days=1)
_API = "/api/v3"

_tables = msgspec.json.Decoder(TableAnswer)
_series = msgspec.json.Decoder(SeriesAnswer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """Part of an export, in the table's order."""

    bars: Sequence[Bar]
    actions: Sequence[CorporateAction]


class NasdaqDataLinkHistory(NoTicks):
    """
    Days of one dataset. Trades are not counted and average prices not told: those are 0.

    A page token is the provider's cursor. An answer without rows means that there are none.
    """

    name = SOURCE

    def __init__(self, *, config: NasdaqDataLinkConfig) -> None:
        self._dataset = config.dataset
        self._poll_s = config.poll_s
        columns = config.dataset.columns
        has_actions = bool(columns.dividend or columns.split)
        self.offers = frozenset(
            {Offer.DAILY_BARS, *([Offer.CORPORATE_ACTIONS] if has_actions else [])}
        )
        self._rest = RestClient(
            base_url=config.url, headers={"X-Api-Token": config.key}, judge=judge
        )

    async def close(self) -> None:
        await self._rest.close()

    async def read_bars(
        self,
        *,
        symbol: str,
        timeframe: Timeframe,
        start: datetime,
        end: datetime,
        page_token: str | None = None,
    ) -> Page[Bar]:
        if timeframe != _DAILY:
            raise NotEntitled(f"Nasdaq Data Link has no bars of {timeframe}, only of 1Day")
        if end <= start:
            return Page(rows=(), next_token=None)
        reader, page = await self._read(
            symbol, clock.new_york_date(start), clock.new_york_date(end - _TICK), page_token
        )
        ts_first, ts_end = clock.to_ns(start), clock.to_ns(end)
        bars = [bar for row in page.rows if (bar := reader.bar(symbol, row)) is not None]
        kept = [bar for bar in bars if ts_first <= bar.ts_start < ts_end]
        return Page(rows=sorted(kept, key=lambda bar: bar.ts_start), next_token=page.next_token)

    async def read_corporate_actions(
        self, *, symbol: str, start_date: date, end_date: date, page_token: str | None = None
    ) -> Page[CorporateAction]:
        """Return splits and cash dividends until ``end_date``, which is not included."""
        if Offer.CORPORATE_ACTIONS not in self.offers:
            raise NotEntitled(f"{self._dataset.code} has neither dividends nor splits")
        if end_date <= start_date:
            return Page(rows=(), next_token=None)
        reader, page = await self._read(symbol, start_date, end_date - _ONE_DAY, page_token)
        actions = [action for row in page.rows for action in reader.actions(symbol, row)]
        return Page(
            rows=sorted(actions, key=lambda action: action.ex_date), next_token=page.next_token
        )

    async def export(
        self, *, symbols: Sequence[str] = (), start_date: date, end_date: date
    ) -> AsyncIterator[Exported]:
        """
        Yield everything until ``end_date``, which is not included, in the table's order.

        The provider makes a file for this, which may take minutes; then it comes faster than any
        number of pages. No ``symbols`` means all.

        :raises NotEntitled: if the dataset is no table
        :raises ProviderError: as every call does
        """
        if not self._dataset.is_table:
            raise NotEntitled(f"{self._dataset.code} is no table: it cannot be exported")
        params = self._filters(start_date, end_date - _ONE_DAY)
        if symbols:
            params[self._dataset.columns.symbol] = ",".join(map(ticker_of, symbols))
        reader: RowReader | None = None
        async for rows in export_rows(
            rest=self._rest, path=self._table_path(), params=params, poll_s=self._poll_s
        ):
            if reader is None:
                reader = RowReader(columns=self._dataset.columns, names=rows.pop(0))
            named = [(symbol_of(reader.ticker(row)), row) for row in rows]
            yield Exported(
                bars=[bar for name, row in named if (bar := reader.bar(name, row)) is not None],
                actions=[each for name, row in named for each in reader.actions(name, row)],
            )

    async def _read(
        self, symbol: str, first: date, last: date, page_token: str | None
    ) -> tuple[RowReader, Page[list[Cell]]]:
        if self._dataset.is_table:
            return await self._read_table(symbol, first, last, page_token)
        return await self._read_series(symbol, first, last)

    async def _read_table(
        self, symbol: str, first: date, last: date, page_token: str | None
    ) -> tuple[RowReader, Page[list[Cell]]]:
        params: dict[str, str | int] = {
            **self._filters(first, last),
            self._dataset.columns.symbol: ticker_of(symbol),
            "qopts.per_page": _MAX_ROWS,
        }
        if page_token is not None:
            params["qopts.cursor_id"] = page_token
        answer = await self._rest.get(self._table_path(), params)
        body = decode(answer.body, _tables)
        names = [column.name for column in body.datatable.columns]
        return (
            RowReader(columns=self._dataset.columns, names=names),
            Page(rows=body.datatable.data, next_token=body.meta.next_cursor_id),
        )

    async def _read_series(
        self, symbol: str, first: date, last: date
    ) -> tuple[RowReader, Page[list[Cell]]]:
        ticker = ticker_of(symbol)
        if not ticker.replace("_", "").isalnum():
            raise InvalidRequest(f"not a symbol that can be in an address: {symbol!r}")
        answer = await self._rest.get(
            f"{_API}/datasets/{self._dataset.code}/{ticker}/data.json",
            {
                "start_date": first.isoformat(),
                "end_date": last.isoformat(),
                "order": "asc",
            },
        )
        body = decode(answer.body, _series).dataset_data
        return (
            RowReader(columns=self._dataset.columns, names=body.column_names),
            Page(rows=body.data, next_token=None),
        )

    def _table_path(self) -> str:
        return f"{_API}/datatables/{self._dataset.code}.json"

    def _filters(self, first: date, last: date) -> dict[str, str]:
        day = self._dataset.columns.date
        return {f"{day}.gte": first.isoformat(), f"{day}.lte": last.isoformat()}
