"""Query strings as values. What is wrong with one is answered in the wire's words."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.dateparse import parse_date, parse_datetime

from marketdata.contracts import Instrument, Place
from trading.infra.wire import WireError, malformed_parameter
from trading.kernel.clock import NEW_YORK

_STATUSES = ("active", "inactive")
_DEFAULT_LIMIT = 1_000
_MAX_LIMIT = 10_000
_MAX_SYMBOLS = 10_000
_SORTS = {"asc": False, "desc": True}
_MICROSECOND = timedelta(microseconds=1)
_NS_MAX = 1 << 62  # in the year 2116
# All mean the platform's own market; clients may name one.
_FEEDS = frozenset({"sip", "iex", "otc", "boats", "delayed_sip", "overnight", "test"})
_CURRENCY = "USD"  # the only one that we hold
_TAPES = frozenset("ABC")


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
class Range:
    """What part of history is asked for, and of which symbols."""

    symbols: tuple[str, ...]
    start: datetime
    end: datetime
    limit: int
    newest_first: bool
    resume: Place | None


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


def symbols_of(query: Mapping[str, str]) -> tuple[str, ...]:
    """
    Read a list of symbols, upper case, each once.

    :raises WireError: 400 if there is none
    """
    words = [word.strip().upper() for word in query.get("symbols", "").split(",")]
    symbols = tuple(dict.fromkeys(word for word in words if word))
    if not symbols:
        raise invalid("symbols is required")
    if len(symbols) > _MAX_SYMBOLS:
        raise invalid(f"invalid symbols: more than the allowed maximum of {_MAX_SYMBOLS}")
    return symbols


def range_of(query: Mapping[str, str], *, symbols: tuple[str, ...], now: datetime) -> Range:
    """
    Read the range; it is today in New York unless the query says otherwise.

    :raises WireError: 400 naming the parameter that is wrong
    """
    check_source(query)
    today = datetime.combine(now.astimezone(NEW_YORK).date(), time(), tzinfo=NEW_YORK)
    end = end_of(query, now=now)
    start = _moment(query, "start", default=today, day_ends=False)
    if end < start:
        raise invalid("end should not be before start")
    newest_first = _SORTS.get(query.get("sort") or "asc")
    if newest_first is None:
        raise invalid(f"invalid sort: {query['sort']}")
    return Range(
        symbols=symbols,
        start=start,
        end=end,
        limit=limit_of(query, default=_DEFAULT_LIMIT, maximum=_MAX_LIMIT),
        newest_first=newest_first,
        resume=_resume(query.get("page_token"), symbols=symbols),
    )


def end_of(query: Mapping[str, str], *, now: datetime) -> datetime:
    """
    Read the last moment that is asked for; it is now unless the query says otherwise.

    :raises WireError: 400 if it is no moment
    """
    return _moment(query, "end", default=now, day_ends=True)


def check_source(query: Mapping[str, str]) -> None:
    """
    Accept what says whose prices are meant, as far as it can be true here.

    :raises WireError: 400 if the feed or the currency is none of ours
    """
    feed, currency = query.get("feed") or None, query.get("currency") or _CURRENCY
    if feed not in {None, *_FEEDS}:
        raise invalid(f"invalid feed: {feed}")
    if currency != _CURRENCY:
        raise invalid(f"invalid currency: {currency}")


def currency_echo(query: Mapping[str, str]) -> dict[str, str]:
    """The answer names the currency only when the query did."""
    return {"currency": _CURRENCY} if query.get("currency") else {}


def limit_of(query: Mapping[str, str], *, default: int, maximum: int, name: str = "limit") -> int:
    """:raises WireError: 400 if it is no number from 1 to ``maximum``"""
    text = query.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and text.strip("0")):
        raise invalid(f"invalid {name}: {text}")
    if len(text) > len(str(maximum)) or int(text) > maximum:
        raise invalid(f"invalid {name}: larger than the allowed maximum of {maximum}")
    return int(text)


def date_of(query: Mapping[str, str], name: str, *, default: date) -> date:
    """
    Read a New York day.

    :raises WireError: 400 if it is none
    """
    text = query.get(name)
    if not text:
        return default
    try:
        found = parse_date(text[:10])
    except ValueError:
        found = None
    if found is None:
        raise invalid(f"invalid {name}: {text}")
    return found


def asof_of(query: Mapping[str, str]) -> date | None:
    """
    Read on which day the symbols have their meaning; None is today's, or ``-``: no mapping.

    :raises WireError: 400 if it is neither
    """
    if query.get("asof") in {None, "", "-"}:
        return None
    return date_of(query, "asof", default=date.min)


def choice_of(query: Mapping[str, str], name: str, *, choices: tuple[str, ...]) -> str:
    """
    Read one of the choices; the first is meant when nothing is said.

    :raises WireError: 400 if it is none of them
    """
    word = query.get(name) or choices[0]
    if word not in choices:
        raise invalid(f"invalid {name}: {word}")
    return word


def check_tape(query: Mapping[str, str]) -> None:
    """:raises WireError: 400 if it is not A, B or C"""
    if query.get("tape", "") not in _TAPES:
        raise invalid(f"invalid tape: {query.get('tape', '')}")


def page_token(place: Place | None) -> str | None:
    """Return the token of the page that begins at ``place``; None if there is none."""
    if place is None:
        return None
    words = f"{place.symbol}|{place.ts}|{place.skip}|{place.source}|{place.own_from}"
    return base64.urlsafe_b64encode(words.encode()).decode()


def invalid(message: str) -> WireError:
    # The data API's errors carry no number.
    return WireError(message, status=400, number=None)


def _resume(token: str | None, *, symbols: tuple[str, ...]) -> Place | None:
    if not token:
        return None
    try:
        symbol, ts, skip, source, own_from = base64.urlsafe_b64decode(token).decode().split("|")
        place = Place(
            symbol=symbol, ts=int(ts), skip=int(skip), source=source, own_from=int(own_from)
        )
        is_possible = all(0 <= number <= _NS_MAX for number in (place.ts, place.own_from))
        if symbol in symbols and is_possible and 0 <= place.skip <= 1 << 20:
            return place
    except (binascii.Error, ValueError):
        pass  # answered below, like a token of another symbol
    raise invalid(f"invalid page_token: {token}")


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
        raise invalid(f"invalid {name}: {text}")
    return moment
