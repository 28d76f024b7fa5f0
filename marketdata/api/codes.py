"""What the tape's letters mean: exchanges, and conditions of trades and quotes."""

from collections.abc import Mapping
from types import MappingProxyType

EXCHANGES: Mapping[str, str] = MappingProxyType(
    {
        "A": "NYSE American (AMEX)",
        "B": "NASDAQ OMX BX",
        "C": "National Stock Exchange",
        "D": "FINRA ADF",
        "E": "Market Independent",
        "H": "MIAX",
        "I": "International Securities Exchange",
        "J": "Cboe EDGA",
        "K": "Cboe EDGX",
        "L": "Long Term Stock Exchange",
        "M": "Chicago Stock Exchange",
        "N": "New York Stock Exchange",
        "P": "NYSE Arca",
        "Q": "NASDAQ OMX",
        "S": "NASDAQ Small Cap",
        "T": "NASDAQ Int",
        "U": "Members Exchange",
        "V": "IEX",
        "W": "CBOE",
        "X": "NASDAQ OMX PSX",
        "Y": "Cboe BYX",
        "Z": "Cboe BZX",
    }
)

_CTA_TRADES: Mapping[str, str] = MappingProxyType(
    {
        " ": "Regular Sale",
        "B": "Average Price Trade",
        "C": "Cash Trade (Same Day Clearing)",
        "E": "Automatic Execution",
        "F": "Inter-market Sweep Order",
        "H": "Price Variation Trade",
        "I": "Odd Lot Trade",
        "K": "Rule 127 (NYSE only) or Rule 155 (NYSE MKT only)",
        "L": "Sold Last (Late Reporting)",
        "M": "Market Center Official Close",
        "N": "Next Day Trade (Next Day Clearing)",
        "O": "Market Center Opening Trade",
        "P": "Prior Reference Price",
        "Q": "Market Center Official Open",
        "R": "Seller",
        "T": "Extended Hours Trade",
        "U": "Extended Hours Sold (Out Of Sequence)",
        "V": "Contingent Trade",
        "X": "Cross Trade",
        "Z": "Sold (Out Of Sequence)",
        "4": "Derivatively Priced",
        "5": "Market Center Reopening Trade",
        "6": "Market Center Closing Trade",
        "7": "Qualified Contingent Trade",
        "9": "Corrected Consolidated Close Price as per Listing Market",
    }
)
_UTP_TRADES: Mapping[str, str] = MappingProxyType(
    {
        "@": "Regular Sale",
        "A": "Acquisition",
        "B": "Bunched Trade",
        "C": "Cash Sale",
        "D": "Distribution",
        "F": "Intermarket Sweep",
        "G": "Bunched Sold Trade",
        "H": "Price Variation Trade",
        "I": "Odd Lot Trade",
        "K": "Rule 155 Trade (AMEX)",
        "L": "Sold Last",
        "M": "Market Center Official Close",
        "N": "Next Day",
        "O": "Opening Prints",
        "P": "Prior Reference Price",
        "Q": "Market Center Official Open",
        "R": "Seller",
        "S": "Split Trade",
        "T": "Form T",
        "U": "Extended trading hours (Sold Out of Sequence)",
        "V": "Contingent Trade",
        "W": "Average Price Trade",
        "X": "Cross Trade",
        "Y": "Yellow Flag Regular Trade",
        "Z": "Sold (out of sequence)",
        "1": "Stopped Stock (Regular Trade)",
        "4": "Derivatively priced",
        "5": "Re-Opening Prints",
        "6": "Closing Prints",
        "7": "Qualified Contingent Trade",
        "9": "Corrected Consolidated Close (per listing market)",
    }
)
_QUOTES: Mapping[str, str] = MappingProxyType(
    {
        "A": "Slow Quote Offer Side",
        "B": "Slow Quote Bid Side",
        "C": "Closing",
        "F": "Fast Trading",
        "H": "Slow Quote Bid and Offer Side",
        "L": "Closed Quote",
        "N": "Non Firm Quote",
        "O": "Opening Quote",
        "R": "Regular Two Sided Open",
        "U": "Slow Quote LRP Bid and Offer",
        "W": "Slow Quote Set Slow List",
    }
)

# Tapes A and B are the consolidated tape's, C is Nasdaq's.
CONDITIONS: Mapping[tuple[str, str], Mapping[str, str]] = MappingProxyType(
    {
        ("trade", "A"): _CTA_TRADES,
        ("trade", "B"): _CTA_TRADES,
        ("trade", "C"): _UTP_TRADES,
        ("quote", "A"): _QUOTES,
        ("quote", "B"): _QUOTES,
        ("quote", "C"): _QUOTES,
    }
)
