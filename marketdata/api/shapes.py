"""Contracts as the wire's JSON objects."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import repeat

import numpy as np
import orjson
from numpy.typing import NDArray

from marketdata.contracts import (
    Bar,
    BarColumns,
    HistoricalTrade,
    IndicatorLines,
    Instrument,
    Mover,
    Quote,
    Session,
    Snapshot,
    Trade,
    TradingDay,
)
from trading.kernel.clock import NEW_YORK, NS_PER_SECOND, from_ns
from trading.kernel.margin import (
    LONG_MAINTENANCE_RATE,
    NO_LOAN_VALUE_RATE,
    SHORT_MAINTENANCE_RATE,
)
from trading.kernel.quantities import plain, whole

# Our master does not say which tape a listing reports to; N is the wire's "none of A, B and C".
_TAPE = "N"
_PER_CENT = 100


def asset(instrument: Instrument) -> dict[str, object]:
    long_rate, short_rate = _margin_rates(instrument)
    return {
        "id": str(instrument.id),
        "class": instrument.asset_class,
        "exchange": instrument.exchange,
        "symbol": instrument.symbol,
        "name": instrument.name,
        "cusip": instrument.cusip or None,
        "status": instrument.status,
        "tradable": instrument.tradable,
        "marginable": instrument.marginable,
        "shortable": instrument.shortable,
        "easy_to_borrow": instrument.easy_to_borrow,
        "borrow_status": "easy_to_borrow" if instrument.easy_to_borrow else "hard_to_borrow",
        "fractionable": instrument.fractionable,
        "maintenance_margin_requirement": int(_PER_CENT * long_rate),
        "margin_requirement_long": plain(_PER_CENT * long_rate),
        "margin_requirement_short": plain(_PER_CENT * short_rate),
        "attributes": [],
    }


def _margin_rates(instrument: Instrument) -> tuple[Decimal, Decimal]:
    if not instrument.marginable:
        return NO_LOAN_VALUE_RATE, NO_LOAN_VALUE_RATE
    return LONG_MAINTENANCE_RATE, SHORT_MAINTENANCE_RATE


def trading_day(day: TradingDay, *, settles: date | None) -> dict[str, object]:
    """Return a row of the calendar; ``settles`` is when its trades do, None if not known yet."""
    return {
        "date": day.trade_date.isoformat(),
        "open": f"{_wall(day.opens_at):%H:%M}",
        "close": f"{_wall(day.closes_at):%H:%M}",
        "session_open": f"{_wall(day.pre_opens_at):%H%M}",
        "session_close": f"{_wall(day.post_closes_at):%H%M}",
        "settlement_date": None if settles is None else settles.isoformat(),
    }


def _wall(at: datetime) -> datetime:
    return at.astimezone(NEW_YORK)


def clock(*, now: datetime, session: Session) -> dict[str, object]:
    """``market_data`` and ``session_source`` are ours: whose market and whose session this is."""
    source = session.kind.value.lower()
    return {
        "timestamp": _new_york(now),
        "is_open": session.is_open,
        "next_open": _new_york(session.next_open),
        "next_close": _new_york(session.next_close),
        "market_data": source,
        "session_source": source,
    }


def bar(bar: Bar) -> dict[str, object]:
    return {
        "t": moment(bar.ts_start),
        "o": bar.open,
        "h": bar.high,
        "l": bar.low,
        "c": bar.close,
        "v": whole(bar.volume),
        "n": bar.trade_count,
        "vw": bar.vwap,
    }


def bars(columns: BarColumns) -> orjson.Fragment:
    """Return a JSON array of bars, already encoded: there is no object per bar before."""
    rows = zip(
        moments(columns.ts_start),
        columns.open.tolist(),
        columns.high.tolist(),
        columns.low.tolist(),
        columns.close.tolist(),
        _whole(columns.volume),
        # What the source does not tell is null: clients take it for an optional number.
        columns.trade_counts(),
        columns.vwaps(),
        strict=True,
    )
    return orjson.Fragment(
        orjson.dumps(
            [
                {"t": t, "o": o, "h": h, "l": low, "c": c, "v": v, "n": n, "vw": vw}
                for t, o, h, low, c, v, n, vw in rows
            ]
        )
    )


def quote(quote: Quote) -> dict[str, object]:
    return {
        "t": moment(quote.ts_event),
        "ax": quote.ask_exchange,
        "ap": quote.ask_px,
        "as": whole(quote.ask_size),
        "bx": quote.bid_exchange,
        "bp": quote.bid_px,
        "bs": whole(quote.bid_size),
        "c": ["R"],
        "z": _TAPE,
    }


def trade(trade: Trade) -> dict[str, object]:
    return {
        "t": moment(trade.ts_event),
        "x": trade.exchange,
        "p": trade.px,
        "s": whole(trade.size),
        "c": list(trade.conditions),
        "i": trade.trade_id,
        "z": _TAPE,
    }


def historical_trade(told: HistoricalTrade) -> dict[str, object]:
    """``u`` is there only if the tape said something of the print later."""
    return trade(told) if told.update is None else {**trade(told), "u": told.update.value}


def snapshot(snapshot: Snapshot) -> dict[str, object]:
    """What is not known is left out: clients take an absent value, not an empty one."""
    values = {
        "latestTrade": snapshot.latest_trade and trade(snapshot.latest_trade),
        "latestQuote": snapshot.latest_quote and quote(snapshot.latest_quote),
        "minuteBar": snapshot.minute_bar and bar(snapshot.minute_bar),
        "dailyBar": snapshot.daily_bar and bar(snapshot.daily_bar),
        "prevDailyBar": snapshot.previous_daily_bar and bar(snapshot.previous_daily_bar),
    }
    return {key: value for key, value in values.items() if value is not None}


def mover(mover: Mover) -> dict[str, object]:
    return {
        "symbol": mover.symbol,
        "percent_change": mover.percent_change,
        "change": mover.change,
        "price": mover.px,
    }


def most_active(bar: Bar) -> dict[str, object]:
    return {
        "symbol": bar.symbol,
        "volume": whole(bar.volume),
        "trade_count": bar.trade_count,
    }


def indicators(found: IndicatorLines) -> dict[str, object]:
    """Columns beside the bars' times; null while an indicator warms up."""
    return {
        "t": moments(found.ts_start),
        # orjson writes NaN as null, and an array that lies in one piece without Python's numbers.
        "indicators": orjson.Fragment(
            orjson.dumps(
                {name: np.ascontiguousarray(values) for name, values in found.lines.items()},
                option=orjson.OPT_SERIALIZE_NUMPY,
            )
        ),
    }


def moment(ts: int) -> str:
    """Return nanoseconds since the epoch as RFC 3339 in UTC, no longer than they need."""
    seconds, nanoseconds = divmod(ts, NS_PER_SECOND)
    if not nanoseconds:
        return _second(seconds) + "Z"
    return f"{_second(seconds)}.{nanoseconds:09d}".rstrip("0") + "Z"


def moments(ts: NDArray[np.int64]) -> list[str]:
    """Return bars' times, which are whole seconds."""
    texts = np.datetime_as_string(ts.astype("datetime64[ns]"), unit="s").tolist()
    return list(map(str.__add__, texts, repeat("Z")))


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return from_ns(seconds * NS_PER_SECOND).strftime("%Y-%m-%dT%H:%M:%S")


def _whole(values: NDArray[np.float64]) -> list[int] | list[float]:
    """Write shares as integers, which some clients demand, unless a fraction was traded."""
    integers = values.astype(np.int64)
    if not (integers == values).all():
        fractions: list[float] = values.tolist()
        return fractions
    whole: list[int] = integers.tolist()
    return whole


def _new_york(at: datetime) -> str:
    return at.astimezone(NEW_YORK).isoformat()
