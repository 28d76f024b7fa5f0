"""What moves, what is traded most, corporate actions, news, and the tape's letters."""

import base64
import binascii

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from marketdata import interface
from marketdata.api import actions, codes, errors, parameters, shapes
from marketdata.api.stocks import answer
from trading.infra.wire import not_found
from trading.kernel import clock
from trading.kernel.errors import TradingError

_MOVERS, _MOVERS_MAX = 10, 50
_ACTIVES, _ACTIVES_MAX = 10, 100
_ACTIONS, _ACTIONS_MAX = 100, 1_000
_NEWS, _NEWS_MAX = 10, 50
_CUSIP_LENGTH = 9


class Movers(APIView):
    """``GET /v1beta1/screener/{stocks}/movers?top=``: by change from the previous close."""

    def get(self, request: Request, market: str) -> HttpResponse:
        top = parameters.limit_of(
            request.query_params, default=_MOVERS, maximum=_MOVERS_MAX, name="top"
        )
        # We hold no crypto market: nothing moves there.
        movers = interface.list_movers() if market == "stocks" else []
        gainers = [mover for mover in movers if mover.change > 0]
        losers = [mover for mover in reversed(movers) if mover.change < 0]
        return answer(
            {
                "gainers": list(map(shapes.mover, gainers[:top])),
                "losers": list(map(shapes.mover, losers[:top])),
                "market_type": market,
                "last_updated": shapes.moment(clock.now_ns()),
            }
        )


class MostActives(APIView):
    """``GET /v1beta1/screener/stocks/most-actives?by=volume|trades&top=``: of today's bars."""

    def get(self, request: Request) -> HttpResponse:
        query = request.query_params
        by = parameters.choice_of(query, "by", choices=("volume", "trades"))
        top = parameters.limit_of(query, default=_ACTIVES, maximum=_ACTIVES_MAX, name="top")
        bars = sorted(
            interface.list_day_bars(now=clock.utc_now()),
            key=lambda bar: (-(bar.volume if by == "volume" else bar.trade_count or 0), bar.symbol),
        )
        return answer(
            {
                "most_actives": list(map(shapes.most_active, bars[:top])),
                "last_updated": shapes.moment(clock.now_ns()),
            }
        )


class CorporateActions(APIView):
    """
    ``GET /v1/corporate-actions?symbols=&cusips=&types=&start=&end=&ids=&limit=&sort=&page_token=``.

    What is in force. Ours: ``contradicted`` is true of one that another of its day contradicts.
    """

    def get(self, request: Request) -> HttpResponse:
        query = request.query_params
        today = clock.new_york_date(clock.utc_now())
        first_date = parameters.date_of(query, "start", default=today)
        last_date = parameters.date_of(query, "end", default=max(today, first_date))
        if last_date < first_date:
            raise parameters.invalid("end should not be before start")
        limit = parameters.limit_of(query, default=_ACTIONS, maximum=_ACTIONS_MAX)
        types = {word for word in query.get("types", "").split(",") if word}
        for word in sorted(types - set(actions.TYPES)):
            raise parameters.invalid(f"invalid types: {word}")
        ids = {word for word in query.get("ids", "").split(",") if word}
        cusips = _cusips(query.get("cusips", ""))
        try:
            known = interface.list_actions(
                symbols=parameters.symbols_of(query) if query.get("symbols") else None,
                cusips=cusips,
                first_date=first_date,
                last_date=last_date,
            )
        except TradingError as error:
            raise errors.wire_error(error) from error
        found = [
            (action, cusip)
            for action, cusip in known
            if (not types or actions.type_of(action) in types)
            and (not ids or actions.action_id(action) in ids)
        ]
        if parameters.choice_of(query, "sort", choices=("asc", "desc")) == "desc":
            found.reverse()
        first = _offset(query.get("page_token"))
        by_type: dict[str, list[object]] = {}
        for action, cusip in found[first : first + limit]:
            key = actions.TYPES[actions.type_of(action)]
            by_type.setdefault(key, []).append(actions.shape(action, cusip=cusip))
        is_more = len(found) > first + limit
        token = _token(first + limit) if is_more else None
        return answer({"corporate_actions": by_type, "next_page_token": token})


class News(APIView):
    """``GET /v1beta1/news``: no source of ours has any."""

    def get(self, request: Request) -> HttpResponse:
        parameters.limit_of(request.query_params, default=_NEWS, maximum=_NEWS_MAX)
        return answer({"news": [], "next_page_token": None})


class Exchanges(APIView):
    """``GET /v2/stocks/meta/exchanges``."""

    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002
        return answer(dict(codes.EXCHANGES))


class Conditions(APIView):
    """``GET /v2/stocks/meta/conditions/{trade|quote}?tape=A|B|C``."""

    def get(self, request: Request, kind: str) -> HttpResponse:
        if kind not in {"trade", "quote"}:
            raise not_found("endpoint not found.")
        parameters.check_tape(request.query_params)
        return answer(dict(codes.CONDITIONS[kind, request.query_params["tape"]]))


def _cusips(text: str) -> list[str] | None:
    """Return what is asked for by CUSIP; None if nothing is."""
    words = list(dict.fromkeys(word.strip().upper() for word in text.split(",") if word.strip()))
    for word in words:
        if len(word) != _CUSIP_LENGTH or not (word.isascii() and word.isprintable()):
            raise parameters.invalid(f"invalid cusips: {word}")
    return words or None


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"|{offset}".encode()).decode()


def _offset(token: str | None) -> int:
    if not token:
        return 0
    try:
        nothing, _, offset = base64.urlsafe_b64decode(token).decode().partition("|")
        if not nothing and offset.isascii() and offset.isdigit():
            return int(offset)
    except (binascii.Error, ValueError):
        pass  # answered below
    raise parameters.invalid(f"invalid page_token: {token}")
