"""Alpaca on this machine: its stream in JSON and MessagePack, its data REST."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from websockets.asyncio.server import ServerConnection

from marketdata.contracts import (
    Bar,
    CorporateAction,
    CorporateActionKind,
    Listing,
    PriceBand,
    ProviderBar,
    ProviderDailyBar,
    Quote,
    Trade,
    TradeCancel,
    TradeCorrection,
    TradingStatus,
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
from trading.kernel.clock import to_ns

KEY, SECRET = "right-key", "right-secret"
ERRORS = {
    Fault.AUTHENTICATION: (402, "auth failed"),
    Fault.SYMBOL_LIMIT: (405, "symbol limit exceeded"),
    Fault.CONNECTION_LIMIT: (406, "connection limit exceeded"),
    Fault.SLOW_CLIENT: (407, "slow client"),
    Fault.NOT_ENTITLED: (409, "insufficient subscription"),
}
CHANNELS = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds")


class AlpacaServer(LoopbackServer):
    """``is_msgpack`` is what the last client asked for by its Content-Type."""

    def __init__(self) -> None:
        super().__init__()
        self.is_msgpack = False
        self.paths: list[str] = []
        self.channels: dict[str, list[str]] = {}

    async def converse(self, client: ServerConnection) -> None:
        assert client.request is not None
        self.paths.append(client.request.path)
        self.is_msgpack = client.request.headers.get("Content-Type") == "application/msgpack"
        await client.send(self._frame([{"T": "success", "msg": "connected"}]))
        if self.fault is Fault.CONNECTION_LIMIT:
            await self._refuse(client, self.fault)
        auth = self._decode(await self.hear(client))
        assert auth["action"] == "auth"
        if (auth["key"], auth["secret"]) != (KEY, SECRET):
            await self._refuse(client, Fault.AUTHENTICATION)
        if self.fault is Fault.NOT_ENTITLED:
            await self._refuse(client, self.fault)
        await client.send(self._frame([{"T": "success", "msg": "authenticated"}]))
        asked = self._decode(await self.hear(client))
        assert asked.pop("action") == "subscribe"
        if self.fault is not None:
            await self._refuse(client, self.fault)
        self.channels = asked
        self.subscribed = set(asked["trades"]) & set(asked["quotes"])
        state = {**asked, "corrections": asked["trades"], "cancelErrors": asked["trades"]}
        await client.send(self._frame([{"T": "subscription", **state}]))

    async def answer(self, client: ServerConnection, frame: str | bytes) -> None:
        asked = self._decode(frame)
        action = asked.pop("action")
        if action == "subscribe" and self.fault is not None:
            await client.send(self.encode_fault(self.fault))  # and everything stays as it was
            return
        for channel, symbols in asked.items():
            followed = set(self.channels[channel])
            followed = followed | set(symbols) if action == "subscribe" else followed - set(symbols)
            self.channels[channel] = sorted(followed)
        self.subscribed = set(self.channels["trades"]) & set(self.channels["quotes"])
        await client.send(self._frame([{"T": "subscription", **self.channels}]))

    def encode(self, updates: Sequence[Update]) -> str | bytes:
        return self._frame([self._message(update) for update in updates])

    def encode_fault(self, fault: Fault) -> str | bytes:
        code, text = ERRORS[fault]
        return self._frame([{"T": "error", "code": code, "msg": text}])

    def rate_limited(self, *, retry_after_s: float) -> RestReply:
        reset = datetime.now(tz=UTC).timestamp() + retry_after_s  # noqa: TID251 - a server's clock
        return RestReply.of(
            {"message": "too many requests."},
            status=429,
            X_RateLimit_Limit="200",
            X_RateLimit_Remaining="0",
            X_RateLimit_Reset=str(int(reset)),
        )

    def respond(self, request: RestRequest) -> RestReply:
        if (
            request.headers.get("apca-api-key-id"),
            request.headers.get("apca-api-secret-key"),
        ) != (KEY, SECRET):
            return RestReply.of({"message": "forbidden."}, status=401)
        answers = {
            "/v1/corporate-actions": self._actions,
            "/v2/assets": self._assets,
            "/v2/stocks/bars": self._bars_of_many,
            "/v2/stocks/quotes/latest": self._latest,
            "/v2/stocks/snapshots": self._snapshots,
            "/v2/stocks/trades/latest": self._latest,
        }
        if (answer := answers.get(request.path)) is not None:
            return answer(request)
        parts = request.path.strip("/").split("/")
        assert parts[:2] == ["v2", "stocks"], request.path
        return self._rows(symbol=parts[2], what=parts[3], request=request)

    def _latest(self, request: RestRequest) -> RestReply:
        is_trades = "/trades/" in request.path
        rows: Mapping[str, Sequence[Any]] = self.trades if is_trades else self.quotes
        newest = {
            symbol: self._row(rows[symbol][-1])
            for symbol in request.query["symbols"].split(",")
            if rows[symbol]
        }
        return RestReply.of({"trades" if is_trades else "quotes": newest})

    def _rows(self, *, symbol: str, what: str, request: RestRequest) -> RestReply:
        if what == "bars":
            is_daily = request.query["timeframe"] == "1Day"
            rows: Sequence[Any] = (self.daily_bars if is_daily else self.bars)[symbol]
        else:
            rows = (self.trades if what == "trades" else self.quotes)[symbol]
        start, end = (_ns(request.query[name]) for name in ("start", "end"))
        within = [row for row in rows if start <= _ts(row) <= end]  # their end is included
        if request.query["sort"] == "desc":
            within.reverse()
        size = min(self.page_size, int(request.query["limit"]))
        page, token = page_of(within, token=request.query.get("page_token"), size=size)
        return RestReply.of(
            {
                what: [self._row(row) for row in page] or None,
                "symbol": symbol,
                "next_page_token": token,
            },
            X_RateLimit_Limit="200",
            X_RateLimit_Remaining="199",
        )

    def _bars_of_many(self, request: RestRequest) -> RestReply:
        start, end = (_ns(request.query[name]) for name in ("start", "end"))
        within = [
            row
            for symbol in sorted(request.query["symbols"].split(","))
            for row in self.bars[symbol]
            if start <= row.ts_start <= end
        ]
        size = min(self.page_size, int(request.query["limit"]))
        page, token = page_of(within, token=request.query.get("page_token"), size=size)
        found: dict[str, list[Any]] = {}
        for row in page:
            found.setdefault(row.symbol, []).append(self._row(row))
        return RestReply.of({"bars": found, "next_page_token": token})

    def _snapshots(self, request: RestRequest) -> RestReply:
        found = {}
        for symbol in request.query["symbols"].split(","):
            if days := self.daily_bars[symbol]:
                newest = {"dailyBar": self._row(days[-1])}
                found[symbol] = newest | (
                    {"prevDailyBar": self._row(days[-2])} if len(days) > 1 else {}
                )
        return RestReply.of(found)

    def _assets(self, request: RestRequest) -> RestReply:
        """All of them at once: the list has no pages."""
        assert request.query["asset_class"] == "us_equity"
        found = [_asset(each) for each in self.listings]
        return RestReply.of([row for row in found if row["status"] == request.query["status"]])

    def _actions(self, request: RestRequest) -> RestReply:
        wanted = set(request.query["symbols"].split(","))
        page, token = page_of(
            [action for action in self.actions if action.symbol in wanted],
            token=request.query.get("page_token"),
            size=self.page_size,
        )
        found: dict[str, list[dict[str, Any]]] = {}
        for action in page:
            name, row = _action(action)
            found.setdefault(name, []).append(row)
        return RestReply.of({"corporate_actions": found, "next_page_token": token})

    async def _refuse(self, client: ServerConnection, fault: Fault) -> None:
        await client.send(self.encode_fault(fault))
        raise Refused

    def _decode(self, frame: str | bytes) -> dict[str, Any]:
        if self.is_msgpack:
            assert isinstance(frame, bytes)
            return msgspec.msgpack.decode(frame, type=dict[str, Any])
        return msgspec.json.decode(frame, type=dict[str, Any])

    def _frame(self, messages: list[dict[str, Any]]) -> str | bytes:
        return msgspec.msgpack.encode(messages) if self.is_msgpack else json.dumps(messages)

    def _message(self, update: Any) -> dict[str, Any]:
        shape: dict[str, Any] = {
            ProviderBar: lambda: {"T": "b", **self._row(update.bar, in_stream=True)},
            ProviderDailyBar: lambda: {"T": "d", **self._row(update.bar, in_stream=True)},
            Trade: lambda: {"T": "t", **self._row(update, in_stream=True)},
            Quote: lambda: {"T": "q", **self._row(update, in_stream=True)},
            TradingStatus: lambda: _status(update),
            PriceBand: lambda: _band(update),
            TradeCorrection: lambda: _correction(update),
            TradeCancel: lambda: _cancel(update),
        }[type(update)]()
        if "t" not in shape:
            shape |= {"t": self._moment(update.ts_event), "z": "C"}
        return {**shape, "S": update.symbol}

    def _row(self, row: Bar | Trade | Quote, *, in_stream: bool = False) -> dict[str, Any]:
        moment: Any = self._moment(_ts(row)) if in_stream else _text(_ts(row))
        match row:
            case Bar():
                return {
                    "t": moment,
                    "o": row.open,
                    "h": row.high,
                    "l": row.low,
                    "c": row.close,
                    "v": int(row.volume),
                    "n": row.trade_count,
                    "vw": row.vwap,
                }
            case Trade():
                update = getattr(row, "update", None)  # only history tells it
                return {
                    "t": moment,
                    "x": row.exchange,
                    "p": row.px,
                    "s": row.size,
                    "c": list(row.conditions),
                    "i": row.trade_id,
                    "z": "C",
                    **({} if update is None else {"u": update.value}),
                }
        return {
            "t": moment,
            "ax": row.ask_exchange,
            "ap": row.ask_px,
            "as": row.ask_size,
            "bx": row.bid_exchange,
            "bp": row.bid_px,
            "bs": row.bid_size,
            "c": ["R"],
            "z": "C",
        }

    def _moment(self, ts: int) -> str | msgspec.msgpack.Ext:
        if not self.is_msgpack:
            return _text(ts)
        seconds, nanoseconds = divmod(ts, 10**9)
        return msgspec.msgpack.Ext(-1, (nanoseconds << 34 | seconds).to_bytes(8))


def _status(update: TradingStatus) -> dict[str, Any]:
    return {
        "T": "s",
        "sc": update.status_code,
        "sm": update.status_message,
        "rc": update.reason_code,
        "rm": update.reason_message,
    }


def _band(update: PriceBand) -> dict[str, Any]:
    return {"T": "l", "u": update.upper_px, "d": update.lower_px, "i": update.indicator}


def _correction(update: TradeCorrection) -> dict[str, Any]:
    return {
        "T": "c",
        "x": update.exchange,
        "oi": update.original_trade_id,
        "op": update.original_px,
        "os": update.original_size,
        "oc": list(update.original_conditions),
        "ci": update.trade_id,
        "cp": update.px,
        "cs": update.size,
        "cc": list(update.conditions),
    }


def _cancel(update: TradeCancel) -> dict[str, Any]:
    return {
        "T": "x",
        "i": update.trade_id,
        "p": update.px,
        "s": update.size,
        "x": update.exchange,
        "a": "C",
    }


def _ts(row: Bar | Trade | Quote) -> int:
    return row.ts_start if isinstance(row, Bar) else row.ts_event


def _text(ts: int) -> str:
    seconds, nanoseconds = divmod(ts, 10**9)
    at = datetime.fromtimestamp(seconds, tz=UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


def _ns(text: str) -> int:
    """A moment may be told down to the nanosecond."""
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    return to_ns(datetime.fromisoformat(seconds + "+00:00")) + int(fraction.ljust(9, "0"))


def _action(action: CorporateAction) -> tuple[str, dict[str, Any]]:
    days = {"ex_date": action.ex_date.isoformat(), "process_date": action.ex_date.isoformat()}
    match action.kind:
        case CorporateActionKind.SPLIT:
            return "forward_splits", {
                "symbol": action.symbol,
                "new_rate": action.new_rate,
                "old_rate": action.old_rate,
                **days,
            }
        case CorporateActionKind.CASH_DIVIDEND:
            return "cash_dividends", {"symbol": action.symbol, "rate": action.rate, **days}
    raise NotImplementedError(action.kind)


def _asset(listing: Listing) -> dict[str, Any]:
    return {
        "id": "3795cafe-fd54-4f66-a31e-66774be875ca",
        "class": "us_equity",
        "symbol": listing.symbol,
        "name": listing.name,
        "exchange": listing.exchange,
        "status": "active" if listing.is_active else "inactive",
        "tradable": listing.tradable,
        "marginable": listing.marginable,
        "shortable": listing.shortable,
        "easy_to_borrow": listing.easy_to_borrow,
        "fractionable": listing.fractionable,
        "attributes": ["has_options"],
    }
