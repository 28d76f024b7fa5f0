"""Whether a tick is news: neither seen before nor older than what is already known."""

from marketdata.contracts import Quote, Trade
from marketdata.domain.quality import Refusal


class SequenceGuard:
    """
    Remembers, per symbol, the newest quote and the trades of the newest instant.

    Several different ticks may share one time; their order of arrival is kept.
    """

    def __init__(self) -> None:
        self._quotes: dict[str, Quote] = {}
        self._trades: dict[str, tuple[int, set[int]]] = {}

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

        An OUT_OF_ORDER trade happened all the same: it is not the last price, but it counts in the
        bar of its minute.
        """
        newest = self._trades.get(trade.symbol)
        if newest is None or trade.ts_event > newest[0]:
            self._trades[trade.symbol] = (trade.ts_event, {trade.trade_id})
            return None
        ts_newest, seen = newest
        if trade.ts_event < ts_newest:
            return Refusal.OUT_OF_ORDER
        if trade.trade_id in seen:
            return Refusal.DUPLICATE
        seen.add(trade.trade_id)
        return None


def _same_market(one: Quote, other: Quote) -> bool:
    return (
        one.bid_px == other.bid_px
        and one.ask_px == other.ask_px
        and one.bid_size == other.bid_size
        and one.ask_size == other.ask_size
        and one.bid_exchange == other.bid_exchange
        and one.ask_exchange == other.ask_exchange
    )
