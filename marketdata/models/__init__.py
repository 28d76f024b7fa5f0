"""Reference data, bars and what is known of them. Ticks never touch the database."""

from marketdata.models.actions import CorporateAction
from marketdata.models.backfills import Backfill
from marketdata.models.bars import Coverage, DailyBar, MinuteBar
from marketdata.models.calendar import TradingDay
from marketdata.models.instruments import Instrument, InstrumentSymbol, InstrumentTerms

__all__ = [
    "Backfill",
    "CorporateAction",
    "Coverage",
    "DailyBar",
    "Instrument",
    "InstrumentSymbol",
    "InstrumentTerms",
    "MinuteBar",
    "TradingDay",
]
