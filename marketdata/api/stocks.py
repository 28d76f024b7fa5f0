"""
Bars, trades, quotes and what is newest: of one symbol, or of several.

Each address comes in two forms. ``/v2/stocks/bars?symbols=A,B`` answers by symbol and leaves out
what is not known; ``/v2/stocks/{symbol}/bars`` answers for one.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import orjson
from django.http import HttpResponse
from rest_framework.request import Request

from marketdata import interface
from marketdata.api import errors, parameters, shapes
from marketdata.api.endpoint import ReadEndpoint
from marketdata.contracts import BarColumns, HistoricalTrade, PageOf, Quote
from trading.infra.lean import json_response
from trading.infra.parameters import Parameters, parameters as table
from trading.infra.wire import WireError
from trading.kernel import clock
from trading.kernel.errors import TradingError

_INDICATOR_BARS = 100
_INDICATOR_BARS_MAX = 10_000
_INDICATORS_MAX = 30
_INDICATOR_VALUES_MAX = 100_000  # indicators x bars
_SOURCE = ("feed", "currency")
_RANGE = ("start", "end", "limit", "asof", "page_token", "sort", *_SOURCE)
_SYMBOLS = ("symbols",)

Query = Mapping[str, str]
Answer = Mapping[str, Any]


class _Ranged(ReadEndpoint):
    """A range of something. ``name`` is its key in the answer."""

    name: str
    takes: ClassVar[Parameters] = table(*_RANGE, lists=_SYMBOLS)

    def get(self, request: Request, symbol: str | None = None) -> HttpResponse:  # noqa: ARG002
        query = self.query
        symbols = spelled(parameters.symbols_of(query) if symbol is None else (symbol,))
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
        response = json_response({**body, **parameters.currency_echo(query)})
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
    takes: ClassVar[Parameters] = table(
        *_RANGE, *("timeframe", "adjustment", "extended_hours", "wait"), lists=_SYMBOLS
    )

    def read(self, query: Query, wanted: parameters.Range) -> PageOf[BarColumns]:
        return interface.read_bars_page(
            symbols=wanted.symbols,
            timeframe=query.get("timeframe") or "1Min",
            adjustment=query.get("adjustment") or "raw",
            start=wanted.start,
            end=wanted.end,
            limit=wanted.limit,
            newest_first=wanted.newest_first,
            extended_hours=parameters.boolean_of(query, "extended_hours"),
            asof=parameters.asof_of(query),
            resume=wanted.resume,
            waits=parameters.boolean_of(query, "wait") is not False,
        )

    def shape(self, rows: BarColumns) -> orjson.Fragment:
        return shapes.bars(rows)


class Trades(_Ranged):
    """``GET .../trades?start=&end=&limit=&sort=&page_token=``."""

    name = "trades"

    def read(self, query: Query, wanted: parameters.Range) -> PageOf[list[HistoricalTrade]]:
        return interface.read_trades_page(
            symbols=wanted.symbols,
            asof=parameters.asof_of(query),
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
        return interface.read_quotes_page(
            symbols=wanted.symbols,
            asof=parameters.asof_of(query),
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
        del wanted
        parameters.asof_of(query)
        return PageOf(rows={}, next_place=None)


class _Latest(ReadEndpoint):
    """The newest of something. ``name`` is its key in the answer for one, with an s for several."""

    name: str
    takes: ClassVar[Parameters] = table(*_SOURCE, lists=_SYMBOLS)

    def get(self, request: Request, symbol: str | None = None) -> HttpResponse:  # noqa: ARG002
        query = self.query
        parameters.check_source(query)
        echo = parameters.currency_echo(query)
        if symbol is None:
            found = self.find(sorted(spelled(parameters.symbols_of(query))))
            return json_response({f"{self.name}s": found, **echo})
        (asked,) = spelled((symbol,))
        value = self.find((asked,)).get(asked)
        if value is None:
            raise none_found(self.name, asked)
        return json_response({"symbol": asked, self.name: value, **echo})

    def find(self, symbols: Sequence[str]) -> dict[str, Answer]:
        """Return what there is, by symbol, in the order of the symbols."""
        raise NotImplementedError


class LatestBar(_Latest):
    name = "bar"

    def find(self, symbols: Sequence[str]) -> dict[str, Answer]:
        found = interface.latest_bars(symbols=symbols, now=clock.utc_now())
        return {each: shapes.bar(found[each]) for each in symbols if each in found}


class LatestTrade(_Latest):
    name = "trade"

    def find(self, symbols: Sequence[str]) -> dict[str, Answer]:
        found = {each: interface.latest_trade(symbol=each) for each in symbols}
        return {each: shapes.trade(value) for each, value in found.items() if value is not None}


class LatestQuote(_Latest):
    name = "quote"

    def find(self, symbols: Sequence[str]) -> dict[str, Answer]:
        found = {each: interface.latest_quote(symbol=each) for each in symbols}
        return {each: shapes.quote(value) for each, value in found.items() if value is not None}


class Snapshots(ReadEndpoint):
    """``GET /v2/stocks/snapshots?symbols=``: by symbol, without a wrapper."""

    takes: ClassVar[Parameters] = table(*_SOURCE, lists=_SYMBOLS)

    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002
        parameters.check_source(self.query)
        symbols = sorted(spelled(parameters.symbols_of(self.query)))
        found = interface.find_snapshots(symbols=symbols, now=clock.utc_now())
        return json_response(
            {each: shapes.snapshot(found[each]) for each in symbols if each in found}
        )


class Snapshot(ReadEndpoint):
    """``GET /v2/stocks/{symbol}/snapshot``: its fields at the top, beside the symbol."""

    takes: ClassVar[Parameters] = table(*_SOURCE)

    def get(self, request: Request, symbol: str) -> HttpResponse:  # noqa: ARG002
        parameters.check_source(self.query)
        (asked,) = spelled((symbol,))
        found = interface.find_snapshots(symbols=(asked,), now=clock.utc_now()).get(asked)
        if found is None:
            raise none_found("snapshot", asked)
        return json_response({"symbol": asked, **shapes.snapshot(found)})


class Indicators(ReadEndpoint):
    """
    ``GET /v2/stocks/{symbol}/indicators?names=sma20,rsi14&timeframe=&limit=&end=&adjustment=``.

    Ours. ``adjustment`` is ``split`` unless it is said. Names times bars are bounded.
    """

    takes: ClassVar[Parameters] = table("timeframe", "limit", "end", "adjustment", lists=("names",))

    def get(self, request: Request, symbol: str) -> HttpResponse:  # noqa: ARG002
        query = self.query
        (asked,) = spelled((symbol,))
        names = [name for name in query.get("names", "").split(",") if name]
        if not names:
            raise parameters.invalid("names is required")
        if len(names) > _INDICATORS_MAX:
            raise parameters.invalid(
                f"invalid names: more than the allowed maximum of {_INDICATORS_MAX}"
            )
        timeframe = query.get("timeframe") or "1Min"
        limit = parameters.limit_of(query, default=_INDICATOR_BARS, maximum=_INDICATOR_BARS_MAX)
        if len(names) * limit > _INDICATOR_VALUES_MAX:
            raise parameters.invalid(
                f"invalid limit: {len(names)} names x {limit} bars is more than the allowed "
                f"maximum of {_INDICATOR_VALUES_MAX} values"
            )
        end = parameters.end_of(query, now=clock.utc_now())
        try:
            found = interface.read_indicators(
                symbol=asked,
                names=names,
                timeframe=timeframe,
                limit=limit,
                end=end,
                adjustment=query.get("adjustment") or "split",
            )
        except TradingError as error:
            raise errors.wire_error(error) from error
        if found is None:
            raise none_found("bar", asked)
        return json_response({"symbol": asked, "timeframe": timeframe, **shapes.indicators(found)})


def spelled(symbols: Sequence[str]) -> tuple[str, ...]:
    """Return what the symbols mean, each once; those that mean nothing as they are, in capitals."""
    meant = interface.spell(symbols=symbols)
    return tuple(dict.fromkeys(meant.get(symbol, symbol.upper()) for symbol in symbols))


def none_found(what: str, symbol: str) -> WireError:
    # The data API's errors carry no number.
    return WireError(f"no {what} found for {symbol.upper()}", status=404, number=None)
