"""The provider's past: daily prices of the whole market, minutes of IEX, splits and dividends."""

from datetime import date, datetime, timedelta
from urllib.parse import quote as quote_path

import msgspec

from marketdata.contracts import (
    Bar,
    BarUnit,
    CorporateAction,
    CorporateActionKind,
    Timeframe,
)
from marketdata.feeds.moments import ns_of_text
from marketdata.feeds.no_ticks import NoTicks
from marketdata.feeds.providers import BadPayload, InvalidRequest, NotEntitled, Offer, Page
from marketdata.feeds.rest import Answer, RestClient, decode
from marketdata.feeds.tiingo.config import SOURCE, TiingoConfig, ticker_of
from marketdata.feeds.tiingo.refusals import judge
from trading.kernel import clock

# The provider has no pages, so we ask by days: about as many rows as others put into one.
_DAYS_PER_PAGE: dict[BarUnit, int] = {BarUnit.MINUTE: 7, BarUnit.HOUR: 180}
_FREQUENCIES: dict[BarUnit, str] = {BarUnit.MINUTE: "min", BarUnit.HOUR: "hour"}
_COLUMNS = "open,high,low,close,volume"  # without being named, the volume is left out
_TICK = timedelta(microseconds=1)
_ONE_DAY = timedelta(days=1)


class DailyRow(msgspec.Struct, rename="camel"):
    """``date`` is a day, though it is written as a moment. Prices are raw."""

    date: str
    open: float
    high: float
    low: float
    close: float
    volume: float = 0


class ActionRow(msgspec.Struct, rename="camel"):
    """``div_cash`` is dollars a share on the ex day, ``split_factor`` new shares for one."""

    date: str
    div_cash: float = 0
    split_factor: float = 1


class IntradayRow(msgspec.Struct):
    date: str
    open: float
    high: float
    low: float
    close: float
    volume: float = 0


_daily = msgspec.json.Decoder(list[DailyRow])
_intraday = msgspec.json.Decoder(list[IntradayRow])
_actions = msgspec.json.Decoder(list[ActionRow])


