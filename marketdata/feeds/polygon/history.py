"""The provider's past: bars, trades, quotes and corporate actions, raw and by page."""

import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote as quote_path, urlencode, urlsplit

import msgspec

from marketdata.contracts import (
    Bar,
    BarUnit,
    CorporateAction,
    HistoricalTrade,
    Listing,
    Quote,
    Timeframe,
)
from marketdata.feeds.polygon import reference
from marketdata.feeds.polygon.actions import dividends_of, splits_of, symbol_changes_of
from marketdata.feeds.polygon.config import PolygonConfig
from marketdata.feeds.polygon.refusals import judge
from marketdata.feeds.polygon.rows import (
    AggregateRow,
    DividendRow,
    Envelope,
    QuoteRow,
    SplitRow,
    TickerEventsEnvelope,
    TradeRow,
)
from marketdata.feeds.polygon.tables import conditions_of, exchange_of
from marketdata.feeds.polygon.translate import NS_PER_MS, SOURCE, trade_id_of
from marketdata.feeds.providers import BadPayload, InvalidRequest, Offer, Page
from marketdata.feeds.rest import RestClient, decode
from trading.kernel import clock
from trading.kernel.quantities import whole

_SPANS: dict[BarUnit, str] = {
    BarUnit.MINUTE: "minute",
    BarUnit.HOUR: "hour",
    BarUnit.DAY: "day",
    BarUnit.WEEK: "week",
    BarUnit.MONTH: "month",
}
# The most that one page may hold.
_MAX_ROWS = 50_000
_MAX_REFERENCE_ROWS = 1000

log = logging.getLogger(__name__)

Row = TypeVar("Row")

_aggregates = msgspec.json.Decoder(Envelope[AggregateRow])
_trades = msgspec.json.Decoder(Envelope[TradeRow])
_quotes = msgspec.json.Decoder(Envelope[QuoteRow])
_splits = msgspec.json.Decoder(Envelope[SplitRow])
_dividends = msgspec.json.Decoder(Envelope[DividendRow])
_ticker_events = msgspec.json.Decoder(TickerEventsEnvelope)


