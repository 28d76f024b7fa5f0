"""Query strings as values. What is wrong with one is answered in the wire's words."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils.dateparse import parse_date, parse_datetime

from marketdata.contracts import Place
from trading.infra.wire import WireError
from trading.kernel.clock import NEW_YORK

_DEFAULT_LIMIT = 1_000
_MAX_LIMIT = 10_000
_MAX_SYMBOLS = 5_000
_SORTS = {"asc": False, "desc": True}
_MICROSECOND = timedelta(microseconds=1)
_NS_MAX = (1 << 63) - 1  # in the year 2262; as far before the epoch it is 1677
# No price is older or newer. A moment beyond them is cut to them.
_MOMENT_MIN = datetime(1900, 1, 1, tzinfo=UTC)
_MOMENT_MAX = datetime(2200, 1, 1, tzinfo=UTC)
# All mean the platform's own market; clients may name one.
_FEEDS = frozenset({"sip", "iex", "otc", "boats", "delayed_sip", "overnight", "test"})
_CURRENCY = "USD"  # the only one that we hold
_TAPES = frozenset("ABC")
_BOOLEANS = {"": None, "true": True, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """What part of history is asked for, and of which symbols."""

    symbols: tuple[str, ...]
    start: datetime
    end: datetime
    limit: int
    newest_first: bool
    resume: Place | None


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
    start, end = start_of(query, now=now), end_of(query, now=now)
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


def start_of(query: Mapping[str, str], *, now: datetime) -> datetime:
    """
    Read the first moment that is asked for; today's in New York unless the query says.

    :raises WireError: 400 if it is no moment
    """
    today = datetime.combine(now.astimezone(NEW_YORK).date(), time(), tzinfo=NEW_YORK)
    return _moment(query, "start", default=today, day_ends=False)


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
    Read a New York day, which a moment may stand for.

    :raises WireError: 400 if it is none
    """
    text = query.get(name)
    if not text:
        return default
    found = parse_day(text)
    if found is None:
        raise invalid(f"invalid {name}: {text}")
    return found


def parse_day(text: str) -> date | None:
    """Return the New York day that ``YYYY-MM-DD`` or RFC 3339 says; None if it is neither."""
    try:
        if (day := parse_date(text)) is not None:
            return day
        moment = parse_datetime(text)
        return None if moment is None else moment.date()
    except ValueError:
        return None


def asof_of(query: Mapping[str, str]) -> date | None:
    """
    Read on which day the symbols have their meaning; None is today's, or ``-``: no mapping.

    :raises WireError: 400 if it is neither
    """
    if query.get("asof", "-") == "-":
        return None
    return date_of(query, "asof", default=date.min)


def boolean_of(query: Mapping[str, str], name: str) -> bool | None:
    """
    Read true or false, in any case; None if nothing is said.

    :raises WireError: 400 if it is neither
    """
    text = query.get(name, "")
    if text.lower() not in _BOOLEANS:
        raise invalid(f"invalid {name}: {text}")
    return _BOOLEANS[text.lower()]


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
        is_possible = abs(place.ts) <= _NS_MAX and 0 <= place.own_from <= _NS_MAX
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
        moment = _parse_moment(text, day_ends=day_ends)
    except ValueError:
        moment = None
    if moment is None:
        raise invalid(f"invalid {name}: {text}")
    return moment


def _parse_moment(text: str, *, day_ends: bool) -> datetime | None:
    """:raises ValueError: if it looks like a time and is none"""
    if (day := parse_date(text)) is not None:
        found = datetime.combine(day, time(), tzinfo=UTC)
        if _MOMENT_MIN < found < _MOMENT_MAX:
            first = datetime.combine(day, time(), tzinfo=NEW_YORK)
            return first + timedelta(days=1) - _MICROSECOND if day_ends else first
    else:
        moment = parse_datetime(text)
        if moment is None or moment.tzinfo is None:
            return None
        found = moment
    return min(max(found, _MOMENT_MIN), _MOMENT_MAX)
