"""A market that is made up: a random walk per symbol, the same one for the same seed."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketdata.contracts import FeedKind, Quote, Session, Tick, Trade
from marketdata.feeds.base import PACE_S, Emit
from trading.kernel import clock

_ROUND_LOT = 100
_MAX_LOTS = 12
MEAN_TRADE_SIZE = 375  # a whole number of lots, up to the size that is displayed
_EXCHANGES = ("N", "P", "Q", "Z", "K")
_STEP_NS = 100_000_000  # one look at every symbol
_QUOTE_CHANCE = 0.3  # per look: about three quotes a second
_TRADE_CHANCE = 0.1
# A look's move, as a share of the price: about 0.05 % in a minute, 1 % in a day.
_SIGMA = 0.00002
# Pull back to the start, so that a market left alone for weeks does not drift to nothing.
_PULL = 0.0000005
_STEPS_A_MINUTE = 60 * clock.NS_PER_SECOND // _STEP_NS
SIGMA_A_MINUTE = _SIGMA * _STEPS_A_MINUTE**0.5
TRADES_A_MINUTE = _TRADE_CHANCE * _STEPS_A_MINUTE
_MAX_STEPS = 100  # in one go, whatever the speed: the rest of the process gets its turn
_MAX_BEHIND_NS = 2 * clock.NS_PER_SECOND
# The session ends at midnight New York and the next one begins this much later.
_BREAK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedSymbol:
    """Where a symbol's walk starts, and the close it is compared with. Dollars."""

    symbol: str
    start_px: float
    previous_close: float


class SimulatedFeed:
    """
    Invents several quotes and trades a second for each symbol; each trade is at the quote.

    The session lasts from midnight to midnight New York, every day.
    """

    name = "simulated"
    kind = FeedKind.SIMULATED

    def __init__(
        self,
        *,
        symbols: Sequence[SimulatedSymbol],
        speed: float = 1.0,
        seed: str = "openbell",
        now_ns: Callable[[], int] = clock.now_ns,
    ) -> None:
        self.symbols: Sequence[str] = sorted(start.symbol for start in symbols)
        self.previous_closes: Mapping[str, float] = {
            start.symbol: start.previous_close for start in symbols
        }
        self._walks = [Walk(symbol=s.symbol, start_px=s.start_px, seed=seed) for s in symbols]
        self._step_ns = round(_STEP_NS / speed)
        self._now_ns = now_ns
        self._stopping = False

    def stop(self) -> None:
        self._stopping = True

    def session(self, *, now: datetime) -> Session:
        local = now.astimezone(clock.NEW_YORK)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        # Wall-clock arithmetic: a New York day may have 23 or 25 hours.
        opens_at, closes_at = midnight + _BREAK, midnight + timedelta(days=1)
        is_open = local >= opens_at
        return Session(
            kind=self.kind,
            is_open=is_open,
            opens_at=_utc(opens_at),
            closes_at=_utc(closes_at),
            next_open=_utc(closes_at + _BREAK if is_open else opens_at),
            next_close=_utc(closes_at),
        )

    async def run(self, emit: Emit) -> None:
        due_ns = self._now_ns()
        closes_at = self.session(now=clock.from_ns(due_ns)).closes_at
        emit([tick for walk in self._walks for tick in walk.opening(ts=due_ns)])
        while not self._stopping:
            await asyncio.sleep(PACE_S)
            now_ns = self._now_ns()
            if now_ns - due_ns > _MAX_BEHIND_NS:
                due_ns = now_ns  # the machine slept; nothing happened meanwhile
            if clock.from_ns(now_ns) >= closes_at:
                closes_at = self.session(now=clock.from_ns(now_ns)).closes_at
                self.previous_closes = {walk.symbol: walk.last_px for walk in self._walks}
            batch: list[Tick] = []
            for _ in range(min((now_ns - due_ns) // self._step_ns, _MAX_STEPS)):
                due_ns += self._step_ns
                for walk in self._walks:
                    batch.extend(walk.step(ts=due_ns))
            emit(batch)


class Walk:
    """One symbol's market. Its moves depend on the seed and the symbol alone, not on the clock."""

    def __init__(self, *, symbol: str, start_px: float, seed: str) -> None:
        self.symbol = symbol
        self.last_px = start_px
        self._random = random.Random(f"{seed}:{symbol}")  # noqa: S311 - prices, not secrets
        self._start_px = self._fair_px = start_px
        self._ticks_per_dollar = ticks_per_dollar(start_px)
        self._trade_id = 0
        self._bid_ticks = self._ask_ticks = 0
        self._bid_size = self._ask_size = 0

    def opening(self, *, ts: int) -> list[Tick]:
        """Return the first quote and a trade, so that no symbol starts without a price."""
        return [self._quote(ts), self._trade(ts)]

    def step(self, *, ts: int) -> list[Tick]:
        """Move once; return the quote and the trade that come of it, if any."""
        pull = _PULL * (self._start_px - self._fair_px) / self._start_px
        self._fair_px *= 1 + self._random.gauss(pull, _SIGMA)
        ticks: list[Tick] = []
        if self._random.random() < _QUOTE_CHANCE:
            ticks.append(self._quote(ts))
        if self._random.random() < _TRADE_CHANCE:
            ticks.append(self._trade(ts))
        return ticks

    def _quote(self, ts: int) -> Quote:
        spread = 1 if self._fair_px < 200 else self._random.choice((1, 2))  # noqa: PLR2004
        middle = self._fair_px * self._ticks_per_dollar
        self._bid_ticks = max(1, round(middle - spread / 2))
        self._ask_ticks = self._bid_ticks + spread
        self._bid_size, self._ask_size = self._lots(), self._lots()
        return Quote(
            symbol=self.symbol,
            bid_px=self._bid_ticks / self._ticks_per_dollar,
            bid_size=self._bid_size,
            ask_px=self._ask_ticks / self._ticks_per_dollar,
            ask_size=self._ask_size,
            bid_exchange=self._random.choice(_EXCHANGES),
            ask_exchange=self._random.choice(_EXCHANGES),
            ts_event=ts,
            ts_init=ts,
            source=SimulatedFeed.name,
        )

    def _trade(self, ts: int) -> Trade:
        at_ask = self._random.random() < 0.5  # noqa: PLR2004 - either side is as likely
        displayed = self._ask_size if at_ask else self._bid_size
        self._trade_id += 1
        self.last_px = (self._ask_ticks if at_ask else self._bid_ticks) / self._ticks_per_dollar
        return Trade(
            symbol=self.symbol,
            px=self.last_px,
            size=self._random.randrange(_ROUND_LOT, displayed + 1, _ROUND_LOT),
            exchange=self._random.choice(_EXCHANGES),
            conditions=("@",),
            trade_id=self._trade_id,
            ts_event=ts,
            ts_init=ts,
            source=SimulatedFeed.name,
        )

    def _lots(self) -> int:
        return self._random.randint(1, _MAX_LOTS) * _ROUND_LOT


def ticks_per_dollar(px: float) -> int:
    """Below a dollar prices move by a hundredth of a cent (Regulation NMS, Rule 612)."""
    return 100 if px >= 1 else 10_000


def _utc(at: datetime) -> datetime:
    return clock.from_ns(clock.to_ns(at))
