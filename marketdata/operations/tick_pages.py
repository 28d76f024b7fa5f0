"""
Pages of trades and quotes, and who answers for which part of their range.

What happened since midnight New York the platform knows best: its own tape answers. The days before
it may have slept through, so a provider answers for them if one can. One that cannot is replaced by
the archive where that holds every trading day of the range; otherwise its refusal is the answer.
Whoever has begun with a symbol goes on to the answer's last page, so no day mixes two sources.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Generic, TypeVar

from marketdata.contracts import HistoricalTrade, PageOf, Place, Quote
from marketdata.domain import paging
from marketdata.domain.timeframes import midnight_ns
from marketdata.feeds.providers import InvalidRequest, Offer, ProviderError
from marketdata.operations import provider_ticks
from marketdata.operations.read_ticks import OwnTicks
from marketdata.store import instruments, sessions, symbols as symbol_spells
from trading.kernel.clock import from_ns, new_york_date

OWN = "own"  # a place's source: the platform itself

TickT = TypeVar("TickT", HistoricalTrade, Quote)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The ticks within [ts_from, ts_to] (ns) in which order, from which place on, and when."""

    symbols: Sequence[str]
    ts_from: int
    ts_to: int
    limit: int
    newest_first: bool
    resume: Place | None
    now: datetime


def read_trades(asked: Asked) -> PageOf[list[HistoricalTrade]]:
    """
    Return a page of trades, those included that the tape took back later.

    :raises ProviderError, UnknownHistorySource, TickArchiveUnreadable: if it cannot be had
    """
    own = OwnTicks(newest_first=asked.newest_first, at_once=asked.limit + 1)
    return _Answer(asked, Offer.TRADES, own, own.trades).page(paging.TRADES)


def read_quotes(asked: Asked) -> PageOf[list[Quote]]:
    """
    Return a page of quotes.

    :raises ProviderError, UnknownHistorySource, TickArchiveUnreadable: if it cannot be had
    """
    own = OwnTicks(newest_first=asked.newest_first, at_once=asked.limit + 1)
    return _Answer(asked, Offer.QUOTES, own, own.quotes).page(paging.QUOTES)


class _Answer(Generic[TickT]):
    """``read_own`` reads the platform's own tape."""

    def __init__(
        self, asked: Asked, offer: Offer, own: OwnTicks, read_own: Callable[..., Iterator[TickT]]
    ) -> None:
        self._asked = asked
        self._offer = offer
        self._own = own
        self._read_own: Callable[..., Iterator[TickT]] = read_own
        self._providers = provider_ticks.offering(offer=offer)
        self._refusals: dict[str, ProviderError] = {}
        self._sources: dict[str, str] = {}  # who answers for the past, by symbol
        if asked.resume is not None:
            self._own_from = asked.resume.own_from
            self._sources[asked.resume.symbol] = asked.resume.source
        else:
            self._own_from = midnight_ns(new_york_date(asked.now)) if self._providers else 0

    def page(self, kind: paging.Kind[list[TickT]]) -> PageOf[list[TickT]]:
        asked = self._asked
        page = paging.read_page(
            symbols=asked.symbols,
            resume=asked.resume,
            limit=asked.limit,
            kind=kind,
            read=self._read,
        )
        place = page.next_place
        if place is None:
            return page
        source = self._sources.get(place.symbol, "")
        return PageOf(
            rows=page.rows, next_place=replace(place, source=source, own_from=self._own_from)
        )

    def _read(self, symbol: str, ts: int | None, count: int) -> list[TickT]:
        # No tick is older than the epoch, and no calendar has to reach back further.
        ts_from, ts_to = max(self._asked.ts_from, 0), self._asked.ts_to
        if ts is not None:
            ts_from, ts_to = (ts_from, ts) if self._asked.newest_first else (ts, ts_to)
        parts = [
            (self._read_past, ts_from, min(ts_to, self._own_from - 1)),
            (self._read_present, max(ts_from, self._own_from), ts_to),
        ]
        found: list[TickT] = []
        for read, first, last in reversed(parts) if self._asked.newest_first else parts:
            if first <= last and len(found) < count:
                found += read(symbol, first, last, count - len(found))
        return found

    def _read_present(self, symbol: str, ts_from: int, ts_to: int, count: int) -> list[TickT]:
        rows = self._read_own(symbol=symbol, ts_from=ts_from, ts_to=ts_to)
        return list(islice(rows, count))

    def _read_past(self, symbol: str, ts_from: int, ts_to: int, count: int) -> list[TickT]:
        chosen = self._sources.get(symbol)
        candidates = [chosen] if chosen else self._providers
        days = new_york_date(from_ns(ts_from)), new_york_date(from_ns(ts_to))
        if chosen == OWN or not candidates or not _is_known(symbol, *days):
            return self._read_present(symbol, ts_from, ts_to, count)
        refusals = []
        for source in candidates:
            try:
                found = self._ask(source, symbol, ts_from, ts_to, count)
            except ProviderError as refusal:
                refusals.append(refusal)
            else:
                self._sources[symbol] = source
                return found
        if not chosen and self._holds(symbol, *days):
            self._sources[symbol] = OWN
            return self._read_present(symbol, ts_from, ts_to, count)
        # What may pass is worth another try, whatever else was said.
        raise min(refusals, key=lambda refusal: not refusal.retryable)

    def _ask(self, source: str, symbol: str, ts_from: int, ts_to: int, count: int) -> list[TickT]:
        """Ask a provider, once a page if it refuses; a request may be wrong for one symbol only."""
        if source in self._refusals:
            raise self._refusals[source]
        try:
            return provider_ticks.read(
                source=source,
                offer=self._offer,
                symbol=symbol,
                ts_from=ts_from,
                ts_to=ts_to,
                newest_first=self._asked.newest_first,
                count=count,
            )
        except InvalidRequest:
            raise
        except ProviderError as refusal:
            self._refusals[source] = refusal
            raise

    def _holds(self, symbol: str, first_date: date, last_date: date) -> bool:
        """Say whether the symbol was archived on every trading day of the range."""
        days = sessions.calendar().days_between(first_date=first_date, last_date=last_date)
        return all(self._own.holds(symbol=symbol, day=day.trade_date) for day in days)


def _is_known(symbol: str, *days: date) -> bool:
    """Say whether there is, or was on one of the days, an instrument of this symbol."""
    return instruments.find(symbol=symbol) is not None or any(
        symbol_spells.find_instrument_id(symbol=symbol, on=day) is not None for day in days
    )
