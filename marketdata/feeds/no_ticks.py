"""The part of a history that a provider of bars alone does not have."""

from marketdata.contracts import HistoricalTrade, Quote
from marketdata.feeds.providers import NotEntitled, Page


class NoTicks:
    """Refuses by name what ``HistorySource`` would be asked of trades and quotes."""

    name: str

    async def read_trades(self, **_: object) -> Page[HistoricalTrade]:
        """:raises NotEntitled: always"""
        raise NotEntitled(f"{self.name} keeps no trades")

    async def read_quotes(self, **_: object) -> Page[Quote]:
        """:raises NotEntitled: always"""
        raise NotEntitled(f"{self.name} keeps no quotes")
