"""
The messages of IEX TOPS 1.6 and DEEP 1.0, as they are on the wire.

Format: Investors Exchange, "IEX TOPS Specification" 1.6 and "IEX DEEP Specification" 1.0. Prices
are integers of 1/10,000 dollar, ``ts`` nanoseconds since the epoch, symbols 8 bytes padded with
spaces. A message may have grown at its end; what is not known of it is passed over, and so are
messages of an unknown type.
"""

from collections.abc import Container, Iterator, Mapping
from struct import Struct
from types import MappingProxyType
from typing import Any, NamedTuple

from marketdata.feeds.base import FeedError
from marketdata.feeds.iex.transport import HEADER, Segment

TOPS_1_6 = 0x8003
DEEP_1_0 = 0x8004


class ProtocolUnknown(FeedError):
    """The capture speaks a message protocol that is not read. Take a TOPS 1.6 or DEEP 1.0 file."""

    code = "IEX_PROTOCOL_UNKNOWN"


class SystemEvent(NamedTuple):
    """``event``: O start of messages, S and E system hours, R and M regular hours, C end."""

    event: bytes
    ts: int


class SecurityDirectory(NamedTuple):
    flags: int
    ts: int
    symbol: bytes
    round_lot: int
    adjusted_poc_price: int
    luld_tier: int


class TradingStatusMessage(NamedTuple):
    """``status``: H halted, O order acceptance, P paused, T trading."""

    status: bytes
    ts: int
    symbol: bytes
    reason: bytes


class RetailLiquidity(NamedTuple):
    """``indicator``: space none, A buy, B sell, C both."""

    indicator: bytes
    ts: int
    symbol: bytes


class OperationalHalt(NamedTuple):
    """``status``: O halted on IEX, N not."""

    status: bytes
    ts: int
    symbol: bytes


class ShortSaleRestriction(NamedTuple):
    """``status``: 1 while the price test is in effect."""

    status: int
    ts: int
    symbol: bytes
    detail: bytes


class SecurityEvent(NamedTuple):
    """``event``: O the opening process is over, C the closing process is."""

    event: bytes
    ts: int
    symbol: bytes


class BuyLevel(NamedTuple):
    """The bid side shows ``size`` shares at ``price``; none means that the level is gone."""

    flags: int
    ts: int
    symbol: bytes
    size: int
    price: int


class SellLevel(NamedTuple):
    flags: int
    ts: int
    symbol: bytes
    size: int
    price: int


class QuoteUpdate(NamedTuple):
    """A side without a quote has price and size zero."""

    flags: int
    ts: int
    symbol: bytes
    bid_size: int
    bid: int
    ask: int
    ask_size: int


class TradeReport(NamedTuple):
    flags: int
    ts: int
    symbol: bytes
    size: int
    price: int
    trade_id: int


class TradeBreak(NamedTuple):
    """The trade of this id, size and price is taken back; ``ts`` is when that was done."""

    flags: int
    ts: int
    symbol: bytes
    size: int
    price: int
    trade_id: int


class OfficialPrice(NamedTuple):
    """``kind``: Q opening, M closing."""

    kind: bytes
    ts: int
    symbol: bytes
    price: int


class AuctionInformation(NamedTuple):
    """``scheduled_at`` is seconds since the epoch; ``imbalance_side``: B, S or N."""

    kind: bytes
    ts: int
    symbol: bytes
    paired: int
    reference_price: int
    indicative_price: int
    imbalance: int
    imbalance_side: bytes
    extensions: int
    scheduled_at: int
    book_clearing_price: int
    collar_reference_price: int
    lower_collar: int
    upper_collar: int


Message = (
    SystemEvent
    | SecurityDirectory
    | TradingStatusMessage
    | RetailLiquidity
    | OperationalHalt
    | ShortSaleRestriction
    | SecurityEvent
    | BuyLevel
    | SellLevel
    | QuoteUpdate
    | TradeReport
    | TradeBreak
    | OfficialPrice
    | AuctionInformation
)


class Layout(NamedTuple):
    """A message's type and everything after its type byte."""

    message: type[Any]
    fields: Struct


_BOTH = {
    ord("S"): Layout(SystemEvent, Struct("<cq")),
    ord("D"): Layout(SecurityDirectory, Struct("<Bq8sIqB")),
    ord("H"): Layout(TradingStatusMessage, Struct("<cq8s4s")),
    ord("I"): Layout(RetailLiquidity, Struct("<cq8s")),
    ord("O"): Layout(OperationalHalt, Struct("<cq8s")),
    ord("P"): Layout(ShortSaleRestriction, Struct("<Bq8sc")),
    ord("T"): Layout(TradeReport, Struct("<Bq8sIqq")),
    ord("B"): Layout(TradeBreak, Struct("<Bq8sIqq")),
    ord("X"): Layout(OfficialPrice, Struct("<cq8sq")),
    ord("A"): Layout(AuctionInformation, Struct("<cq8sIqqIcBIqqqq")),
}
LAYOUTS: Mapping[int, Mapping[int, Layout]] = MappingProxyType(
    {
        TOPS_1_6: {**_BOTH, ord("Q"): Layout(QuoteUpdate, Struct("<Bq8sIqqI"))},
        DEEP_1_0: {
            **_BOTH,
            ord("E"): Layout(SecurityEvent, Struct("<cq8s")),
            ord("8"): Layout(BuyLevel, Struct("<Bq8sIq")),
            ord("5"): Layout(SellLevel, Struct("<Bq8sIq")),
        },
    }
)
_FRAME = Struct("<HB")  # the length of what follows it, and the type


def decode(segment: Segment, *, kinds: Container[int] | None = None) -> Iterator[Message]:
    """
    Yield the segment's messages in order; with ``kinds`` (type bytes) only those.

    What is not wanted is passed over before it is decoded.

    :raises ProtocolUnknown: if the segment is neither TOPS 1.6 nor DEEP 1.0
    :raises ValueError: if its messages do not fill it exactly
    """
    layouts = LAYOUTS.get(segment.protocol)
    if layouts is None:
        raise ProtocolUnknown(
            f"message protocol 0x{segment.protocol:04x} is not read, only TOPS 1.6 (0x8003) and "
            "DEEP 1.0 (0x8004)"
        )
    payload = segment.payload
    end = len(payload)
    at = HEADER.size
    frame, make = _FRAME.unpack_from, tuple.__new__
    for _ in range(segment.message_count):
        if at + _FRAME.size > end:
            raise ValueError("a segment has fewer messages than it says")
        length, kind = frame(payload, at)
        start, at = at + 3, at + 2 + length
        if at > end:
            raise ValueError("a message is longer than its segment")
        layout = layouts.get(kind)
        if layout is None or (kinds is not None and kind not in kinds):
            continue
        if length <= layout.fields.size:
            raise ValueError(f"a message {chr(kind)} of {length} bytes is too short")
        # A named tuple's own constructor would take the fields apart and put them together again.
        yield make(layout.message, layout.fields.unpack_from(payload, start))
    if at != end:
        raise ValueError("a segment is longer than its messages")
