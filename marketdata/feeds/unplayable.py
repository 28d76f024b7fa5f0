"""The feed of a provider that cannot be asked: it says why, so that everything else can run."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from marketdata.contracts import FeedKind, Session, SourceStatus
from marketdata.feeds.base import Emit
from marketdata.feeds.providers import ProviderError


class UnplayableFeed:
    """Never connected; ``error`` is its trouble."""

    kind = FeedKind.LIVE
    previous_closes: Mapping[str, float] = MappingProxyType({})

    def __init__(
        self,
        *,
        name: str,
        error: ProviderError,
        symbols: Sequence[str],
        sessions: Callable[[datetime], Session],
    ) -> None:
        self.name = name
        self.symbols: Sequence[str] = tuple(sorted(symbols))
        self._error = error
        self._sessions = sessions

    async def run(self, emit: Emit) -> None:
        """:raises ProviderError: always"""
        del emit
        raise self._error

    def stop(self) -> None:
        """Nothing runs."""

    def follow(self, symbols: Sequence[str], *, ts_from: int | None) -> None:
        del ts_from
        self.symbols = tuple(sorted(symbols))

    def follows(self, symbol: str) -> bool:
        return symbol in self.symbols

    def fill(self, *, symbols: Sequence[str], ts_from: int) -> None:
        """There is nothing to fetch from."""

    def session(self, *, now: datetime) -> Session:
        return self._sessions(now)

    def sources(self) -> Sequence[SourceStatus]:
        detail = f"{self._error.code}: {self._error.message}"
        return (
            SourceStatus(
                name=self.name,
                kind=self.kind,
                connected=False,
                last_update_at=None,
                detail=detail,
            ),
        )
