"""Alpaca's history: bars, trades, quotes, newest values and corporate actions."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVar
from urllib.parse import quote as quote_path

import msgspec
from msgspec.structs import asdict

from marketdata.contracts import (
    Bar,
    BarUnit,
    CorporateAction,
    HistoricalTrade,
    LastKnown,
    Listing,
    Quote,
    Timeframe,
    Trade,
    TradeUpdate,
)
from marketdata.feeds.alpaca import pages
from marketdata.feeds.alpaca.actions import KINDS, actions_of
from marketdata.feeds.alpaca.config import AlpacaConfig
from marketdata.feeds.alpaca.listings import AlpacaListings
from marketdata.feeds.alpaca.refusals import RATE_LIMIT_S, judge, reset_s
from marketdata.feeds.alpaca.translate import SOURCE, conditions_of
from marketdata.feeds.moments import ns_of_text
from marketdata.feeds.print_ids import number_of
from marketdata.feeds.providers import BadPayload, NotEntitled, Offer, Page
from marketdata.feeds.rest import Params, RestClient, decode
from trading.kernel import clock
from trading.kernel.quantities import whole

_OFFERS: Final = frozenset(Offer)
_PAGE_ROWS = 10_000  # the most that a page may hold
_ACTIONS_ROWS = 1_000
_SYMBOLS_AT_ONCE = 200  # a request's address has a length
_MICROSECOND = timedelta(microseconds=1)
# Actions are listed by the day they are processed, which may be weeks after the ex-date.
_PROCESSED_WITHIN = timedelta(days=120)
_UPDATES = {str(update): update for update in TradeUpdate}

Decoded = TypeVar("Decoded")

_BARS = msgspec.json.Decoder(pages.BarPage)
_BARS_OF_MANY = msgspec.json.Decoder(pages.BarsOfMany)
_TRADES = msgspec.json.Decoder(pages.TradePage)
_QUOTES = msgspec.json.Decoder(pages.QuotePage)
_LATEST_TRADES = msgspec.json.Decoder(pages.LatestTrades)
_LATEST_QUOTES = msgspec.json.Decoder(pages.LatestQuotes)
_SNAPSHOTS = msgspec.json.Decoder(dict[str, pages.Snapshot | None])
_ACTIONS = msgspec.json.Decoder(pages.ActionsPage)


class AlpacaHistory:
    """
    Prices are raw, symbols are those that traded at the time: a renamed one is asked by each name.

    Keeps within the plan's rate limit by the headers of each answer.
    """

    name = SOURCE
    offers = _OFFERS
    symbols_per_request = _SYMBOLS_AT_ONCE

    def __init__(self, *, config: AlpacaConfig) -> None:
        self._feed = config.history_feed
        self._free_at_s = 0.0  # when the rate limit allows the next request, epoch seconds
        self._rest = RestClient(base_url=config.data_url, headers=config.headers, judge=judge)
        self._listings = AlpacaListings(config=config)

    async def read_bars(
        self,
        *,
        symbol: str,
        timeframe: Timeframe,
        start: datetime,
        end: datetime,
        page_token: str | None = None,
    ) -> Page[Bar]:
        """:raises NotEntitled: if Alpaca has no bars of this length"""
        return await self._read_bars(symbol, timeframe, self._range(start, end, page_token))

    async def read_bars_as_named_today(
        self,
        *,
        symbol: str,
        timeframe: Timeframe,
        start: datetime,
        end: datetime,
        page_token: str | None = None,
    ) -> Page[Bar]:
        """:raises NotEntitled: if Alpaca has no bars of this length"""
        params = self._range(start, end, page_token)
        del params["asof"]  # then it is today, and Alpaca looks up the older names
        return await self._read_bars(symbol, timeframe, params)

    async def _read_bars(
        self, symbol: str, timeframe: Timeframe, params: dict[str, str | int]
    ) -> Page[Bar]:
        if not _has_bars_of(timeframe):
            raise NotEntitled(f"Alpaca has no bars of {timeframe}")
        params |= {"timeframe": str(timeframe), "adjustment": "raw"}
        page = await self._get(f"{_in_path(symbol)}/bars", params, _BARS)
        bars = [_bar(symbol, row) for row in page.bars or ()]
        return Page(rows=bars, next_token=page.next_page_token)

    async def read_minute_bars(
        self,
        *,
        symbols: Sequence[str],
        start: datetime,
        end: datetime,
        page_token: str | None = None,
    ) -> Page[Bar]:
        params = self._range(start, end, page_token)
        params |= {"symbols": ",".join(symbols), "timeframe": "1Min", "adjustment": "raw"}
        page = await self._get("/v2/stocks/bars", params, _BARS_OF_MANY)
        found = page.bars or {}
        bars = [_bar(symbol, row) for symbol, rows in found.items() for row in rows]
        return Page(rows=bars, next_token=page.next_page_token)

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
        """Trades that the tape took back later are among them, and say so."""
        params = self._range(start, end, page_token, newest_first=newest_first, limit=limit)
        page = await self._get(f"{_in_path(symbol)}/trades", params, _TRADES)
        trades = [_historical(symbol, row) for row in page.trades or ()]
        return Page(rows=trades, next_token=page.next_page_token)

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
        params = self._range(start, end, page_token, newest_first=newest_first, limit=limit)
        page = await self._get(f"{_in_path(symbol)}/quotes", params, _QUOTES)
        quotes = [_quote(symbol, row) for row in page.quotes or ()]
        return Page(rows=quotes, next_token=page.next_page_token)

    async def read_corporate_actions(
        self, *, symbol: str, start_date: date, end_date: date, page_token: str | None = None
    ) -> Page[CorporateAction]:
        params: dict[str, str | int] = {
            "symbols": symbol,
            "types": ",".join(KINDS),
            "start": start_date.isoformat(),
            "end": (end_date + _PROCESSED_WITHIN).isoformat(),
            "limit": _ACTIONS_ROWS,
            "sort": "asc",
        }
        if page_token is not None:
            params["page_token"] = page_token
        page = await self._get("/v1/corporate-actions", params, _ACTIONS)
        actions = [
            action
            for action in actions_of(page.corporate_actions)
            if start_date <= action.ex_date < end_date
        ]
        return Page(
            rows=sorted(actions, key=lambda action: action.ex_date),
            next_token=page.next_page_token,
        )

    async def read_newest(self, symbols: Sequence[str]) -> Sequence[LastKnown]:
        """Return the newest quote and trade of each symbol that has one."""
        trades: dict[str, Trade] = {}
        quotes: dict[str, Quote] = {}
        for params in self._by_symbols(symbols):
            traded = await self._get("/v2/stocks/trades/latest", params, _LATEST_TRADES)
            trades |= {symbol: _trade(symbol, row) for symbol, row in traded.trades.items()}
            quoted = await self._get("/v2/stocks/quotes/latest", params, _LATEST_QUOTES)
            quotes |= {symbol: _quote(symbol, row) for symbol, row in quoted.quotes.items()}
        return [
            LastKnown(
                symbol=symbol, quote=quotes.get(symbol), trade=trades.get(symbol), source=SOURCE
            )
            for symbol in sorted(trades.keys() | quotes.keys())
        ]

    async def read_previous_closes(self, symbols: Sequence[str]) -> Mapping[str, float]:
        """Return the close of the last day before today, in New York, of each symbol."""
        today = clock.new_york_date(clock.utc_now())
        closes: dict[str, float] = {}
        for params in self._by_symbols(symbols):
            snapshots = await self._get("/v2/stocks/snapshots", params, _SNAPSHOTS)
            for symbol, snapshot in snapshots.items():
                # Before the open the newest daily bar is yesterday's.
                days = () if snapshot is None else (snapshot.daily_bar, snapshot.prev_daily_bar)
                for day in days:
                    if day is not None and _date_of(day) < today:
                        closes[symbol] = day.c
                        break
        return closes

    async def read_listings(self, *, page_token: str | None = None) -> Page[Listing]:
        del page_token  # there is only ever one page
        return await self._listings.read()

    async def close(self) -> None:
        await self._rest.close()
        await self._listings.close()

    def _range(
        self,
        start: datetime,
        end: datetime,
        page_token: str | None,
        *,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> dict[str, str | int]:
        params: dict[str, str | int] = {
            "start": _rfc3339(start) + "Z",
            # Ranges end before ``end``; theirs include it, and go down to the nanosecond.
            "end": _rfc3339(end - _MICROSECOND) + "999Z",
            "limit": min(limit or _PAGE_ROWS, _PAGE_ROWS),
            "feed": self._feed,
            "sort": "desc" if newest_first else "asc",
            "asof": "-",  # whatever traded under this symbol then, not who has it now
        }
        if page_token is not None:
            params["page_token"] = page_token
        return params

    def _by_symbols(self, symbols: Sequence[str]) -> list[Params]:
        return [
            {"symbols": ",".join(symbols[first : first + _SYMBOLS_AT_ONCE]), "feed": self._feed}
            for first in range(0, len(symbols), _SYMBOLS_AT_ONCE)
        ]

    async def _get(
        self, path: str, params: Params, decoder: msgspec.json.Decoder[Decoded]
    ) -> Decoded:
        await self._wait_for_the_limit()
        answer = await self._rest.get(path, params)
        if answer.headers.get("x-ratelimit-remaining") == "0":
            self._free_at_s = reset_s(answer)
        return decode(answer.body, decoder)

    async def _wait_for_the_limit(self) -> None:
        wait_s = self._free_at_s - clock.utc_now().timestamp()
        if wait_s > 0:
            await asyncio.sleep(min(wait_s, RATE_LIMIT_S))


def _has_bars_of(timeframe: Timeframe) -> bool:
    most = {BarUnit.MINUTE: 59, BarUnit.HOUR: 23, BarUnit.DAY: 1, BarUnit.WEEK: 1}
    if timeframe.unit is BarUnit.MONTH:
        return timeframe.count in {1, 2, 3, 4, 6, 12}
    return 1 <= timeframe.count <= most[timeframe.unit]


def _in_path(symbol: str) -> str:
    return f"/v2/stocks/{quote_path(symbol, safe='')}"


def _rfc3339(at: datetime) -> str:
    """Return the moment down to the microsecond, without the letter for UTC."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00")


