"""
The providers whose past can be asked for, by name. Adapters are made when they are needed.

They are those that have a key at that moment, wherever it was set, and those that are registered.
"""

from collections.abc import Callable

from marketdata.feeds.providers import HistorySource
from marketdata.operations import configured_providers
from trading.kernel.errors import TradingError

HistorySourceFactory = Callable[[], HistorySource]

_factories: dict[str, HistorySourceFactory] = {}


class UnknownHistorySource(TradingError):
    """No provider of this name is configured. Name another, or give this one its key."""

    code = "UNKNOWN_HISTORY_SOURCE"


def register(*, name: str, factory: HistorySourceFactory) -> Callable[[], None]:
    """Let ``name`` be asked for history; return what takes it back."""
    before = _factories.get(name)
    _factories[name] = factory

    def take_back() -> None:
        if before is None:
            _factories.pop(name, None)
        else:
            _factories[name] = before

    return take_back


def names() -> list[str]:
    return sorted({*_factories, *configured_providers.configuration().with_keys()})


def open_source(*, name: str) -> HistorySource:
    """
    Return a new adapter; its ``close`` gives back its connections.

    :raises UnknownHistorySource: if nobody has registered it and it has no key
    :raises ProviderError: if it cannot be made, say with a key that cannot be read
    """
    if (factory := _factories.get(name)) is not None:
        return factory()
    configured = configured_providers.configuration()
    if name not in configured.with_keys():
        known = ", ".join(names()) or "none is configured"
        raise UnknownHistorySource(f"no history source {name!r}; known: {known}", source=name)
    return configured_providers.open_history(configured, name=name)
