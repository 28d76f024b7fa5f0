"""Whether a print's price is believed at once, or only when another print vouches for it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from marketdata.contracts import Trade

# Price levels of one symbol that may be good at the same time.
LEVELS = 4
# Prints of one symbol that are withheld at the same time; the oldest gives way to a newer one.
WITHHELD_MAX = 32

_NOTHING: tuple[Trade, ...] = ()


@dataclass(slots=True)
class _Level:
    """A price at which the symbol trades, and when it last did."""

    px: float
    ts: int


@dataclass(slots=True)
class _Prices:
    """One symbol's good levels, the one printed last first, and its prints that are withheld."""

    levels: list[_Level]
    withheld: deque[Trade] = field(default_factory=lambda: deque(maxlen=WITHHELD_MAX))


class PrintBandGuard:
    """
    Judge the price of each print by the other prints of its symbol.

    A print is good if its price is within ``width`` (a share of the earlier price) of a good level.
    Else it is withheld until another print comes within ``width`` of it: the two vouch for each
    other, whatever is printed between them, and their price is a good level beside the others.
    A good print vouches in the same way for every withheld one that it comes within ``width`` of.
    The first print of a symbol is good: there is nothing to measure it by.

    Reason: a market may trade at two prices far from each other in turn (a thin stock, two venues,
    a jump that is tried out before it stays). If the two had to come in a row, one of the prices
    would never count. A single mistaken print has nobody to vouch for it, so it moves nothing.

    ``remembered_since`` tells from when on (nanoseconds) the symbol's bars can still be mended.
    What is withheld, and every level but the newest, is remembered as long: a print that is
    vouched for can be given back to its bar, and a price that has not been traded at for longer
    needs a second print again. The newest level stays however old it is.
    """

    def __init__(self, *, width: float, remembered_since: Callable[[str], int]) -> None:
        self._width = width
        self._remembered_since = remembered_since
        self._prices: dict[str, _Prices] = {}

    def judge(self, trade: Trade) -> tuple[Trade, ...] | None:
        """
        Judge a print and remember it.

        :return: None if the print is withheld; if it is good, those withheld before that it vouches
            for, oldest first, each of them told once
        """
        prices = self._prices.get(trade.symbol)
        if prices is None:
            self._prices[trade.symbol] = _Prices([_Level(trade.px, trade.ts_event)])
            return _NOTHING
        newest = prices.levels[0]
        if not prices.withheld and abs(trade.px - newest.px) <= self._width * newest.px:
            if trade.ts_event >= newest.ts:
                newest.px, newest.ts = trade.px, trade.ts_event
            return _NOTHING
        self._forget_old(trade.symbol, prices)
        is_at_level = self._keep_level(prices, trade)
        vouched = tuple(each for each in prices.withheld if self._is_near(trade.px, each.px))
        if not (is_at_level or vouched):
            prices.withheld.append(trade)
            return None
        if not is_at_level:
            prices.levels.insert(0, _Level(trade.px, trade.ts_event))
            del prices.levels[LEVELS:]
        for each in vouched:
            prices.withheld.remove(each)
        return vouched

    def forget(self, *, symbol: str, trade_id: int, exchange: str) -> None:
        """Forget a withheld print that is taken back or corrected: it vouches for nothing."""
        prices = self._prices.get(symbol)
        if prices is None or not prices.withheld:
            return
        named = (trade_id, exchange)
        kept = [each for each in prices.withheld if (each.trade_id, each.exchange) != named]
        prices.withheld = deque(kept, maxlen=WITHHELD_MAX)

    def _is_near(self, px: float, earlier: float) -> bool:
        return abs(px - earlier) <= self._width * earlier

    def _keep_level(self, prices: _Prices, trade: Trade) -> bool:
        """Move the level that the print is at to the print's price; return whether there is one."""
        for number, level in enumerate(prices.levels):
            if self._is_near(trade.px, level.px):
                if trade.ts_event >= level.ts:
                    level.px, level.ts = trade.px, trade.ts_event
                    prices.levels.insert(0, prices.levels.pop(number))
                return True
        return False

    def _forget_old(self, symbol: str, prices: _Prices) -> None:
        since = self._remembered_since(symbol)
        newest, *others = prices.levels
        prices.levels = [newest, *(level for level in others if level.ts >= since)]
        kept = [each for each in prices.withheld if each.ts_event >= since]
        prices.withheld = deque(kept, maxlen=WITHHELD_MAX)