def _ns(moment: str) -> int:
    try:
        return ns_of_text(moment)
    except (ValueError, OverflowError) as error:
        raise BadPayload(f"not a moment: {error}") from error


def _date_of(row: pages.BarRow) -> date:
    return clock.new_york_date(clock.from_ns(_ns(row.t)))


def _bar(symbol: str, row: pages.BarRow) -> Bar:
    return Bar(
        symbol=symbol,
        ts_start=_ns(row.t),
        open=row.o,
        high=row.h,
        low=row.l,
        close=row.c,
        volume=row.v,
        trade_count=row.n,
        vwap=row.vw or None,
    )


def _trade(symbol: str, row: pages.TradeRow) -> Trade:
    return Trade(
        symbol=symbol,
        px=row.p,
        size=whole(row.s),
        exchange=row.x,
        conditions=conditions_of(tuple(row.c or ()), row.z),
        trade_id=number_of(row.i),
        ts_event=_ns(row.t),
        ts_init=clock.now_ns(),
        source=SOURCE,
    )


def _historical(symbol: str, row: pages.TradeRow) -> HistoricalTrade:
    return HistoricalTrade(**asdict(_trade(symbol, row)), update=_UPDATES.get(row.u))


def _quote(symbol: str, row: pages.QuoteRow) -> Quote:
    return Quote(
        symbol=symbol,
        bid_px=row.bp,
        bid_size=int(row.bs),
        ask_px=row.ap,
        ask_size=int(row.as_),
        bid_exchange=row.bx,
        ask_exchange=row.ax,
        ts_event=_ns(row.t),
        ts_init=clock.now_ns(),
        source=SOURCE,
    )
