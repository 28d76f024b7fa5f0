"""What moves, what is traded most, corporate actions, news, and the tape's letters."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from marketdata import interface
from marketdata.api import actions, codes, errors, parameters, shapes
from marketdata.api.endpoint import ReadEndpoint
from marketdata.api.stocks import spelled
from marketdata.contracts import CorporateAction
from trading.infra.lean import json_response
from trading.infra.parameters import Parameters, parameters as table
from trading.infra.wire import not_found
from trading.kernel import clock
from trading.kernel.errors import TradingError

_MOVERS, _MOVERS_MAX = 10, 50
_ACTIVES, _ACTIVES_MAX = 10, 100
_ACTIONS, _ACTIONS_MAX = 100, 1_000
_NEWS, _NEWS_MAX = 10, 50
_CUSIP_LENGTH = 9
_MARKETS = frozenset({"stocks", "crypto"})


class Movers(ReadEndpoint):
    """``GET /v1beta1/screener/{stocks}/movers?top=``: by change from the previous close."""

    takes: ClassVar[Parameters] = table("top")

    def get(self, request: Request, market: str) -> HttpResponse:  # noqa: ARG002
        if market not in _MARKETS:
            raise not_found("endpoint not found.")
        top = parameters.limit_of(self.query, default=_MOVERS, maximum=_MOVERS_MAX, name="top")
        # We hold no crypto market: nothing moves there.
        movers = interface.list_movers() if market == "stocks" else []
        gainers = [mover for mover in movers if mover.change > 0]
        losers = [mover for mover in reversed(movers) if mover.change < 0]
        return json_response(
            {
                "gainers": list(map(shapes.mover, gainers[:top])),
                "losers": list(map(shapes.mover, losers[:top])),
                "market_type": market,
                "last_updated": shapes.moment(clock.now_ns()),
            }
        )


class MostActives(ReadEndpoint):
    """``GET /v1beta1/screener/stocks/most-actives?by=volume|trades&top=``: of today's bars."""

    takes: ClassVar[Parameters] = table("by", "top")

    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002
        query = self.query
        by = parameters.choice_of(query, "by", choices=("volume", "trades"))
        top = parameters.limit_of(query, default=_ACTIVES, maximum=_ACTIVES_MAX, name="top")
        bars = sorted(
            interface.list_day_bars(now=clock.utc_now()),
            key=lambda bar: (-(bar.volume if by == "volume" else bar.trade_count or 0), bar.symbol),
        )
        return json_response(
            {
                "most_actives": list(map(shapes.most_active, bars[:top])),
                "last_updated": shapes.moment(clock.now_ns()),
            }
        )


class CorporateActions(ReadEndpoint):
    """
    ``GET /v1/corporate-actions?symbols=&cusips=&types=&start=&end=&ids=&limit=&sort=&page_token=``.

    What is in force; ``/v1beta1`` is where older clients look for it. Ours: ``contradicted`` is
    true of one that another of its day contradicts.
    """

    takes: ClassVar[Parameters] = table(
        *("start", "end", "limit", "sort", "page_token"),
        lists=("symbols", "cusips", "types", "ids"),
    )

    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002
        query = self.query
        limit = parameters.limit_of(query, default=_ACTIONS, maximum=_ACTIONS_MAX)
        types, ids = _words(query, "types"), _words(query, "ids")
        for word in sorted(types - set(actions.TYPES)):
            raise parameters.invalid(f"invalid types: {word}")
        first = _offset(query.get("page_token"))
        found = [
            (action, cusip)
            for action, cusip in _known_actions(query)
            if (not types or actions.type_of(action) in types)
            and (not ids or actions.action_id(action) in ids)
        ]
        if parameters.choice_of(query, "sort", choices=("asc", "desc")) == "desc":
            found.reverse()
        by_type: dict[str, list[object]] = {}
        for action, cusip in found[first : first + limit]:
            key = actions.TYPES[actions.type_of(action)]
            by_type.setdefault(key, []).append(actions.shape(action, cusip=cusip))
        is_more = len(found) > first + limit
        token = _token(first + limit) if is_more else None
        return json_response({"corporate_actions": by_type, "next_page_token": token})


def _known_actions(query: Mapping[str, str]) -> Sequence[tuple[CorporateAction, str]]:
    """Return the actions of the asked symbols and days, each with its CUSIP."""
    today = clock.new_york_date(clock.utc_now())
    first_date = parameters.date_of(query, "start", default=today)
    last_date = parameters.date_of(query, "end", default=max(today, first_date))
    if last_date < first_date:
        raise parameters.invalid("end should not be before start")
    symbols = spelled(parameters.symbols_of(query)) if query.get("symbols") else None
    try:
        return interface.list_actions(
            symbols=symbols,
            cusips=_cusips(query.get("cusips", "")),
            first_date=first_date,
            last_date=last_date,
        )
    except TradingError as error:
        raise errors.wire_error(error) from error


def _words(query: Mapping[str, str], name: str) -> set[str]:
    return {word for word in query.get(name, "").split(",") if word}


class News(ReadEndpoint):
    """``GET /v1beta1/news``: no source of ours has any."""

    takes: ClassVar[Parameters] = table(
        *("start", "end", "sort", "limit", "include_content", "exclude_contentless"),
        "page_token",
        lists=("symbols",),
    )

    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002
        query, now = self.query, clock.utc_now()
        parameters.limit_of(query, default=_NEWS, maximum=_NEWS_MAX)
        parameters.choice_of(query, "sort", choices=("desc", "asc"))
        if parameters.end_of(query, now=now) < parameters.start_of(query, now=now):
            raise parameters.invalid("end should not be before start")
        for name in ("include_content", "exclude_contentless"):
            parameters.boolean_of(query, name)
        if "page_token" in query:
            raise parameters.invalid(f"invalid page_token: {query['page_token']}")
        return json_response({"news": [], "next_page_token": None})


class Exchanges(ReadEndpoint):
    """``GET /v2/stocks/meta/exchanges``."""

    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002
        return json_response(dict(codes.EXCHANGES))


class Conditions(ReadEndpoint):
    """``GET /v2/stocks/meta/conditions/{trade|quote}?tape=A|B|C``."""

    takes: ClassVar[Parameters] = table("tape")

    def get(self, request: Request, kind: str) -> HttpResponse:  # noqa: ARG002
        if kind not in {"trade", "quote"}:
            raise not_found("endpoint not found.")
        parameters.check_tape(self.query)
        return json_response(dict(codes.CONDITIONS[kind, self.query["tape"]]))


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
