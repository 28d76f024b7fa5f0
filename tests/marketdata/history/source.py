"""A provider in this process: its bars follow from symbol and time, its mood from a test."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from marketdata.contracts import Bar, CorporateAction, HistoricalTrade, Quote, Timeframe
from marketdata.domain.calendar import Calendar
from marketdata.domain.timeframes import ONE_DAY, midnight_ns
from marketdata.feeds.providers import NotEntitled, Offer, Page
from tests.marketdata.build import bar
from trading.kernel.clock import new_york_date, to_ns

STEP = timedelta(minutes=15)


class FakeSource:
    """``requests`` tells what was asked: (symbol, first day, page token)."""

    name = "fake"
    offers = frozenset({Offer.MINUTE_BARS, Offer.DAILY_BARS, Offer.CORPORATE_ACTIONS})

    def __init__(self, *, calendar: Calendar, days_per_page: int = 2) -> None:
        self.requests: list[tuple[str, date, str | None]] = []
        self.before_answer: Callable[[int], None] = lambda _number: None
        self.actions: list[CorporateAction] = []
        self.spoil: Callable[[list[Bar]], list[Bar]] = lambda bars: bars
        self.closed = 0
        self._calendar = calendar
        self._days_per_page = days_per_page

    async def read_bars(
        self,
        *,
        symbol: str,
        timeframe: Timeframe,
        start: datetime,
        end: datetime,
        page_token: str | None = None,
    ) -> Page[Bar]:
        self.requests.append((symbol, new_york_date(start), page_token))
        self.before_answer(len(self.requests))
        days = self._calendar.days_between(
            first_date=new_york_date(start), last_date=new_york_date(end)
        )
        begin = int(page_token or 0)
        page = days[begin : begin + self._days_per_page]
        if timeframe == ONE_DAY:
            starts = [midnight_ns(day.trade_date) for day in page]
        else:
            starts = [
                to_ns(day.pre_opens_at + n * STEP)
                for day in page
                for n in range((day.post_closes_at - day.pre_opens_at) // STEP)
            ]
        wanted = [ts for ts in starts if to_ns(start) <= ts < to_ns(end)]
        following = begin + self._days_per_page
        return Page(
            rows=self.spoil([bar_at(symbol, ts) for ts in wanted]),
            next_token=str(following) if following < len(days) else None,
        )

    async def read_corporate_actions(
        self, *, symbol: str, start_date: date, end_date: date, page_token: str | None = None
    ) -> Page[CorporateAction]:
        self.requests.append((symbol, start_date, page_token))
        return Page(
            rows=[each for each in self.actions if start_date <= each.ex_date < end_date],
            next_token=None,
        )

    async def read_trades(self, **_: object) -> Page[HistoricalTrade]:
        raise NotEntitled("no trades")

    async def read_quotes(self, **_: object) -> Page[Quote]:
        raise NotEntitled("no quotes")

    async def close(self) -> None:
        self.closed += 1


def bar_at(symbol: str, ts: int) -> Bar:
    px = 100 + (ts // 60_000_000_000 % 1_000) / 100
    return bar(
        symbol=symbol, ts_start=ts, open_px=px, high=px + 1, low=px - 1, close=px + 0.5, vwap=px
    )
