"""Assets and the clock."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketdata import interface
from marketdata.api import parameters, shapes
from marketdata.api.stocks import answer
from trading.infra.wire import not_found
from trading.kernel import clock


class Assets(APIView):
    """``GET /v2/assets?status=&asset_class=&exchange=``: sorted by exchange, then symbol."""

    def get(self, request: Request) -> HttpResponse:
        wanted = parameters.asset_filter(request.query_params)
        return answer(
            [
                shapes.asset(instrument)
                for instrument in interface.list_instruments(by_exchange=True)
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
