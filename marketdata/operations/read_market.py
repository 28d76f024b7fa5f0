"""The market as it stands: snapshots, movers, what is traded most."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from marketdata.contracts import Bar, Instrument, Mover, Snapshot
from marketdata.domain import series
from marketdata.domain.timeframes import ONE_DAY, ONE_MINUTE
from marketdata.operations import read_days, read_history, run_feed
from marketdata.operations.read_history import Range
from marketdata.store import instruments
from trading.kernel import clock

# A symbol that has not traded for longer than this has no newest bar.
_RECENT = timedelta(days=10)
_NOTHING = Snapshot(
    latest_trade=None, latest_quote=None, minute_bar=None, daily_bar=None, previous_daily_bar=None
)


def snapshot(*, symbol: str, now: datetime) -> Snapshot | None:
    """Return the symbol's newest values; None if it is unknown or nothing is known of it."""
    instrument = instruments.find(symbol=symbol)
    if instrument is None:
        return None
    pipeline = run_feed.running()
    days = _newest(instrument, now=now, count=2, is_daily=True)
    found = Snapshot(
        latest_trade=None if pipeline is None else pipeline.latest.trades.get(symbol),
        latest_quote=None if pipeline is None else pipeline.latest.quotes.get(symbol),
        minute_bar=latest_bar(symbol=symbol, now=now),
        daily_bar=days[-1] if days else None,
        previous_daily_bar=days[-2] if days[1:] else None,
    )
    return None if found == _NOTHING else found


def latest_bar(*, symbol: str, now: datetime) -> Bar | None:
    """Return the newest minute bar, the live one if there is one."""
    instrument = instruments.find(symbol=symbol)
    if instrument is None:
        return None
    newest = _newest(instrument, now=now, count=1, is_daily=False)
    return newest[-1] if newest else None


def list_movers() -> list[Mover]:
    """Return how far each symbol has moved from its previous close, the farthest up first."""
    pipeline = run_feed.running()
    if pipeline is None:
        return []
    movers = []
    for symbol, before in pipeline.feed.previous_closes.items():
        trade = pipeline.latest.trades.get(symbol)
        if trade is not None and before > 0:
            change = trade.px - before
            movers.append(
                Mover(
                    symbol=symbol,
                    px=trade.px,
                    change=round(change, 4),
                    percent_change=round(100 * change / before, 4),
                )
            )
    return sorted(movers, key=lambda mover: (-mover.percent_change, mover.symbol))


def list_day_bars(*, now: datetime) -> Sequence[Bar]:
    """Return today's bar of every symbol that has traded today."""
    return list(read_days.read_day(symbols=None, trade_date=clock.new_york_date(now)).values())


def _newest(instrument: Instrument, *, now: datetime, count: int, is_daily: bool) -> list[Bar]:
    """Return the newest bars, ascending."""
    wanted = Range(
        timeframe=ONE_DAY if is_daily else ONE_MINUTE,
        ts_from=clock.to_ns(now - _RECENT),
        ts_to=clock.to_ns(now),
        extended_hours=not is_daily or read_days.is_made_up(),
        limit=count,
        newest_first=True,
    )
    found = read_history.read_bars(instrument=instrument, wanted=wanted)
    return series.to_bars(found, symbol=instrument.symbol)
