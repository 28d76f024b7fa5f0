"""The stream's messages as they come. Times are milliseconds since the epoch."""

from typing import Annotated

from msgspec import Meta, Struct, field

# More than there are shares of anything, and still exact when counted in lots.
Size = Annotated[float, Meta(le=1e13)]


class Message(Struct, tag_field="ev", gc=False):
    """Any message: ``ev`` says which."""


class Status(Message, tag="status"):
    status: str
    message: str = ""


class TradeMessage(Message, tag="T"):
    """``x`` is the exchange, by which the id ``i`` is unique; prints may share ``q``."""

    sym: str
    p: float
    t: int
    s: Size = 0
    x: int = 0
    q: int = 0
    i: str = ""
    c: tuple[int, ...] | None = None


class QuoteMessage(Message, tag="Q"):
    """A side without a quote is left out. ``bx`` and ``ax`` are exchanges."""

    symbol: str = field(name="sym")
    t: int
    bid_px: float = field(name="bp", default=0)
    bs: Size = 0
    bx: int = 0
    ask_px: float = field(name="ap", default=0)
    ask_size: Size = field(name="as", default=0)
    ax: int = 0


class AggregateMessage(Message):
    """``s`` is the start, ``v`` shares, ``z`` the average size of a trade."""

    sym: str
    o: float
    h: float
    l: float  # noqa: E741 - the provider's name
    c: float
    s: int
    v: float = 0
    vw: float = 0
    z: float = 0


class SecondMessage(AggregateMessage, tag="A"):
    pass


class MinuteMessage(AggregateMessage, tag="AM"):
    pass


class PriceBandMessage(Message, tag="LULD"):
    """``i`` holds the indicators."""

    T: str
    h: float
    l: float  # noqa: E741 - the provider's name
    t: int
    i: tuple[int, ...] | None = None


AnyMessage = Status | TradeMessage | QuoteMessage | SecondMessage | MinuteMessage | PriceBandMessage
