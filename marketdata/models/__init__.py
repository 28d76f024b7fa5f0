"""Reference data, bars, what is known of them, providers. Ticks never touch the database."""

from marketdata.models.actions import CorporateAction
from marketdata.models.backfills import Backfill
from marketdata.models.bars import Coverage, DailyBar, MinuteBar
from marketdata.models.calendar import TradingDay
from marketdata.models.instruments import Instrument, InstrumentSymbol, InstrumentTerms
from marketdata.models.providers import Provider

__all__ = [
    "Backfill",
    "CorporateAction",
    "Coverage",
    "DailyBar",
    "Instrument",
    "InstrumentSymbol",
    "InstrumentTerms",
    "MinuteBar",
    "Provider",
    "TradingDay",
]
