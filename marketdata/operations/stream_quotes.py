"""What a client of the quote socket asks for."""

from collections.abc import Sequence

from marketdata.contracts import Need
from marketdata.domain import frames
from marketdata.hub import MAX_SYMBOLS, Connection
from marketdata.operations import follow_symbols, run_feed
from marketdata.store import instruments
from trading.infra.database import in_thread


async def answer(*, connection: Connection, text: str | bytes) -> None:
    """Do what the client's message says; what is wrong with it is answered by error frames."""
    try:
        request = frames.parse_request(text=text)
    except frames.MalformedRequest as error:
        connection.put_error(frames.error_frame(code=error.code, message=error.message))
        return
    if request.action is frames.Action.BOOK:
        await _follow_book(connection, request.symbols)
        say_needs()
        return
    if request.action is frames.Action.UNSUBSCRIBE:
        run_feed.hub.unsubscribe(connection, request.symbols)
        say_needs()
        return
    if len(connection.symbols | set(request.symbols)) > MAX_SYMBOLS:
        message = f"a connection may follow {MAX_SYMBOLS} symbols"
        connection.put_error(frames.error_frame(code="TOO_MANY_SYMBOLS", message=message))
        return
    known = await known_among(request.symbols)
    _refuse_unknown(connection, request.symbols, known)
    # No await from here on: the current value and what follows it leave no gap between them.
    current = {symbol: _encode(symbol) for symbol in request.symbols if symbol in known}
    run_feed.hub.subscribe(connection, current)
    say_needs()
    if left_out := [symbol for symbol in current if not follow_symbols.has_room(symbol)]:
        names = ", ".join(left_out)
        message = f"no live price of {names}: the provider's plan has no room for more symbols"
        connection.put_error(frames.error_frame(code="NO_ROOM", message=message))


def say_needs() -> None:
    """Let the feed follow what is on screens."""
    follow_symbols.need(who=Need.SCREENS, symbols=run_feed.hub.wanted())


async def _follow_book(connection: Connection, symbols: Sequence[str]) -> None:
    known = await known_among(symbols)
    _refuse_unknown(connection, symbols, known)
    run_feed.hub.leave_book(connection)
    for symbol in known:
        pipeline = run_feed.running()
        book = None if pipeline is None else pipeline.books.view(symbol)
        frame = frames.book_frame(symbol=symbol, book=book)
        run_feed.hub.follow_book(connection, symbol, frame)


def _refuse_unknown(connection: Connection, symbols: Sequence[str], known: set[str]) -> None:
    for symbol in symbols:
        if symbol not in known:
            message = f"asset not found for {symbol}"
            connection.put_error(
                frames.error_frame(code="UNKNOWN_SYMBOL", message=message, symbol=symbol)
            )


async def known_among(symbols: Sequence[str]) -> set[str]:
    """Return those of the symbols that the security master knows."""
    pipeline = run_feed.running()
    known = set(symbols) & (pipeline.known if pipeline is not None else set())
    if missing := [symbol for symbol in symbols if symbol not in known]:
        # Rare: a mistake, or an instrument loaded after the feed started.
        known |= await in_thread(instruments.among, symbols=missing)
    return known


def _encode(symbol: str) -> str:
    pipeline = run_feed.running()
    if pipeline is not None:
        return pipeline.encode(symbol)
    return frames.encode_value(symbol=symbol, quote=None, trade=None, previous_close=None, bar=None)
