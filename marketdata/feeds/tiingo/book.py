"""The trades and tops of the book of IEX, for those who have an agreement with it."""

from collections.abc import Sequence

from marketdata.contracts import Quote, Trade, TradeCancel, TradingStatus, Update
from marketdata.feeds.providers import BadPayload
from marketdata.feeds.tiingo.config import SOURCE
from marketdata.feeds.tiingo.wire import TopOfBook
from trading.kernel.quantities import whole

_IEX = "V"
_REGULAR = ("@",)
# Trades that may still be taken back; when there are more, all are forgotten.
_REMEMBERED_MAX = 100_000


class BookTranslator:
    """
    Numbers the trades, which the provider does not, and sees when a halt begins and ends.

    A trade is taken back by its price and size; ``trade_id`` is 0 if we never saw it.
    """

    def __init__(self) -> None:
        self._trade_id = 0
        self._seen: dict[tuple[str, float, float], int] = {}
        self._halted: set[str] = set()

    def updates_of(self, event: TopOfBook, symbol: str, ts_init: int) -> Sequence[Update]:
        """:raises BadPayload: if an event lacks what its kind must have"""
        if event.kind == "Q":
            return (*self._halt(event, symbol, ts_init), _quote(event, symbol, ts_init))
        if event.kind not in ("T", "B") or event.last_px is None or event.last_size is None:
            raise BadPayload(f"an event of no known kind: {event.kind!r}")
        px, size = event.last_px, whole(event.last_size)
        if event.kind == "B":
            return (
                TradeCancel(
                    symbol=symbol,
                    trade_id=self._seen.get((symbol, px, size), 0),
                    px=px,
                    size=size,
                    exchange=_IEX,
                    ts_event=event.ts_event,
                    ts_init=ts_init,
                    source=SOURCE,
                ),
            )
        return (
            *self._halt(event, symbol, ts_init),
            Trade(
                symbol=symbol,
                px=px,
                size=size,
                exchange=_IEX,
                conditions=_conditions_of(event),
                trade_id=self._number(symbol, px, size),
                ts_event=event.ts_event,
                ts_init=ts_init,
                source=SOURCE,
            ),
        )

    def _number(self, symbol: str, px: float, size: float) -> int:
        if len(self._seen) >= _REMEMBERED_MAX:
            self._seen.clear()
        self._trade_id += 1
        self._seen[symbol, px, size] = self._trade_id
        return self._trade_id

    def _halt(self, event: TopOfBook, symbol: str, ts_init: int) -> Sequence[Update]:
        is_halted = event.is_halted == 1
        if is_halted == (symbol in self._halted):
            return ()
        self._halted.symmetric_difference_update((symbol,))
        return (
            TradingStatus(
                symbol=symbol,
                status_code="H" if is_halted else "T",
                status_message="Trading Halt" if is_halted else "Trading",
                reason_code="",
                reason_message="",
                ts_event=event.ts_event,
                ts_init=ts_init,
                source=SOURCE,
            ),
        )


def _quote(event: TopOfBook, symbol: str, ts_init: int) -> Quote:
    return Quote(
        symbol=symbol,
        bid_px=event.bid_px or 0.0,
        bid_size=int(event.bid_size or 0),
        ask_px=event.ask_px or 0.0,
        ask_size=int(event.ask_size or 0),
        bid_exchange=_IEX,
        ask_exchange=_IEX,
        ts_event=event.ts_event,
        ts_init=ts_init,
        source=SOURCE,
    )


def _conditions_of(event: TopOfBook) -> tuple[str, ...]:
    flags = (("F", event.is_sweep), ("T", event.is_after_hours), ("I", event.is_odd_lot))
    return tuple(letter for letter, flag in flags if flag == 1) or _REGULAR
