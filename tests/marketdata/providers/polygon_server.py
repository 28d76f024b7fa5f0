"""Polygon.io on this machine: its stream's dialogue, its lists with ``next_url``, its refusals."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from websockets.asyncio.server import ServerConnection

from marketdata.contracts import (
    Bar,
    CorporateActionKind,
    Listing,
    PriceBand,
    ProviderBar,
    Quote,
    Trade,
    Update,
)
from tests.marketdata.providers.loopback import (
    Fault,
    LoopbackServer,
    Refused,
    RestReply,
    RestRequest,
    page_of,
)

KEY = "right-key"
MS = 1_000_000
# The numbers that the provider has for the letters that the tests use.
EXCHANGES = {"N": 10, "P": 11, "Q": 12, "T": 12, "": 0}
MICS = {"NYSE": "XNYS", "NASDAQ": "XNAS", "ARCA": "ARCX", "AMEX": "XASE", "BATS": "BATS"}
CONDITIONS = {"@": 0, "F": 14, "I": 37, "T": 12}

FAULTS = {
    Fault.AUTHENTICATION: ("auth_failed", "authentication failed"),
    Fault.CONNECTION_LIMIT: (
        "max_connections",
        "Maximum number of websocket connections exceeded. You have reached the connection limit.",
    ),
    Fault.SYMBOL_LIMIT: ("error", "Too many subscriptions: the limit is 1 for this key"),
    Fault.NOT_ENTITLED: ("auth_failed", "Your plan doesn't include websocket access."),
    Fault.SLOW_CLIENT: ("error", "slow consumer: disconnecting"),
}
# What the provider finds out only when it is asked for something.
_AT_SUBSCRIPTION = {Fault.SYMBOL_LIMIT, Fault.CONNECTION_LIMIT}


def status(word: str, message: str) -> dict[str, str]:
    return {"ev": "status", "status": word, "message": message}


class PolygonServer(LoopbackServer):
    """Quotes are told in round lots of 100 shares, as the provider's documents say."""

    def __init__(self) -> None:
        super().__init__()
        self._wanted: dict[str, Mapping[str, str]] = {}

    async def converse(self, client: ServerConnection) -> None:
        await client.send(json.dumps([status("connected", "Connected Successfully")]))
        said = json.loads(await self.hear(client))
        assert said["action"] == "auth"
        fault = self.fault
        if said["params"] != KEY:
            fault = Fault.AUTHENTICATION
        if fault is not None and fault not in _AT_SUBSCRIPTION:
            await self._refuse(client, fault)
        await client.send(json.dumps([status("auth_success", "authenticated")]))
        said = json.loads(await self.hear(client))
        assert said["action"] == "subscribe"
        if fault is not None:
            await self._refuse(client, fault)
        topics = said["params"].split(",")
        self.subscribed = {topic.partition(".")[2] for topic in topics}
        await client.send(
            json.dumps([status("success", f"subscribed to: {topic}") for topic in topics])
        )

    async def answer(self, client: ServerConnection, frame: str | bytes) -> None:
        said = json.loads(frame)
        topics = said["params"].split(",")
        symbols = {topic.partition(".")[2] for topic in topics}
        if said["action"] == "unsubscribe":
            self.subscribed -= symbols
            word = "unsubscribed to"
        elif self.fault is not None:
            await client.send(self.encode_fault(self.fault))  # and everything stays as it was
            return
        else:
            self.subscribed |= symbols
            word = "subscribed to"
        await client.send(json.dumps([status("success", f"{word}: {topic}") for topic in topics]))

    async def _refuse(self, client: ServerConnection, fault: Fault) -> None:
        await client.send(self.encode_fault(fault))
        raise Refused

    def encode_fault(self, fault: Fault) -> str:
        return json.dumps([status(*FAULTS[fault])])

    def encode(self, updates: Sequence[Update]) -> str:
        return json.dumps([message_of(update) for update in updates])

    def respond(self, request: RestRequest) -> RestReply:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return _error(401, "Unknown API Key")
        assert "apiKey" not in request.query, "a key in an address ends up in logs"
        for prefix, answer in self._answers().items():
            if request.path.startswith(prefix):
                return answer(request)
        return _error(404, "The requested resource could not be found.", status="NOT_FOUND")

    def rate_limited(self, *, retry_after_s: float) -> RestReply:
        message = "You've exceeded the maximum requests per minute, please wait or upgrade."
        return RestReply.of(
            {"status": "ERROR", "request_id": "r", "error": message},
            status=429,
            Retry_After=f"{retry_after_s:.0f}",
        )

    def _answers(self) -> dict[str, Callable[[RestRequest], RestReply]]:
        return {
            "/v2/aggs/ticker/": self._aggregates,
            "/v3/trades/": self._trades,
            "/v3/quotes/": self._quotes,
            "/v3/reference/splits": self._splits,
            "/v3/reference/dividends": self._dividends,
            "/v3/reference/tickers": self._tickers,
            "/vX/reference/tickers/": self._ticker_events,
            "/v2/snapshot/locale/us/markets/stocks/tickers": self._snapshots,
        }

    def _aggregates(self, request: RestRequest) -> RestReply:
        symbol, _, _, span, first, last = request.path.split("/")[4:]
        if "cursor" not in request.query:
            assert request.query["adjusted"] == "false", "prices must be raw"
        bars = (self.bars if span == "minute" else self.daily_bars)[symbol]
        within = [bar for bar in bars if int(first) <= bar.ts_start // MS <= int(last)]
        return self._page(request, [aggregate_of(bar) for bar in within], ticker=symbol)

    def _trades(self, request: RestRequest) -> RestReply:
        rows = [
            {
                "id": str(trade.trade_id),
                "price": trade.px,
                "size": trade.size,
                "exchange": EXCHANGES[trade.exchange],
                "sequence_number": 130_924,
                "sip_timestamp": trade.ts_event,
                "participant_timestamp": trade.ts_event - 1000,
                "tape": 1,
            }
            for trade in self.trades[request.path.rpartition("/")[2]]
        ]
        return self._ticks(request, rows)

    def _quotes(self, request: RestRequest) -> RestReply:
        rows = [
            {
                "bid_price": quote.bid_px,
                "bid_size": quote.bid_size / 100,
                "bid_exchange": EXCHANGES[quote.bid_exchange],
                "ask_price": quote.ask_px,
                "ask_size": quote.ask_size / 100,
                "ask_exchange": EXCHANGES[quote.ask_exchange],
                "sip_timestamp": quote.ts_event,
                "sequence_number": 1,
            }
            for quote in self.quotes[request.path.rpartition("/")[2]]
        ]
        return self._ticks(request, rows)

    def _ticks(self, request: RestRequest, rows: Sequence[dict[str, Any]]) -> RestReply:
        """The first question says what is wanted; the cursor of a next page remembers it."""
        if "cursor" not in request.query:
            self._wanted[request.path] = request.query
        wanted = self._wanted[request.path]
        first, end = int(wanted["timestamp.gte"]), int(wanted["timestamp.lt"])
        within = [row for row in rows if first <= row["sip_timestamp"] < end]
        if wanted["order"] == "desc":
            within.reverse()
        return self._page(request, within, limit=int(wanted["limit"]))

    def _splits(self, request: RestRequest) -> RestReply:
        return self._page(
            request,
            [
                {
                    "ticker": action.symbol,
                    "execution_date": action.ex_date.isoformat(),
                    "split_from": action.old_rate,
                    "split_to": action.new_rate,
                }
                for action in self.actions
                if action.kind is CorporateActionKind.SPLIT
            ],
        )

    def _dividends(self, request: RestRequest) -> RestReply:
        return self._page(
            request,
            [
                {
                    "ticker": action.symbol,
                    "ex_dividend_date": action.ex_date.isoformat(),
                    "cash_amount": action.rate,
                    "currency": "USD",
                    "dividend_type": "CD",
                }
                for action in self.actions
                if action.kind is CorporateActionKind.CASH_DIVIDEND
            ],
        )

    def _tickers(self, request: RestRequest) -> RestReply:
        if "cursor" not in request.query:
            assert (request.query["market"], request.query["active"]) == ("stocks", "true")
        rows = [ticker_of(each) for each in self.listings if each.is_active]
        return self._page(request, rows)

    def _ticker_events(self, request: RestRequest) -> RestReply:
        del request
        return RestReply.of({"results": {"events": []}, "status": "OK", "request_id": "r"})

    def _snapshots(self, request: RestRequest) -> RestReply:
        rows = []
        for symbol in request.query["tickers"].split(","):
            row: dict[str, object] = {"ticker": symbol}
            if trades := self.trades[symbol]:
                last = trades[-1]
                row["lastTrade"] = {
                    "p": last.px,
                    "s": last.size,
                    "x": EXCHANGES[last.exchange],
                    "t": last.ts_event,
                }
            if quotes := self.quotes[symbol]:
                best = quotes[-1]
                row["lastQuote"] = {
                    "p": best.bid_px,
                    "s": best.bid_size / 100,
                    "P": best.ask_px,
                    "S": best.ask_size / 100,
                    "t": best.ts_event,
                }
            rows += [row] if len(row) > 1 else []
        return RestReply.of({"tickers": rows, "status": "OK", "request_id": "r"})

    def _page(
        self,
        request: RestRequest,
        rows: Sequence[object],
        *,
        limit: int | None = None,
        **more: str,
    ) -> RestReply:
        cursor = request.query.get("cursor")
        token = None if cursor is None else base64.urlsafe_b64decode(cursor).decode()
        size = min(self.page_size, limit or self.page_size)
        page, following = page_of(rows, token=token, size=size)
        body: dict[str, object] = {"status": "OK", "request_id": "r", **more}
        if page:
            body["results"] = page  # left out when there are none
        if following is not None:
            cursor = base64.urlsafe_b64encode(following.encode()).decode()
            # The provider's own address, whatever host the question was sent to.
            body["next_url"] = f"https://api.polygon.io{request.path}?cursor={cursor}"
        return RestReply.of(body)


def message_of(update: Update) -> dict[str, object]:
    """Return the stream's message that says this."""
    if isinstance(update, Quote):
        return {
            "ev": "Q",
            "sym": update.symbol,
            "bx": EXCHANGES[update.bid_exchange],
            "bp": update.bid_px,
            "bs": update.bid_size / 100,
            "ax": EXCHANGES[update.ask_exchange],
            "ap": update.ask_px,
            "as": update.ask_size / 100,
            "c": 1,
            "t": update.ts_event // MS,
            "q": 1,
            "z": 1,
        }
    if isinstance(update, ProviderBar):
        bar = update.bar
        row = aggregate_of(bar)
        start = row.pop("t")
        row.pop("n")
        assert bar.trade_count is not None
        size = bar.volume / bar.trade_count
        end = bar.ts_start // MS + 60_000
        return {"ev": "AM", "sym": bar.symbol, **row, "z": size, "s": start, "e": end}
    if isinstance(update, PriceBand):
        return {
            "ev": "LULD",
            "T": update.symbol,
            "h": update.upper_px,
            "l": update.lower_px,
            "i": [int(update.indicator)],
            "z": 1,
            "t": update.ts_event // MS,
            "q": 1,
        }
    assert isinstance(update, Trade), update
    conditions = [CONDITIONS[letter] for letter in update.conditions if letter != "@"]
    return {
        "ev": "T",
        "sym": update.symbol,
        "x": EXCHANGES[update.exchange],
        "i": str(update.trade_id),
        "z": 1,
        "p": update.px,
        "s": update.size,
        **({"c": conditions} if conditions else {}),
        "t": update.ts_event // MS,
        "q": 130_924,
    }


def ticker_of(listing: Listing) -> dict[str, object]:
    row = {
        "ticker": listing.symbol,
        "name": listing.name,
        "market": "stocks",
        "locale": "us",
        "type": "CS",
        "active": listing.is_active,
        "primary_exchange": MICS.get(listing.exchange, ""),
        "composite_figi": listing.figi,
    }
    return {name: value for name, value in row.items() if value != ""}  # left out if not known


def aggregate_of(bar: Bar) -> dict[str, object]:
    return {
        "t": bar.ts_start // MS,
        "o": bar.open,
        "h": bar.high,
        "l": bar.low,
        "c": bar.close,
        "v": bar.volume,
        "vw": bar.vwap,
        "n": bar.trade_count,
    }


def _error(code: int, message: str, *, status: str = "ERROR") -> RestReply:
    return RestReply.of({"status": status, "request_id": "r", "error": message}, status=code)
