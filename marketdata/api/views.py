"""Assets, the clock and the calendar: what the contract counts to the trading API."""

from datetime import date
from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from marketdata import interface
from marketdata.api import asset_list, shapes
from marketdata.api.endpoint import TradingEndpoint
from marketdata.api.parameters import parse_day
from trading.infra.lean import json_response
from trading.infra.parameters import Parameters, parameters
from trading.infra.wire import malformed_parameter, not_found
from trading.kernel import clock


class Assets(TradingEndpoint):
    """``GET /v2/assets?status=&asset_class=&exchange=``: sorted by exchange, then symbol."""

    takes: ClassVar[Parameters] = asset_list.PARAMETERS

    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002
        wanted = asset_list.read(self.query)
        return json_response(
            [
                shapes.asset(instrument)
                for instrument in interface.list_instruments(by_exchange=True)
                if wanted.admits(instrument)
            ]
        )


class Asset(TradingEndpoint):
    """``GET /v2/assets/{symbol, id or CUSIP}``."""

    def get(self, request: Request, symbol_or_id: str) -> HttpResponse:  # noqa: ARG002
        instrument = interface.find_asset(name=symbol_or_id)
        if instrument is None:
            raise not_found(f"asset not found for {symbol_or_id}")
        return json_response(shapes.asset(instrument))


class Clock(TradingEndpoint):
    """``GET /v2/clock``: the session that the feed keeps, and which feed that is."""

    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002
        now = clock.utc_now()
        return json_response(shapes.clock(now=now, session=interface.get_session(now=now)))


class Calendar(TradingEndpoint):
    """
    ``GET /v2/calendar?start=&end=&date_type=TRADING|SETTLEMENT``: the exchange's trading days.

    ``date_type`` says which date of a day has to lie between ``start`` and ``end``.
    """

    takes: ClassVar[Parameters] = parameters("start", "end", "date_type")

    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002
        first, last = self._date("start", date.min), self._date("end", date.max)
        if last < first:
            raise malformed_parameter("end should not be before start")
        date_type = self.query.get("date_type", "TRADING").upper()
        if date_type not in {"TRADING", "SETTLEMENT"}:
            raise malformed_parameter(f"invalid date_type: {self.query['date_type']}")
        days = interface.list_settled_days(
            first_date=first, last_date=last, by_settlement=date_type == "SETTLEMENT"
        )
        return json_response([shapes.trading_day(day, settles=settles) for day, settles in days])

    def _date(self, name: str, default: date) -> date:
        text = self.query.get(name)
        found = default if text is None else parse_day(text)
        if found is None:
            raise malformed_parameter(f"invalid {name}: {text}")
        return found
