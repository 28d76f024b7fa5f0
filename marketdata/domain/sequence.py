"""Whether a tick is news: neither seen before nor older than what is already known."""

from marketdata.contracts import Quote, Trade
from marketdata.domain.quality import Refusal

# A provider that replays after a reconnect replays minutes. Prints are remembered for one to two
# of these spans of the market's time.
REMEMBERED_NS = 300_000_000_000


class _Prints:
    """The prints of one symbol that were seen lately, in two generations, by hash."""

    __slots__ = ("began", "newest", "old", "young")

    def __init__(self, ts: int) -> None:
        self.newest = self.began = ts
        self.young: set[int] = set()
        self.old: set[int] = set()

    def age(self) -> None:
        """Let go of the older generation."""
        self.old, self.young, self.began = self.young, set(), self.newest


class SequenceGuard:
    """
    Remembers, per symbol, the newest quote, how new the newest trade was, and the latest prints.

    Several different ticks may share one time; their order of arrival is kept.
    """

    def __init__(self) -> None:
        self._quotes: dict[str, Quote] = {}
        self._prints: dict[str, _Prints] = {}

    def judge_quote(self, quote: Quote) -> Refusal | None:
        """Return None and remember the quote if it is news, else why it is not."""
        newest = self._quotes.get(quote.symbol)
        if newest is not None:
            if quote.ts_event < newest.ts_event:
                return Refusal.OUT_OF_ORDER
            if quote.ts_event == newest.ts_event and _same_market(quote, newest):
                return Refusal.DUPLICATE
        self._quotes[quote.symbol] = quote
        return None

    def judge_trade(self, trade: Trade) -> Refusal | None:
        """
        Return None and remember the trade if it is news, else why it is not.

        A print is known by its id and exchange. An OUT_OF_ORDER trade happened all the same: it is
        not the last price, but it counts in the bar of its minute. Told again, it is a DUPLICATE
        as any other.
        """
        prints = self._prints.get(trade.symbol)
        if prints is None:
            prints = self._prints[trade.symbol] = _Prints(trade.ts_event)
        key = hash((trade.trade_id, trade.exchange) if trade.trade_id else _without_id(trade))
        if key in prints.young or key in prints.old:
            return Refusal.DUPLICATE
        prints.young.add(key)
        ts_event = trade.ts_event
        if ts_event < prints.newest:
            return Refusal.OUT_OF_ORDER
        prints.newest = ts_event
        if ts_event - prints.began > REMEMBERED_NS:
            prints.age()
        return None


def _without_id(trade: Trade) -> tuple[object, ...]:
    """Return what tells prints apart that have no id."""
    return trade.ts_event, trade.px, trade.size, trade.exchange, trade.conditions


def _same_market(one: Quote, other: Quote) -> bool:
    return (
        one.bid_px == other.bid_px
        and one.ask_px == other.ask_px
        and one.bid_size == other.bid_size
        and one.ask_size == other.ask_size
        and one.bid_exchange == other.bid_exchange
        and one.ask_exchange == other.ask_exchange
    )
