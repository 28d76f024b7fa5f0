"""Tiingo on this machine: one subscription with the token, heartbeats, lists without pages."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from websockets.asyncio.server import ServerConnection

from marketdata.contracts import Bar, CorporateActionKind, Quote, Trade, Update
from tests.marketdata.providers.loopback import (
    Fault,
    LoopbackServer,
    Refused,
    RestReply,
    RestRequest,
)
from trading.kernel import clock

TOKEN = "right-key"
SUBSCRIPTION = 13706

FAULTS = {
    Fault.AUTHENTICATION: (401, "Not authorized"),
    Fault.CONNECTION_LIMIT: (429, "Connection limit reached for this token"),
    Fault.SYMBOL_LIMIT: (403, "Tickers limit reached: too many tickers for your plan"),
    Fault.NOT_ENTITLED: (400, "thresholdLevel not valid for your subscription tier"),
    Fault.SLOW_CLIENT: (408, "Slow client: closing"),
}


class TiingoServer(LoopbackServer):
    """
    The stream of ``level``: 6 is the reference price, 5 the trades and tops of the book.

    A frame holds one message, so ``encode`` takes one update.
    """

    def __init__(self, *, level: int = 6) -> None:
        super().__init__()
        self.level = level

    async def converse(self, client: ServerConnection) -> None:
        said = json.loads(await self.hear(client))
        assert said["eventName"] == "subscribe"
        fault = Fault.AUTHENTICATION if said["authorization"] != TOKEN else self.fault
        if fault is None and said["eventData"]["thresholdLevel"] != self.level:
            fault = Fault.NOT_ENTITLED
        if fault is not None:
            await client.send(self.encode_fault(fault))
            raise Refused
        tickers = said["eventData"]["tickers"]
        assert tickers == [ticker.lower() for ticker in tickers]
        self.subscribed = {ticker.upper() for ticker in tickers}
        await client.send(subscribed())
        await client.send(heartbeat())

    async def answer(self, client: ServerConnection, frame: str | bytes) -> None:
        said = json.loads(frame)
        assert said["authorization"] == TOKEN
        assert said["eventData"]["subscriptionId"] == SUBSCRIPTION
        tickers = {ticker.upper() for ticker in said["eventData"]["tickers"]}
        if said["eventName"] == "unsubscribe":
            self.subscribed -= tickers
        elif self.fault is not None:
            await client.send(self.encode_fault(self.fault))  # and everything stays as it was
            return
        else:
            self.subscribed |= tickers
        await client.send(subscribed())

    def encode(self, updates: Sequence[Update]) -> str:
        (update,) = updates
        data = reference_of(update) if self.level == 6 else book_of(update)
        return json.dumps({"messageType": "A", "service": "iex", "data": data})

    def encode_fault(self, fault: Fault) -> str:
        code, message = FAULTS[fault]
        return json.dumps({"messageType": "E", "response": {"code": code, "message": message}})

    async def say(self, *updates: Update) -> None:
        for update in updates:
            await self.say_raw(self.encode([update]))

    def respond(self, request: RestRequest) -> RestReply:
        if request.headers.get("authorization") != f"Token {TOKEN}":
            return RestReply.of({"detail": "Invalid token."}, status=401)
        assert "token" not in request.query, "a token in an address ends up in logs"
        parts = request.path.strip("/").split("/")
        match parts:
            case ["iex", symbol, "prices"]:
                return self._intraday(symbol, request)
            case ["tiingo", "daily", symbol, "prices"]:
                return self._daily(symbol, request)
        return RestReply.of({"detail": "Not found."}, status=404)

    def rate_limited(self, *, retry_after_s: float) -> RestReply:
        detail = "Error: You have run over your hourly request allocation."
        return RestReply.of(
            {"detail": detail}, status=429, Retry_After=f"{max(retry_after_s, 0):.0f}"
        )

    def _intraday(self, symbol: str, request: RestRequest) -> RestReply:
        assert request.query["forceFill"] == "false", "bars must not be made up"
        columns = request.query.get("columns", "open,high,low,close").split(",")
        rows = []
        for bar in self.bars[symbol]:
            at = clock.from_ns(bar.ts_start)
            if _is_within(at, request):
                row = {"date": at.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
                rows.append(row | {name: getattr(bar, name) for name in columns})
        return RestReply.of(rows)

    def _daily(self, symbol: str, request: RestRequest) -> RestReply:
        columns = request.query.get("columns")
        rows = {
            clock.new_york_date(clock.from_ns(bar.ts_start)): daily_row(bar)
            for bar in self.daily_bars[symbol]
            if _is_within(clock.from_ns(bar.ts_start), request)
        }
        for action in self.actions:
            if action.symbol == symbol and action.ex_date in rows:
                if action.kind is CorporateActionKind.SPLIT:
                    assert action.new_rate is not None
                    rows[action.ex_date]["splitFactor"] = action.new_rate
                else:
                    assert action.rate is not None
                    rows[action.ex_date]["divCash"] = action.rate
        if columns is None:
            return RestReply.of(list(rows.values()))
        names = ["date", *columns.split(",")]
        return RestReply.of([{name: row[name] for name in names} for row in rows.values()])


def subscribed() -> str:
    return json.dumps(
        {
            "messageType": "I",
            "data": {"subscriptionId": SUBSCRIPTION},
            "response": {"code": 200, "message": "Success"},
        }
    )


def heartbeat() -> str:
    return json.dumps({"messageType": "H", "response": {"code": 200, "message": "HeartBeat"}})


def reference_of(update: Update) -> list[object]:
    assert isinstance(update, Trade), update
    return [moment_of(update.ts_event), update.symbol.lower(), update.px]


def book_of(update: Update) -> list[object]:
    """Return the sixteen places of an event of IEX."""
    assert isinstance(update, Quote | Trade), update
    if isinstance(update, Quote):
        middle = (update.bid_px + update.ask_px) / 2
        book = [update.bid_size, update.bid_px, middle, update.ask_px, update.ask_size, None, None]
        kind, flags = "Q", [0, 0, None, None, None]
    else:
        book = [None, None, None, None, None, update.px, update.size]
        kind, flags = "T", [None, 0, int("F" in update.conditions), 0, 0]
    at = moment_of(update.ts_event)
    return [kind, at, update.ts_event, update.symbol.lower(), *book, *flags]


def moment_of(ts: int) -> str:
    """Write a moment as the provider does: New York time, to the nanosecond."""
    seconds, fraction = divmod(ts, clock.NS_PER_SECOND)
    at = datetime.fromtimestamp(seconds, tz=UTC).astimezone(clock.NEW_YORK)
    whole, offset = at.isoformat()[:19], at.isoformat()[19:]
    return f"{whole}.{fraction:09d}{offset}"


def daily_row(bar: Bar) -> dict[str, object]:
    day = clock.new_york_date(clock.from_ns(bar.ts_start))
    raw = {name: getattr(bar, name) for name in ("open", "high", "low", "close", "volume")}
    adjusted = {f"adj{name.title()}": value for name, value in raw.items()}
    return {
        "date": f"{day.isoformat()}T00:00:00.000Z",
        **raw,
        **adjusted,
        "divCash": 0.0,
        "splitFactor": 1.0,
    }


def _is_within(at: datetime, request: RestRequest) -> bool:
    """Tell whether a bar is in the asked days, which are New York's and both included."""
    first = datetime.fromisoformat(request.query["startDate"]).replace(tzinfo=clock.NEW_YORK)
    last = datetime.fromisoformat(request.query["endDate"]).replace(tzinfo=clock.NEW_YORK)
    return first <= at < last + timedelta(days=1)
