"""
The newest minute bars, in this process: those that grow, and those that PostgreSQL has not got yet.

One thread writes. Any thread may read; see ``latest``.
"""

from collections.abc import Iterable

from marketdata.contracts import Bar, Trade
from marketdata.domain.bars import BarBuilder
from marketdata.domain.plausible import is_placeholder


class FreshBars:
    """
    ``newest`` holds the open bar of each symbol or, until its next trade, the one that closed last.

    ``unsaved`` are bars that PostgreSQL does not have, or not as they are now, ``withdrawn`` those
    that it may have and that are none any more, by symbol and start. ``dirty`` are the symbols
    whose newest bar has changed since they were last taken.
    """

    def __init__(self) -> None:
        self.newest: dict[str, Bar] = {}
        self.unsaved: dict[tuple[str, int], Bar] = {}
        self.withdrawn: set[tuple[str, int]] = set()
        self.dirty: set[str] = set()
        self._builder = BarBuilder()
        self._grown: set[str] = set()

    def add(self, trade: Trade, *, is_priced: bool) -> bool:
        """Count a trade in; return False if its minute has closed already."""
        late_before = self._builder.late_trades
        closed = self._builder.add(trade, is_priced=is_priced)
        if closed is not None:
            self._keep(closed)
        self._grown.add(trade.symbol)
        return self._builder.late_trades == late_before

    def is_placeholder(self, bar: Bar) -> bool:
        """Say whether the provider's bar tells of no trades in a minute of which we have some."""
        ours = self._builder.find(bar.symbol, bar.ts_start)
        return ours is not None and is_placeholder(bar, beside=ours)

    def replace(self, bar: Bar) -> bool:
        """Take the provider's bar of a minute; return whether it differs from ours."""
        taken = self._builder.replace(bar)
        if taken is not None:
            self._keep(taken)
        return taken is not None

    def amend(
        self, *, symbol: str, trade_id: int, exchange: str, replacement: Trade | None
    ) -> bool:
        """Take back or correct a print; return False if it is not known any more."""
        amended = self._builder.amend(
            symbol=symbol, trade_id=trade_id, exchange=exchange, replacement=replacement
        )
        if amended is None:
            return False
        if amended.bar is not None:
            self._keep(amended.bar)
        else:
            self._withdraw(symbol, amended.ts_start)
        return True

    def confirm(self, trade: Trade) -> bool:
        """
        Let a trade that was added without ``is_priced`` move the prices of its bar after all.

        Return False if its bar cannot be mended any more.
        """
        symbol = trade.symbol
        ts_start = self._builder.confirm(trade)
        if ts_start is None:
            return False
        if self._builder.is_open(symbol, ts_start):
            self._grown.add(symbol)  # summed up once when it is settled, not for each print
        elif (bar := self._builder.find(symbol, ts_start)) is not None:
            self._keep(bar)
        return True

    def mendable_since(self, symbol: str) -> int:
        """Return when the symbol's oldest minute that can be mended began; 0 if there is none."""
        return self._builder.mendable_since(symbol)

    def settle(self, *, now_ns: int) -> None:
        """Close bars whose minute is over and take up how the open ones have grown."""
        for bar in self._builder.close_passed(now_ns=now_ns):
            self._keep(bar)
        grown, self._grown = self._grown, set()
        for symbol in grown:
            if (live := self._builder.live(symbol)) is not None:
                self._keep(live)

    def resume(self, bars: Iterable[Bar]) -> None:
        """Take up the bars of the running minute, which an earlier process began."""
        for bar in bars:
            self._builder.resume(bar)
            self.newest[bar.symbol] = bar

    def of(self, symbol: str) -> list[Bar]:
        """Return the symbol's bars that are newer than PostgreSQL's. Any thread may ask."""
        fresh = [bar for bar in list(self.unsaved.values()) if bar.symbol == symbol]
        newest = self.newest.get(symbol)
        return fresh if newest is None else [*fresh, newest]

    def saved(self, bars: Iterable[Bar]) -> None:
        """Forget that these bars are unsaved, unless they have grown since."""
        for bar in bars:
            key = (bar.symbol, bar.ts_start)
            if self.unsaved.get(key) is bar:
                del self.unsaved[key]

    def _keep(self, bar: Bar) -> None:
        key = (bar.symbol, bar.ts_start)
        self.unsaved[key] = bar
        self.withdrawn.discard(key)
        newest = self.newest.get(bar.symbol)
        if newest is None or newest.ts_start <= bar.ts_start:
            self.newest[bar.symbol] = bar
            self.dirty.add(bar.symbol)

    def _withdraw(self, symbol: str, ts_start: int) -> None:
        self.unsaved.pop((symbol, ts_start), None)
        self.withdrawn.add((symbol, ts_start))
        newest = self.newest.get(symbol)
        if newest is not None and newest.ts_start == ts_start:
            del self.newest[symbol]
            self.dirty.add(symbol)