class TiingoHistory(NoTicks):
    """
    Minutes and hours hold what traded on IEX, extended hours included; days the whole market.

    Neither counts trades nor tells an average price: those are 0. A page token is the day (New
    York) on which the next page begins.
    """

    name = SOURCE
    offers = frozenset({Offer.MINUTE_BARS, Offer.DAILY_BARS, Offer.CORPORATE_ACTIONS})

    def __init__(self, *, config: TiingoConfig) -> None:
        self._rest = RestClient(
            base_url=config.rest_url,
            headers={"Authorization": f"Token {config.token}"},
            judge=judge,
            requests_per_minute=config.requests_per_minute,
        )

    async def close(self) -> None:
        await self._rest.close()

    async def read_bars(
        self,
        *,
        symbol: str,
        timeframe: Timeframe,
        start: datetime,
        end: datetime,
        page_token: str | None = None,
    ) -> Page[Bar]:
        if end <= start:
            return Page(rows=(), next_token=None)
        if timeframe.unit in _FREQUENCIES:
            return await self._read_intraday(symbol, timeframe, start, end, page_token)
        if timeframe == Timeframe(count=1, unit=BarUnit.DAY):
            return await self._read_daily(symbol, start, end)
        raise NotEntitled(f"Tiingo has no raw bars of {timeframe}: build them from days")

    async def read_corporate_actions(
        self, *, symbol: str, start_date: date, end_date: date, page_token: str | None = None
    ) -> Page[CorporateAction]:
        """Return splits and cash dividends until ``end_date``, which is not included."""
        del page_token  # there is only ever one page
        if end_date <= start_date:
            return Page(rows=(), next_token=None)
        answer = await self._get_prices(
            f"/tiingo/daily/{_in_path(symbol)}/prices",
            start_date,
            end_date - _ONE_DAY,
            columns="divCash,splitFactor",
        )
        rows: list[CorporateAction] = []
        for row in decode(answer.body, _actions):
            rows.extend(_actions_of(symbol, row))
        return Page(rows=rows, next_token=None)

    async def _read_daily(self, symbol: str, start: datetime, end: datetime) -> Page[Bar]:
        answer = await self._get_prices(
            f"/tiingo/daily/{_in_path(symbol)}/prices",
            clock.new_york_date(start),
            clock.new_york_date(end - _TICK),
            resampleFreq="daily",
        )
        bars = [
            _bar(symbol, clock.to_ns(_midnight(_day(row.date))), row)
            for row in decode(answer.body, _daily)
        ]
        return Page(rows=_within(bars, start, end), next_token=None)

    async def _read_intraday(
        self,
        symbol: str,
        timeframe: Timeframe,
        start: datetime,
        end: datetime,
        page_token: str | None,
    ) -> Page[Bar]:
        first = clock.new_york_date(start) if page_token is None else _token_day(page_token)
        last = clock.new_york_date(end - _TICK)
        page_last = min(last, first + timedelta(days=_DAYS_PER_PAGE[timeframe.unit] - 1))
        answer = await self._get_prices(
            f"/iex/{_in_path(symbol)}/prices",
            first,
            page_last,
            resampleFreq=f"{timeframe.count}{_FREQUENCIES[timeframe.unit]}",
            columns=_COLUMNS,
            afterHours="true",
            forceFill="false",
        )
        try:
            bars = [
                _bar(symbol, ns_of_text(row.date), row) for row in decode(answer.body, _intraday)
            ]
        except ValueError as error:
            raise BadPayload(f"a bar without a true time: {error}") from error
        following = page_last + _ONE_DAY
        return Page(
            rows=_within(bars, start, end),
            next_token=following.isoformat() if following <= last else None,
        )

    async def _get_prices(self, path: str, first: date, last: date, **params: str) -> Answer:
        answer = await self._rest.get(
            path,
            {
                "startDate": first.isoformat(),
                "endDate": last.isoformat(),
                "format": "json",
                **params,
            },
        )
        if answer.body.lstrip()[:5].lower() == b"error":
            # Older endpoints say no with a 200 and a sentence.
            raise InvalidRequest(answer.body[:200].decode(errors="replace"))
        return answer


def _in_path(symbol: str) -> str:
    return quote_path(ticker_of(symbol), safe="")


def _token_day(page_token: str) -> date:
    try:
        return date.fromisoformat(page_token)
    except ValueError as error:
        raise InvalidRequest("a page token of another request") from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise BadPayload(f"a row without a true day: {text!r}") from error


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=clock.NEW_YORK)


def _within(bars: list[Bar], start: datetime, end: datetime) -> list[Bar]:
    ts_first, ts_end = clock.to_ns(start), clock.to_ns(end)
    kept = [bar for bar in bars if ts_first <= bar.ts_start < ts_end]
    return sorted(kept, key=lambda bar: bar.ts_start)


def _bar(symbol: str, ts_start: int, row: DailyRow | IntradayRow) -> Bar:
    return Bar(
        symbol=symbol,
        ts_start=ts_start,
        open=row.open,
        high=row.high,
        low=row.low,
        close=row.close,
        volume=row.volume,
        trade_count=None,
        vwap=None,
    )


def _actions_of(symbol: str, row: ActionRow) -> list[CorporateAction]:
    ex_date = _day(row.date)
    actions: list[CorporateAction] = []
    if row.split_factor not in (0, 1):  # 0 stands for none in some of the provider's funds
        actions.append(
            CorporateAction(
                kind=CorporateActionKind.SPLIT,
                symbol=symbol,
                ex_date=ex_date,
                source=SOURCE,
                old_rate=1.0,
                new_rate=row.split_factor,
            )
        )
    if row.div_cash:
        actions.append(
            CorporateAction(
                kind=CorporateActionKind.CASH_DIVIDEND,
                symbol=symbol,
                ex_date=ex_date,
                source=SOURCE,
                rate=row.div_cash,
            )
        )
    return actions
