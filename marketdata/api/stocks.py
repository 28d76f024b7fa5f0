"""
Bars, trades, quotes and what is newest: of one symbol, or of several.

Each address comes in two forms. ``/v2/stocks/bars?symbols=A,B`` answers by symbol and leaves out
what is not known; ``/v2/stocks/{symbol}/bars`` answers for one.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from marketdata import interface
from marketdata.api import errors, parameters, shapes
from marketdata.contracts import BarColumns, HistoricalTrade, PageOf, Quote
from trading.infra.wire import WireError
from trading.kernel import clock
from trading.kernel.errors import TradingError

_BOOLEANS = {"": None, "true": True, "false": False}
_INDICATOR_BARS = 100
_INDICATOR_BARS_MAX = 10_000
_INDICATORS_MAX = 30

Query = Mapping[str, str]
Answer = Mapping[str, Any]


def answer(body: object) -> HttpResponse:
    return HttpResponse(orjson.dumps(body), content_type="application/json")


class _Ranged(APIView):
    """A range of something. ``name`` is its key in the answer."""

    name: str

    def get(self, request: Request, symbol: str | None = None) -> HttpResponse:
        query = request.query_params
        symbols = parameters.symbols_of(query) if symbol is None else (symbol.upper(),)
        wanted = parameters.range_of(query, symbols=symbols, now=clock.utc_now())
        try:
            page = self.read(query, wanted)
        except TradingError as error:
            raise errors.wire_error(error) from error
        rows = {each: self.shape(found) for each, found in page.rows.items()}
        token = parameters.page_token(page.next_place)
        if symbol is None:
            body: Answer = {self.name: rows, "next_page_token": token}
        else:
            (asked,) = symbols
            is_known = interface.find_instrument(symbol=asked) is not None
            found = rows.get(asked, [] if is_known else None)
            body = {self.name: found, "symbol": asked, "next_page_token": token}
        response = answer({**body, **parameters.currency_echo(query)})
        if page.is_partial:
            response["X-History-Pending"] = "true"
        return response

    def read(self, query: Query, wanted: parameters.Range) -> PageOf[Any]:
        raise NotImplementedError

    def shape(self, rows: Any) -> Any:  # noqa: ANN401 - a symbol's rows, of whatever kind
        """Return one symbol's rows as the wire has them."""
        raise NotImplementedError


class Bars(_Ranged):
    """
    ``GET .../bars?timeframe=&start=&end=&limit=&adjustment=&sort=&asof=&page_token=``.

    With ``wait=false``, which is ours, it answers with what is held; the header X-History-Pending
    says that more is being fetched.
    """

    name = "bars"

    def read(self, query: Query, wanted: parameters.Range) -> PageOf[BarColumns]:
        return interface.read_bars_page(
            symbols=wanted.symbols,
            timeframe=query.get("timeframe") or "1Min",
            adjustment=query.get("adjustment") or "raw",
            start=wanted.start,
            end=wanted.end,
            limit=wanted.limit,
            newest_first=wanted.newest_first,
            extended_hours=_boolean(query, "extended_hours"),
            asof=parameters.asof_of(query),
            resume=wanted.resume,
            waits=_boolean(query, "wait") is not False,
        )

    def shape(self, rows: BarColumns) -> orjson.Fragment:
        return shapes.bars(rows)


class Trades(_Ranged):
    """``GET .../trades?start=&end=&limit=&sort=&page_token=``."""

    name = "trades"

    def read(self, query: Query, wanted: parameters.Range) -> PageOf[list[HistoricalTrade]]:
        del query
        return interface.read_trades_page(
            symbols=wanted.symbols,
            start=wanted.start,
            end=wanted.end,
            limit=wanted.limit,
            newest_first=wanted.newest_first,
            resume=wanted.resume,
        )

    def shape(self, rows: list[HistoricalTrade]) -> list[Any]:
        return list(map(shapes.historical_trade, rows))


class Quotes(_Ranged):
    """``GET .../quotes?start=&end=&limit=&sort=&page_token=``."""

    name = "quotes"

    def read(self, query: Query, wanted: parameters.Range) -> PageOf[list[Quote]]:
        del query
        return interface.read_quotes_page(
            symbols=wanted.symbols,
            start=wanted.start,
            end=wanted.end,
            limit=wanted.limit,
            newest_first=wanted.newest_first,
            resume=wanted.resume,
        )

    def shape(self, rows: list[Quote]) -> list[Any]:
        return list(map(shapes.quote, rows))


