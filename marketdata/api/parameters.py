"""Query strings as values. What is wrong with one is answered in the wire's words."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils.dateparse import parse_date, parse_datetime

from marketdata.contracts import Bar, Instrument
from trading.infra.wire import WireError, malformed_parameter
from trading.kernel.clock import NEW_YORK, from_ns

_STATUSES = ("active", "inactive")
_DEFAULT_LIMIT = 1_000
_MAX_LIMIT = 10_000
# The wire's five; the interface refuses the rest.
_SORTS = {"asc": False, "desc": True}
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetFilter:
    """None admits every value."""

    status: str | None
    asset_class: str | None
    exchange: str | None

    def admits(self, instrument: Instrument) -> bool:
        return (
            self.status in {None, instrument.status}
            and self.asset_class in {None, instrument.asset_class}
            and self.exchange in {None, instrument.exchange}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BarQuery:
    timeframe: str
    start: datetime
    end: datetime
    limit: int
    newest_first: bool


def asset_filter(query: Mapping[str, str]) -> AssetFilter:
    """:raises WireError: 422 if ``status`` is not a status"""
    status = query.get("status") or None
    if status not in {None, *_STATUSES}:
        raise malformed_parameter(f"invalid status: {status}")
    return AssetFilter(
        status=status,
        asset_class=query.get("asset_class") or None,
        exchange=query.get("exchange") or None,
    )


def bar_query(query: Mapping[str, str], *, symbol: str, now: datetime) -> BarQuery:
    """
    Read the range of bars; it is today in New York unless the query says otherwise.

    :raises WireError: 400 naming the parameter that is wrong
    """
    today = datetime.combine(now.astimezone(NEW_YORK).date(), time(), tzinfo=NEW_YORK)
    start = _moment(query, "start", default=today, day_ends=False)
    end = _moment(query, "end", default=now, day_ends=True)
    if end < start:
        raise _invalid("end should not be before start")
    newest_first = _SORTS.get(query.get("sort", "asc"))
    if newest_first is None:
        raise _invalid(f"invalid sort: {query['sort']}")
    if token := query.get("page_token"):
        resumed = _resumed(token, symbol=symbol)
        start, end = (start, resumed) if newest_first else (resumed, end)
    return BarQuery(
        timeframe=query.get("timeframe", "1Min"),
        start=start,
        end=end,
        limit=_limit(query.get("limit")),
        newest_first=newest_first,
    )


def page_token(bar: Bar) -> str:
    """Return the token of the page that begins with this bar."""
    return base64.urlsafe_b64encode(f"{bar.symbol}|{bar.ts_start}".encode()).decode()


def _resumed(token: str, *, symbol: str) -> datetime:
    try:
        name, _, ts_start = base64.urlsafe_b64decode(token).decode().partition("|")
        if name == symbol:
            return from_ns(int(ts_start))
    except (binascii.Error, ValueError, OverflowError):
        pass  # answered below, like a token of another symbol
    raise _invalid(f"invalid page_token: {token}")


def _moment(query: Mapping[str, str], name: str, *, default: datetime, day_ends: bool) -> datetime:
    """Read RFC 3339 with an offset, or a New York day: its first or its last moment."""
    text = query.get(name)
    if not text:
        return default
    try:
        if (day := parse_date(text)) is not None:
            first = datetime.combine(day, time(), tzinfo=NEW_YORK)
            return first + timedelta(days=1) - _MICROSECOND if day_ends else first
        moment = parse_datetime(text)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _invalid(f"invalid {name}: {text}")
    return moment


def _limit(text: str | None) -> int:
    if not text:
        return _DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise _invalid(f"invalid limit: {text}")
    if int(text) > _MAX_LIMIT:
        raise _invalid(f"invalid limit: larger than the allowed maximum of {_MAX_LIMIT}")
    return int(text)


def _invalid(message: str) -> WireError:
    # The data API's errors carry no number.
    return WireError(message, status=400, number=None)
