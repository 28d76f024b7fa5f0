"""The stream's messages as they come."""

from msgspec import Struct, field


class Response(Struct):
    code: int = 0
    message: str = ""


class Envelope(Struct, tag_field="messageType"):
    """Any message: ``messageType`` says which."""


class Subscription(Struct, frozen=True):
    subscription_id: int | None = field(default=None, name="subscriptionId")


class Information(Envelope, tag="I"):
    """Answers a subscription."""

    response: Response
    data: Subscription = Subscription()


class Heartbeat(Envelope, tag="H"):
    pass


class Refused(Envelope, tag="E"):
    response: Response


class ReferencePrice(Struct, array_like=True):
    at: str
    ticker: str
    px: float


class TopOfBook(Struct, array_like=True):
    """
    One event of IEX. ``kind`` is Q for a quote, T for a trade, B for a trade taken back.

    Trades leave the quote's places empty and quotes the trade's. Flags are 1 for yes.
    """

    kind: str
    at: str
    ts_event: int
    ticker: str
    bid_size: float | None = None
    bid_px: float | None = None
    mid_px: float | None = None
    ask_px: float | None = None
    ask_size: float | None = None
    last_px: float | None = None
    last_size: float | None = None
    is_halted: int | None = None
    is_after_hours: int | None = None
    is_sweep: int | None = None
    is_odd_lot: int | None = None
    is_exempt: int | None = None


class ReferenceUpdate(Envelope, tag="A"):
    data: ReferencePrice


class BookUpdate(Envelope, tag="A"):
    data: TopOfBook


AnyReference = Information | Heartbeat | Refused | ReferenceUpdate
AnyBook = Information | Heartbeat | Refused | BookUpdate
