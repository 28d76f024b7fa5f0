"""What the tape said of its prints later: this one is taken back, that one is given instead."""

from collections import defaultdict
from collections.abc import Iterable

from marketdata.contracts import (
    HistoricalTrade,
    Trade,
    TradeCancel,
    TradeCorrection,
    TradeUpdate,
)

Amendment = TradeCorrection | TradeCancel


class Amendments:
    """
    The amendments of one symbol's day, each with its number in the order of acceptance.

    A print is named by its id and its exchange, and amended by what was said after it: the print
    that a correction gives instead may have the id of the one that it replaces, and may be taken
    back in its turn.
    """

    def __init__(self, numbered: Iterable[tuple[int, Amendment]]) -> None:
        self._said: dict[tuple[int, str], list[tuple[int, TradeUpdate]]] = defaultdict(list)
        for seq, amendment in sorted(numbered, key=lambda each: each[0]):
            if isinstance(amendment, TradeCorrection):
                said, trade_id = TradeUpdate.INCORRECT, amendment.original_trade_id
            else:
                said, trade_id = TradeUpdate.CANCELED, amendment.trade_id
            self._said[trade_id, amendment.exchange].append((seq, said))

    def historical(self, seq: int, tick: Trade | TradeCorrection) -> HistoricalTrade:
        """Return the print number ``seq``, or the one that a correction gives, as history."""
        said = self._said.get((tick.trade_id, tick.exchange), ())
        update = next((update for number, update in said if number > seq), None)
        if update is None and isinstance(tick, TradeCorrection):
            update = TradeUpdate.CORRECTED
        return HistoricalTrade(
            symbol=tick.symbol,
            px=tick.px,
            size=tick.size,
            exchange=tick.exchange,
            conditions=tick.conditions,
            trade_id=tick.trade_id,
            ts_event=tick.ts_event,
            ts_init=tick.ts_init,
            source=tick.source,
            update=update,
        )
