"""Assets, clock, bars and newest values."""

from uuid import UUID

import orjson
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketdata import interface
from marketdata.api import parameters, shapes
from trading.infra.wire import WireError, not_found
from trading.kernel import clock
from trading.kernel.errors import TradingError


class Assets(APIView):
    """``GET /v2/assets?status=&asset_class=&exchange=``: sorted by exchange, then symbol."""

    def get(self, request: Request) -> Response:
        wanted = parameters.asset_filter(request.query_params)
        return Response(
            [
                shapes.asset(instrument)
                for instrument in sorted(
                    interface.list_instruments(), key=lambda found: (found.exchange, found.symbol)
                )
                if wanted.admits(instrument)
            ]
        )


class Asset(APIView):
    """``GET /v2/assets/{symbol or id}``."""

    def get(self, request: Request, symbol_or_id: str) -> Response:  # noqa: ARG002
        try:
            instrument = interface.find_instrument_by_id(instrument_id=UUID(symbol_or_id))
        except ValueError:
            instrument = interface.find_instrument(symbol=symbol_or_id.upper())
        if instrument is None:
            raise not_found(f"asset not found for {symbol_or_id}")
        return Response(shapes.asset(instrument))


class Clock(APIView):
    """``GET /v2/clock``: the session that the feed keeps, and which feed that is."""

    def get(self, request: Request) -> Response:  # noqa: ARG002
        now = clock.utc_now()
        return Response(shapes.clock(now=now, session=interface.get_session(now=now)))


class Bars(APIView):
    """``GET /v2/stocks/{symbol}/bars?timeframe=&start=&end=&limit=&sort=&page_token=``."""

    def get(self, request: Request, symbol: str) -> HttpResponse:
        symbol = symbol.upper()
        query = parameters.bar_query(request.query_params, symbol=symbol, now=clock.utc_now())
        known = interface.find_instrument(symbol=symbol) is not None
        # One more than asked: it says where the next page begins.
        try:
            found = interface.list_bars(
                symbol=symbol,
                start=query.start,
                end=query.end,
                limit=query.limit + 1,
                timeframe=query.timeframe,
                newest_first=query.newest_first,
            )
        except TradingError as error:
            # The one it anticipates is a timeframe that we do not build.
            raise WireError(error.message, status=400, number=None) from error
        page, rest = found[: query.limit], found[query.limit :]
        body = {
            "bars": [shapes.bar(bar) for bar in page] if known else None,
            "symbol": symbol,
            "next_page_token": parameters.page_token(rest[0]) if rest else None,
        }
        return HttpResponse(
            orjson.dumps(body, option=orjson.OPT_UTC_Z), content_type="application/json"
        )


class LatestQuote(APIView):
    """``GET /v2/stocks/{symbol}/quotes/latest``."""

    def get(self, request: Request, symbol: str) -> Response:  # noqa: ARG002
        quote = interface.latest_quote(symbol=symbol.upper())
        if quote is None:
            raise _none_found("quote", symbol)
        return Response({"symbol": quote.symbol, "quote": shapes.quote(quote)})


class LatestTrade(APIView):
    """``GET /v2/stocks/{symbol}/trades/latest``."""

    def get(self, request: Request, symbol: str) -> Response:  # noqa: ARG002
        trade = interface.latest_trade(symbol=symbol.upper())
        if trade is None:
            raise _none_found("trade", symbol)
        return Response({"symbol": trade.symbol, "trade": shapes.trade(trade)})


def _none_found(what: str, symbol: str) -> WireError:
    # The data API's errors carry no number.
    return WireError(f"no {what} found for {symbol.upper()}", status=404, number=None)
