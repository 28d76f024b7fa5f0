"""What a client of the quote socket asks for."""

from collections.abc import Sequence

from marketdata.domain import frames
from marketdata.hub import MAX_SYMBOLS, Connection
from marketdata.operations import run_feed
from marketdata.store import instruments
from trading.infra.database import in_thread


async def answer(*, connection: Connection, text: str | bytes) -> None:
    """Do what the client's message says; what is wrong with it is answered by error frames."""
    try:
        request = frames.parse_request(text=text)
    except frames.MalformedRequest as error:
        connection.put_error(frames.error_frame(code=error.code, message=error.message))
        return
    if request.action is frames.Action.UNSUBSCRIBE:
        run_feed.hub.unsubscribe(connection, request.symbols)
        return
    if len(connection.symbols | set(request.symbols)) > MAX_SYMBOLS:
        message = f"a connection may follow {MAX_SYMBOLS} symbols"
        connection.put_error(frames.error_frame(code="TOO_MANY_SYMBOLS", message=message))
        return
    known = await _known(request.symbols)
    for symbol in request.symbols:
        if symbol not in known:
            message = f"asset not found for {symbol}"
            connection.put_error(
                frames.error_frame(code="UNKNOWN_SYMBOL", message=message, symbol=symbol)
            )
    # No await from here on: the current value and what follows it leave no gap between them.
    current = {symbol: _encode(symbol) for symbol in request.symbols if symbol in known}
    run_feed.hub.subscribe(connection, current)


async def _known(symbols: Sequence[str]) -> set[str]:
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