class PolygonHistory:
    """
    Bars hold eligible trades only; a minute without one has no bar.

    A page token is the path and query of the provider's ``next_url``. Its host is dropped and a key
    never kept, so that a token can send our key nowhere but to where it belongs.
    """

    name = SOURCE
    offers = frozenset(Offer)
    tells_older_names = True

    def __init__(self, *, config: PolygonConfig) -> None:
        self._unit = config.shares_per_quote_unit
        self._rest = RestClient(
            base_url=config.rest_url,
            headers={"Authorization": f"Bearer {config.key}"},
            judge=judge,
            requests_per_minute=config.requests_per_minute,
        )

    @property
    def rest(self) -> RestClient:
        """The line to the provider, for what else it knows."""
        return self._rest

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
        ts_first, ts_end = clock.to_ns(start), clock.to_ns(end)
        folder = f"/v2/aggs/ticker/{_in_path(symbol)}/range/"
        path = (
            f"{folder}{timeframe.count}/{_SPANS[timeframe.unit]}"
            f"/{ts_first // NS_PER_MS}/{(ts_end - 1) // NS_PER_MS}"
        )
        first = {"adjusted": "false", "sort": "asc", "limit": _MAX_ROWS}
        envelope = await self._page(_aggregates, folder, path, first, page_token)
        return Page(
            rows=[
                _bar(symbol, row)
                for row in envelope.results or ()
                if ts_first <= row.t * NS_PER_MS < ts_end
            ],
            next_token=_token_of(envelope.next_url),
        )

    async def read_trades(
        self,
        *,
        symbol: str,
        start: datetime,
        end: datetime,
        page_token: str | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Page[HistoricalTrade]:
        path = f"/v3/trades/{_in_path(symbol)}"
        first = _between(start, end, newest_first=newest_first, limit=limit)
        envelope = await self._page(_trades, path, path, first, page_token)
        ts_init = clock.now_ns()
        return Page(
            rows=[_trade(symbol, row, ts_init) for row in envelope.results or ()],
            next_token=_token_of(envelope.next_url),
        )

    async def read_quotes(
        self,
        *,
        symbol: str,
        start: datetime,
        end: datetime,
        page_token: str | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Page[Quote]:
        path = f"/v3/quotes/{_in_path(symbol)}"
        first = _between(start, end, newest_first=newest_first, limit=limit)
        envelope = await self._page(_quotes, path, path, first, page_token)
        ts_init = clock.now_ns()
        return Page(
            rows=[_quote(symbol, row, ts_init, self._unit) for row in envelope.results or ()],
            next_token=_token_of(envelope.next_url),
        )

    async def read_corporate_actions(
        self, *, symbol: str, start_date: date, end_date: date, page_token: str | None = None
    ) -> Page[CorporateAction]:
        """
        Return all actions from ``start_date`` until ``end_date``, which is not included.

        Three lists are read, a few rows each, and become one page.
        """
        del page_token  # there is only ever one page
        splits = await self._all(
            _splits,
            "/v3/reference/splits",
            _on_days(symbol, "execution_date", start_date, end_date),
        )
        dividends = await self._all(
            _dividends,
            "/v3/reference/dividends",
            _on_days(symbol, "ex_dividend_date", start_date, end_date),
        )
        changes = await self._symbol_changes(symbol)
        try:
            actions = [
                *splits_of(splits),
                *dividends_of(dividends),
                *(each for each in changes if start_date <= each.ex_date < end_date),
            ]
        except ValueError as error:
            raise BadPayload(f"a corporate action without a true date: {error}") from error
        return Page(rows=sorted(actions, key=lambda each: each.ex_date), next_token=None)

    async def read_listings(self, *, page_token: str | None = None) -> Page[Listing]:
        return await reference.read_listings(rest=self._rest, page_token=page_token)

    async def _symbol_changes(self, symbol: str) -> Sequence[CorporateAction]:
        path = f"/vX/reference/tickers/{_in_path(symbol)}/events"
        try:
            answer = await self._rest.get(path, {"types": "ticker_change"})
        except InvalidRequest as error:
            # The endpoint is experimental and knows no companies without events.
            log.info("Polygon.io has no ticker events of %s: %s", symbol, error.message)
            return ()
        envelope = decode(answer.body, _ticker_events)
        events = envelope.results.events if envelope.results is not None else None
        try:
            return symbol_changes_of(events or ())
        except ValueError as error:
            raise BadPayload(f"a ticker event without a true date: {error}") from error

    async def _all(
        self, decoder: msgspec.json.Decoder[Envelope[Row]], path: str, first: Mapping[str, Any]
    ) -> list[Row]:
        rows: list[Row] = []
        token: str | None = None
        while True:
            envelope = await self._page(decoder, path, path, first, token)
            rows.extend(envelope.results or ())
            if (token := _token_of(envelope.next_url)) is None:
                return rows

    async def _page(
        self,
        decoder: msgspec.json.Decoder[Envelope[Row]],
        folder: str,
        path: str,
        first: Mapping[str, Any],
        page_token: str | None,
    ) -> Envelope[Row]:
        """Read the first page of ``path``, or the one that the token names, within ``folder``."""
        if page_token is None:
            answer = await self._rest.get(path, first)
        else:
            wanted, _, query = page_token.partition("?")
            if not wanted.startswith(folder) or ".." in wanted:
                raise InvalidRequest("a page token of another request")
            answer = await self._rest.get(wanted, dict(parse_qsl(query)))
        return decode(answer.body, decoder)


def _token_of(next_url: str | None) -> str | None:
    if not next_url:
        return None
    try:
        parts = urlsplit(next_url)
    except ValueError as error:
        raise BadPayload(f"a next page without an address: {error}") from error
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name.lower() != "apikey"]
    return f"{parts.path}?{urlencode(kept)}"


def _in_path(symbol: str) -> str:
    return quote_path(symbol, safe="")


def _between(
    start: datetime, end: datetime, *, newest_first: bool, limit: int | None
) -> dict[str, str | int]:
    return {
        "timestamp.gte": clock.to_ns(start),
        "timestamp.lt": clock.to_ns(end),
        "order": "desc" if newest_first else "asc",
        "sort": "timestamp",
        "limit": min(limit or _MAX_ROWS, _MAX_ROWS),
    }


def _on_days(symbol: str, column: str, start_date: date, end_date: date) -> dict[str, str | int]:
    return {
        "ticker": symbol,
        f"{column}.gte": start_date.isoformat(),
        f"{column}.lt": end_date.isoformat(),
        "order": "asc",
        "sort": column,
        "limit": _MAX_REFERENCE_ROWS,
    }


def _bar(symbol: str, row: AggregateRow) -> Bar:
    return Bar(
        symbol=symbol,
        ts_start=row.t * NS_PER_MS,
        open=row.o,
        high=row.h,
        low=row.l,
        close=row.c,
        volume=row.v,
        trade_count=row.n,
        vwap=row.vw or None,
    )


def _trade(symbol: str, row: TradeRow, ts_init: int) -> HistoricalTrade:
    """Its ``correction`` is a number that is nowhere explained: what it says is not known."""
    return HistoricalTrade(
        symbol=symbol,
        px=row.price,
        size=whole(row.size),
        exchange=exchange_of(row.exchange),
        conditions=conditions_of(row.conditions or ()),
        trade_id=trade_id_of(row.id, row.sequence_number),
        ts_event=row.sip_timestamp,
        ts_init=ts_init,
        source=SOURCE,
    )


def _quote(symbol: str, row: QuoteRow, ts_init: int, unit: int) -> Quote:
    return Quote(
        symbol=symbol,
        bid_px=row.bid_price,
        bid_size=int(row.bid_size * unit),
        ask_px=row.ask_price,
        ask_size=int(row.ask_size * unit),
        bid_exchange=exchange_of(row.bid_exchange),
        ask_exchange=exchange_of(row.ask_exchange),
        ts_event=row.sip_timestamp,
        ts_init=ts_init,
        source=SOURCE,
    )
