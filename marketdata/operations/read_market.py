"""The market as it stands: snapshots, movers, what is traded most."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from marketdata.contracts import Bar, Instrument, Mover, Snapshot
from marketdata.domain import series
from marketdata.domain.timeframes import ONE_DAY, ONE_MINUTE
from marketdata.operations import read_days, read_history, run_feed
from marketdata.operations.read_history import Range
from marketdata.store import instruments, presence
from trading.kernel import clock

# A symbol that has not traded for longer than this has no newest bar.
_RECENT = timedelta(days=10)
_NOTHING = Snapshot(
    latest_trade=None, latest_quote=None, minute_bar=None, daily_bar=None, previous_daily_bar=None
)


def snapshots(*, symbols: Collection[str], now: datetime) -> dict[str, Snapshot]:
    """Return the newest values of those of the symbols of which any are known."""
    securities = instruments.find_many(symbols=symbols)
    recent = _traded_recently(securities, now)
    found = {
        symbol: _snapshot(instrument, now=now, has_bars=symbol in recent)
        for symbol, instrument in securities.items()
    }
    return {symbol: each for symbol, each in found.items() if each != _NOTHING}


def latest_bars(*, symbols: Collection[str], now: datetime) -> dict[str, Bar]:
    """Return the newest minute bar of those that have one, the live one if there is one."""
    securities = instruments.find_many(symbols=symbols)
    found = {
        symbol: _newest(securities[symbol], now=now, count=1, is_daily=False)
        for symbol in _traded_recently(securities, now)
    }
    return {symbol: newest[-1] for symbol, newest in found.items() if newest}


def _snapshot(instrument: Instrument, *, now: datetime, has_bars: bool) -> Snapshot:
    pipeline, symbol = run_feed.running(), instrument.symbol
    days = _newest(instrument, now=now, count=2, is_daily=True) if has_bars else []
    minutes = _newest(instrument, now=now, count=1, is_daily=False) if has_bars else []
    return Snapshot(
        latest_trade=None if pipeline is None else pipeline.latest.trades.get(symbol),
        latest_quote=None if pipeline is None else pipeline.latest.quotes.get(symbol),
        minute_bar=minutes[-1] if minutes else None,
        daily_bar=days[-1] if days else None,
        previous_daily_bar=days[-2] if days[1:] else None,
    )


def _traded_recently(securities: Mapping[str, Instrument], now: datetime) -> set[str]:
    """Return which have bars: by one question, since to read none costs as much as to read some."""
    held = presence.with_bars(
        instrument_ids={each.id for each in securities.values()}, start=now - _RECENT, end=now
    )
    pipeline = run_feed.running()
    return {
        symbol
        for symbol, each in securities.items()
        if each.id in held or (pipeline is not None and pipeline.fresh_bars(symbol))
    }


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
