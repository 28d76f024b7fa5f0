"""Contracts as the wire's JSON objects."""

from datetime import datetime

from marketdata.contracts import Bar, Instrument, Quote, Session, Trade
from trading.kernel.clock import NEW_YORK, from_ns

# Our master does not say which tape a listing reports to; N is the wire's "none of A, B and C".
_TAPE = "N"


def asset(instrument: Instrument) -> dict[str, object]:
    return {
        "id": str(instrument.id),
        "class": instrument.asset_class,
        "exchange": instrument.exchange,
        "symbol": instrument.symbol,
        "name": instrument.name,
        "status": instrument.status,
        "tradable": instrument.tradable,
        "marginable": instrument.marginable,
        "shortable": instrument.shortable,
        "easy_to_borrow": instrument.easy_to_borrow,
        "borrow_status": "easy_to_borrow" if instrument.easy_to_borrow else "hard_to_borrow",
        "fractionable": instrument.fractionable,
        "attributes": [],
    }


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
        "t": from_ns(bar.ts_start),
        "o": bar.open,
        "h": bar.high,
        "l": bar.low,
        "c": bar.close,
        "v": bar.volume,
        "n": bar.trade_count,
        "vw": bar.vwap,
    }


def quote(quote: Quote) -> dict[str, object]:
    return {
        "t": from_ns(quote.ts_event),
        "ax": quote.ask_exchange,
        "ap": quote.ask_px,
        "as": quote.ask_size,
        "bx": quote.bid_exchange,
        "bp": quote.bid_px,
        "bs": quote.bid_size,
        "c": ["R"],
        "z": _TAPE,
    }


def trade(trade: Trade) -> dict[str, object]:
    return {
        "t": from_ns(trade.ts_event),
        "x": trade.exchange,
        "p": trade.px,
        "s": trade.size,
        "c": list(trade.conditions),
        "i": trade.trade_id,
        "z": _TAPE,
    }


def _new_york(at: datetime) -> str:
    return at.astimezone(NEW_YORK).isoformat()
