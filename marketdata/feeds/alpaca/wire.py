"""Alpaca's objects as it sends them, with no field that is not used, in JSON and in MessagePack."""

from typing import Generic, TypeVar

import msgspec

# JSON writes a moment as text, MessagePack as its extension -1. Both are read only when needed.
Moment = TypeVar("Moment", str, msgspec.msgpack.Ext)


class Message(msgspec.Struct, tag_field="T", gc=False):
    """One element of a frame; ``T`` says which."""


class TradeMessage(Message, Generic[Moment], tag="t"):
    S: str
    p: float
    s: float
    x: str
    t: Moment
    i: int = 0
    c: tuple[str, ...] = ()
    z: str = ""


class QuoteMessage(Message, Generic[Moment], tag="q"):
    symbol: str = msgspec.field(name="S")
    bid_px: float = msgspec.field(name="bp")
    bs: float
    ask_px: float = msgspec.field(name="ap")
    as_: float = msgspec.field(name="as")
    t: Moment
    bx: str = ""
    ax: str = ""


class BarMessage(Message, Generic[Moment], tag="b"):
    S: str
    o: float
    h: float
    l: float  # noqa: E741 - the wire's name
    c: float
    v: float
    t: Moment
    n: int | None = None
    vw: float | None = None


class UpdatedBarMessage(BarMessage[Moment], Generic[Moment], tag="u"):
    """The bar again, half a minute later, with the trades that came late."""


class DailyBarMessage(BarMessage[Moment], Generic[Moment], tag="d"):
    """The day's bar as it stands."""


class StatusMessage(Message, Generic[Moment], tag="s"):
    S: str
    t: Moment
    sc: str = ""
    sm: str = ""
    rc: str = ""
    rm: str = ""


class PriceBandMessage(Message, Generic[Moment], tag="l"):
    S: str
    u: float
    d: float
    t: Moment
    i: str = ""


class CorrectionMessage(Message, Generic[Moment], tag="c"):
    S: str
    x: str
    oi: int
    op: float
    os: float
    ci: int
    cp: float
    cs: float
    t: Moment
    oc: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    z: str = ""


class CancelMessage(Message, Generic[Moment], tag="x"):
    S: str
    i: int
    p: float
    s: float
    x: str
    t: Moment


class SuccessMessage(Message, tag="success"):
    msg: str = ""


class ErrorMessage(Message, tag="error"):
    code: int = 0
    msg: str = ""


class SubscriptionMessage(Message, tag="subscription"):
    """All that we follow now, as the server sees it."""

    trades: list[str] = []
    quotes: list[str] = []
