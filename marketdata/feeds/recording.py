"""What a recording is: rows in time that a feed can play, whatever file they come from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from marketdata.contracts import Quote, Shares, Trade, Update
from marketdata.feeds.base import FeedError
from trading.kernel import clock


class RecordingNotFound(FeedError):
    """There is no recording at this path. Point FEED=replay:PATH at one."""

    code = "RECORDING_NOT_FOUND"


class RecordingCorrupt(FeedError):
    """A recorded file is damaged, cut off or not what its name says. Replace it."""

    code = "RECORDING_CORRUPT"


class TradeRow(NamedTuple):
    """``us`` is microseconds after midnight New York; ``number`` becomes the trade's id."""

    us: int
    symbol: str
    px: float
    size: Shares
    exchange: str
    conditions: tuple[str, ...]
    number: int


class QuoteRow(NamedTuple):
    """The best bid and offer from ``us`` on, microseconds after midnight New York."""

    us: int
    symbol: str
    bid_px: float
    bid_size: int
    bid_exchange: str
    ask_px: float
    ask_size: int
    ask_exchange: str


class UpdateRow(NamedTuple):
    """
    Anything else that a feed may say: ``make`` is its contract, ``values`` are its own fields.

    With a ``state`` it holds until a row of the same state comes, so whoever begins in the middle
    needs the newest of each; ``is_over`` says that the state has ended. Without one it is a thing
    of its moment.
    """

    us: int
    symbol: str
    make: Callable[..., Update]
    values: Mapping[str, Any]
    state: tuple[object, ...] | None = None
    is_over: bool = False


TapeRow = QuoteRow | TradeRow | UpdateRow


class Recording(Protocol):
    """
    One recorded day. Whoever makes one has looked through it: damage shows before it is played.

    ``trade_date`` is the New York day. ``first_us`` and ``last_us`` are the times of its first and
    last row; ``previous_closes`` holds the last price of the day before, in dollars, of each symbol
    for which it is known.
    """

    @property
    def path(self) -> Path: ...

    @property
    def trade_date(self) -> date: ...

    @property
    def symbols(self) -> Sequence[str]: ...

    @property
    def previous_closes(self) -> Mapping[str, float]: ...

    @property
    def first_us(self) -> int: ...

    @property
    def last_us(self) -> int: ...

    def rows(self) -> Iterator[TapeRow]:
        """
        Read the day from its beginning, in time.

        :raises RecordingCorrupt: when the stream gets to a damaged place
        """
        ...


def midnight_ns(day: date) -> int:
    """Return the New York midnight with which the day begins, in nanoseconds since the epoch."""
    return clock.to_ns(datetime(day.year, day.month, day.day, tzinfo=clock.NEW_YORK))


def update_of(row: TapeRow, *, ts_event: int, ts_init: int, source: str) -> Update:
    """Return what the row says, as happening at ``ts_event``."""
    if isinstance(row, QuoteRow):
        return Quote(
            symbol=row.symbol,
            bid_px=row.bid_px,
            bid_size=row.bid_size,
            ask_px=row.ask_px,
            ask_size=row.ask_size,
            bid_exchange=row.bid_exchange,
            ask_exchange=row.ask_exchange,
            ts_event=ts_event,
            ts_init=ts_init,
            source=source,
        )
    if isinstance(row, TradeRow):
        return Trade(
            symbol=row.symbol,
            px=row.px,
            size=row.size,
            exchange=row.exchange,
            conditions=row.conditions,
            trade_id=row.number,
            ts_event=ts_event,
            ts_init=ts_init,
            source=source,
        )
    return row.make(
        symbol=row.symbol, ts_event=ts_event, ts_init=ts_init, source=source, **row.values
    )


def prevailing(
    rows: Iterator[TapeRow], *, start_us: int
) -> tuple[list[TapeRow], Iterator[TapeRow]]:
    """
    Wind a day's rows to ``start_us``; return what holds at that moment, and the rows after it.

    What holds comes out as of ``start_us``: each symbol's market, and every state that is not over.
    """
    newest: dict[tuple[object, ...], TapeRow] = {}
    after: Iterator[TapeRow] = iter(())
    for row in rows:
        if row.us > start_us:
            after = chain((row,), rows)
            break
        if isinstance(row, QuoteRow):
            newest[QuoteRow, row.symbol] = row
        elif isinstance(row, UpdateRow) and row.state is not None:
            newest.pop(row.state, None)
            if not row.is_over:
                newest[row.state] = row
    return [row._replace(us=start_us) for row in newest.values()], after
