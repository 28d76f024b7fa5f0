"""The feed that the configuration makes, not started."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from marketdata.contracts import FeedKind
from marketdata.domain.configuration import Configuration
from marketdata.domain.each_quote import EachQuote
from marketdata.feeds.base import Feed
from marketdata.feeds.registry import build_feed, is_made_up
from marketdata.feeds.simulated import SimulatedSymbol
from marketdata.operations import configured_providers, follow_symbols
from marketdata.store import closes, instruments, sessions
from trading.kernel import clock


def build(
    *,
    configured: Configuration,
    simulated: Sequence[SimulatedSymbol] = (),
    each_quote: EachQuote | None = None,
) -> Feed:
    """
    Return the feed. Not on an event loop: it asks the database.

    :raises FeedError: if the configuration names none, or one that cannot be played
    """
    has_providers = not is_made_up(spec=configured.feed)
    if has_providers:
        sessions.calendar()  # read here, as it may not be on the event loop
    return build_feed(
        spec=configured.feed,
        speed=settings.SPEED,
        replay_start=settings.REPLAY_START,
        simulated=simulated,
        providers=configured.values(),
        troubles=configured_providers.troubles(configured),
        symbols=wanted_symbols() if has_providers else (),
        sessions=lambda now: sessions.session_at(now=now, kind=FeedKind.LIVE),
        each_quote=each_quote,
    )


def wanted_symbols() -> list[str]:
    """Return what the feed should follow, the most important first, by the master of now."""
    follow_symbols.following.always = instruments.list_followed()
    return follow_symbols.following.wanted()


def starting_levels(*, now: datetime) -> list[SimulatedSymbol]:
    """A simulated market goes on from its last price, so a restart leaves positions their value."""
    midnight = now.astimezone(clock.NEW_YORK).replace(hour=0, minute=0, second=0, microsecond=0)
    last = closes.last_minutes(before=now)
    before_today = closes.last_minutes(before=midnight)
    return [
        SimulatedSymbol(
            symbol=symbol,
            start_px=last.get(symbol, reference_price),
            previous_close=before_today.get(symbol, reference_price),
        )
        for symbol, reference_price in instruments.reference_prices().items()
    ]