class Auctions(_Ranged):
    """``GET .../auctions``: no source of ours tells of opening and closing auctions."""

    name = "auctions"

    def read(self, query: Query, wanted: parameters.Range) -> PageOf[Any]:
        del query, wanted
        return PageOf(rows={}, next_place=None)


class _Latest(APIView):
    """The newest of something. ``name`` is its key in the answer for one, with an s for several."""

    name: str

    def get(self, request: Request, symbol: str | None = None) -> HttpResponse:
        query = request.query_params
        parameters.check_source(query)
        echo = parameters.currency_echo(query)
        if symbol is None:
            symbols = sorted(parameters.symbols_of(query))
            found = {each: value for each in symbols if (value := self.find(each)) is not None}
            return answer({f"{self.name}s": found, **echo})
        value = self.find(symbol.upper())
        if value is None:
            raise none_found(self.name, symbol)
        return answer({"symbol": symbol.upper(), self.name: value, **echo})

    def find(self, symbol: str) -> Answer | None:
        raise NotImplementedError


class LatestBar(_Latest):
    name = "bar"

    def find(self, symbol: str) -> Answer | None:
        return _shaped(shapes.bar, interface.latest_bar(symbol=symbol, now=clock.utc_now()))


class LatestTrade(_Latest):
    name = "trade"

    def find(self, symbol: str) -> Answer | None:
        return _shaped(shapes.trade, interface.latest_trade(symbol=symbol))


class LatestQuote(_Latest):
    name = "quote"

    def find(self, symbol: str) -> Answer | None:
        return _shaped(shapes.quote, interface.latest_quote(symbol=symbol))


class Snapshots(APIView):
    """``GET /v2/stocks/snapshots?symbols=``: by symbol, without a wrapper."""

    def get(self, request: Request) -> HttpResponse:
        parameters.check_source(request.query_params)
        symbols, now = sorted(parameters.symbols_of(request.query_params)), clock.utc_now()
        found = {symbol: interface.find_snapshot(symbol=symbol, now=now) for symbol in symbols}
        return answer(
            {symbol: shapes.snapshot(each) for symbol, each in found.items() if each is not None}
        )


class Snapshot(APIView):
    """``GET /v2/stocks/{symbol}/snapshot``: its fields at the top, beside the symbol."""

    def get(self, request: Request, symbol: str) -> HttpResponse:
        parameters.check_source(request.query_params)
        found = interface.find_snapshot(symbol=symbol.upper(), now=clock.utc_now())
        if found is None:
            raise none_found("snapshot", symbol)
        return answer({"symbol": symbol.upper(), **shapes.snapshot(found)})


class Indicators(APIView):
    """
    ``GET /v2/stocks/{symbol}/indicators?names=sma20,rsi14&timeframe=&limit=&end=&adjustment=``.

    Ours. ``adjustment`` is ``split`` unless it is said.
    """

    def get(self, request: Request, symbol: str) -> HttpResponse:
        query = request.query_params
        names = [name for name in query.get("names", "").split(",") if name]
        if not names:
            raise parameters.invalid("names is required")
        if len(names) > _INDICATORS_MAX:
            raise parameters.invalid(
                f"invalid names: more than the allowed maximum of {_INDICATORS_MAX}"
            )
        timeframe = query.get("timeframe") or "1Min"
        limit = parameters.limit_of(query, default=_INDICATOR_BARS, maximum=_INDICATOR_BARS_MAX)
        end = parameters.end_of(query, now=clock.utc_now())
        try:
            found = interface.read_indicators(
                symbol=symbol.upper(),
                names=names,
                timeframe=timeframe,
                limit=limit,
                end=end,
                adjustment=query.get("adjustment") or "split",
            )
        except TradingError as error:
            raise errors.wire_error(error) from error
        if found is None:
            raise none_found("bar", symbol)
        return answer(
            {"symbol": symbol.upper(), "timeframe": timeframe, **shapes.indicators(found)}
        )


def _boolean(query: Query, name: str) -> bool | None:
    text = query.get(name, "").lower()
    if text not in _BOOLEANS:
        raise parameters.invalid(f"invalid {name}: {text}")
    return _BOOLEANS[text]


def none_found(what: str, symbol: str) -> WireError:
    # The data API's errors carry no number.
    return WireError(f"no {what} found for {symbol.upper()}", status=404, number=None)


def _shaped(shape: Callable[[Any], Answer], found: object) -> Answer | None:
    return None if found is None else shape(found)
