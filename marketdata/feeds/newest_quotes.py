"""
Messages of a stream, sorted: quotes that a newer one may overtake, and everything else.

Most of a busy stream is quotes, and most of those are overtaken before anybody could look at them:
what has come meanwhile is read in one go. To translate a quote costs more than to decode it, so
those that are overtaken never are. A quote that somebody needs each of (``EachQuote``), or that
looks wrong and so has to be counted, is translated at once.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from marketdata.contracts import Update
from marketdata.domain.each_quote import EachQuote

# Says what a message, which came at ``ts_init``, tells of the market.
Translate = Callable[[Any, int], Update]
# What translates each kind of message that stands for itself.
Table = Mapping[type, Translate]


class QuoteMessage(Protocol):
    """A provider's quote as it was decoded; prices are dollars, 0 where a side has none."""

    symbol: str
    bid_px: float
    ask_px: float


class NewestQuotes:
    """
    The quotes of one connection that wait for a newer one of their symbol.

    ``quote`` is the kind of message that they are.
    """

    def __init__(self, *, table: Table, quote: type, each_quote: EachQuote) -> None:
        self._table = table
        self._quote = quote
        self._each_quote = each_quote
        self._waiting: dict[str, QuoteMessage] = {}
        self._unread: list[str] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def sort(self, messages: Iterable[Any], ts_init: int) -> tuple[list[Update], list[Any]]:
        """
        Take a frame's messages; return what they say now, and those the table does not have.

        The other quotes wait for ``settle``. Of one symbol they stay in order. A message whose time
        is none is left out, and told by ``take_unread``.
        """
        table, quote, waiting = self._table, self._quote, self._waiting
        needed = self._each_quote.symbols
        updates: list[Update] = []
        others: list[Any] = []
        for message in messages:
            kind = type(message)
            try:
                if kind is quote and needed is not None:
                    symbol = message.symbol
                    if 0 < message.bid_px <= message.ask_px and symbol not in needed:
                        waiting[symbol] = message
                        continue
                    if symbol in waiting:
                        updates.append(table[kind](waiting.pop(symbol), ts_init))
                if (translate := table.get(kind)) is not None:
                    updates.append(translate(message, ts_init))
                else:
                    others.append(message)
            except (ValueError, OverflowError) as error:
                self._unread.append(str(error))
        return updates, others

    def take_unread(self) -> list[str]:
        """Return why messages were left out since this was last asked."""
        unread, self._unread = self._unread, []
        return unread

    def settle(self, ts_init: int) -> list[Update]:
        """
        Return the quotes that waited: the newest of each symbol.

        :raises ValueError, OverflowError: if a quote's time is none; the others go on waiting
        """
        waiting, translate = self._waiting, self._table[self._quote]
        updates: list[Update] = []
        for symbol, message in waiting.items():
            try:
                updates.append(translate(message, ts_init))
            except (ValueError, OverflowError):
                del waiting[symbol]
                raise
        waiting.clear()
        return updates
