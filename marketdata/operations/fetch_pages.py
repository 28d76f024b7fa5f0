"""The pages of a backfill: what to ask a provider for, and what to write of its answer."""

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from marketdata.contracts import (
    Bar,
    BarColumns,
    CorporateAction,
    DateRange,
    HistoryKind,
    Timeframe,
    TradingDay,
)
from marketdata.domain import gaps, series
from marketdata.domain.plausible import best_of_twins, possible_rows
from marketdata.domain.symbols import symbol_on
from marketdata.domain.timeframes import ONE_DAY, ONE_MINUTE, midnight_ns
from marketdata.feeds.providers import HistorySource, KnowsOlderNames, Page
from marketdata.operations import name_changes
from marketdata.store import actions, backfills, bars, coverage, sessions, symbols
from marketdata.store.backfills import Claim
from marketdata.store.known_closes import known
from trading.infra.transactions import transaction
from trading.kernel.clock import from_ns, new_york_date, to_ns

# Trading days that are asked for at once: a month of minutes, a few years of days.
_PIECE_DAYS = MappingProxyType({HistoryKind.MINUTE_BARS: 21, HistoryKind.DAILY_BARS: 1_000})
_TIMEFRAMES: MappingProxyType[HistoryKind, Timeframe] = MappingProxyType(
    {HistoryKind.MINUTE_BARS: ONE_MINUTE, HistoryKind.DAILY_BARS: ONE_DAY}
)
_ONE_DAY = timedelta(days=1)

log = logging.getLogger(__name__)

Work = tuple[DateRange, str | None]


def plan_of(held: Claim, *, now: datetime) -> list[Work]:
    """
    Return the pieces that are still missing, each with the token that goes on with it, if any.

    The piece that was under way comes first. Days that are not over yet are left out.

    :raises CalendarExhausted: if the range reaches beyond the calendar
    """
    wanted = DateRange(first_date=held.first_date, last_date=held.last_date)
    spells = symbols.spells_of(instrument_id=held.instrument_id)
    if held.kind is HistoryKind.CORPORATE_ACTIONS:
        # Each from its beginning: only a range that was read in one go says what is told no longer.
        return [(piece, None) for piece in gaps.cut(wanted, at=[each.from_date for each in spells])]
    days = gaps.finished(days=_days(wanted), now=now)
    have = coverage.held_of(
        instrument_id=held.instrument_id,
        kind=held.kind,
        first_date=held.first_date,
        last_date=held.last_date,
    )
    done = {
        day.trade_date
        for day in days
        if (held_as := have.get(day.trade_date)) is not None
        and held_as[0] == held.source
        and not gaps.is_due_again(day=day, held_at=held_as[1], now=now)
    }
    begun: list[Work] = []
    if held.piece is not None and held.page_token is not None:
        begun = [(held.piece, held.page_token)]
        done |= {day.trade_date for day in _days(held.piece)}
    missing = gaps.missing_pieces(
        wanted=days,
        held=done,
        max_days=_PIECE_DAYS[held.kind],
        cuts=[spell.from_date for spell in spells],
    )
    return [*begun, *((piece, None) for piece in missing)]


class PageSource:
    """One piece of one backfill, asked for page by page."""

    def __init__(
        self, *, held: Claim, source: HistorySource, piece: DateRange, now: datetime
    ) -> None:
        self._held = held
        self._source = source
        self._piece = piece
        self._told_at = actions.next_telling(
            instrument_id=held.instrument_id, source=held.source, now=now
        )
        self._days = _days(piece)
        # Asked for by the name that the security had then, as far as we know its names.
        spells = symbols.spells_of(instrument_id=held.instrument_id)
        self._symbol = symbol_on(spells=spells, on=piece.first_date, today=held.symbol)
        self._read_bars = source.read_bars
        if not spells and isinstance(source, KnowsOlderNames):
            self._read_bars = source.read_bars_as_named_today
        self._written_through = date.min
        # Days that are fetched again: what the source does not tell of them any more goes.
        self._again = frozenset(
            coverage.held_dates(
                instrument_id=held.instrument_id,
                kind=held.kind,
                first_date=piece.first_date,
                last_date=piece.last_date,
                source=held.source,
            )
        )
        self._is_from_start = False
        self._told: list[int] = []
        self._last: Bar | None = None

    async def ask(self, token: str | None) -> Page[Any]:
        """:raises ProviderError: as the provider says"""
        if token is None:
            self._is_from_start, self._told, self._last = True, [], None
        if self._held.kind is HistoryKind.CORPORATE_ACTIONS:
            return await self._source.read_corporate_actions(
                symbol=self._symbol,
                start_date=self._piece.first_date,
                end_date=self._piece.last_date + _ONE_DAY,
                page_token=token,
            )
        start, end = self._span(self._days)
        return await self._read_bars(
            symbol=self._symbol,
            timeframe=_TIMEFRAMES[self._held.kind],
            start=start,
            end=end,
            page_token=token,
        )

    def write(self, page: Page[Any], *, now: datetime) -> None:
        """
        Commit the page and how far it brings us, together.

        :raises ClaimLost: if the backfill is not this worker's any longer; nothing is written then
        """
        with transaction():
            if self._held.kind is HistoryKind.CORPORATE_ACTIONS:
                written, refused = self._write_actions(page, now), 0
            else:
                written, refused = self._write_bars(page, now)
            backfills.advance(
                held=self._held,
                now=now,
                attempts=0,
                error="",
                piece_first_date=self._piece.first_date,
                piece_last_date=self._piece.last_date,
                page_token=page.next_token or "",
                **backfills.count(
                    rows=written, refused=refused, pieces=int(page.next_token is None)
                ),
            )
        if self._held.kind is HistoryKind.DAILY_BARS:
            known.forget()

    def _write_actions(self, page: Page[CorporateAction], now: datetime) -> int:
        held = self._held
        written = actions.write(
            instrument_id=held.instrument_id, actions=page.rows, told_at=self._told_at
        )
        if page.next_token is None:
            actions.withdraw(
                instrument_id=held.instrument_id,
                source=held.source,
                first_date=self._piece.first_date,
                last_date=self._piece.last_date,
                told_before=self._told_at,
                now=now,
            )
            # Of days to come more may be announced. Today's are known before it opens.
            today = new_york_date(now)
            coverage.hold(
                instrument_id=held.instrument_id,
                kind=held.kind,
                dates=[day.trade_date for day in self._days if day.trade_date <= today],
                source=held.source,
                held_at=now,
            )
            name_changes.take_up(instrument_id=held.instrument_id, symbol=held.symbol)
        return written

    def _write_bars(self, page: Page[Bar], now: datetime) -> tuple[int, int]:
        held = self._held
        given = series.from_bars(page.rows)
        kept = self._acceptable(self._with_twin(page.rows))
        bars.write_columns(
            instrument_id=held.instrument_id, kind=held.kind, bars=kept, source=held.source
        )
        if self._again:
            self._told += kept.ts_start.tolist()
        complete = self._completed_by(given, is_last=page.next_token is None)
        if complete:
            self._hold(complete, now)
        refused = max(len(given) - len(kept), 0)
        if refused:
            log.warning(
                "%s: %d of %d rows of %s were refused: not possible, not asked for, or told twice",
                held.source, refused, len(given), held.symbol,
            )  # fmt: skip
        return len(kept), refused

    def _with_twin(self, rows: Sequence[Bar]) -> BarColumns:
        """Return the rows with the last one before them, if the first is of the same time."""
        last, self._last = self._last, rows[-1] if rows else self._last
        if last is not None and rows and rows[0].ts_start == last.ts_start:
            return series.from_bars([last, *rows])
        return series.from_bars(rows)

    def _acceptable(self, given: BarColumns) -> BarColumns:
        """Leave out what was not asked for and what cannot be; of twins one stays."""
        start, end = self._span(self._days)
        good = possible_rows(given)
        good &= (given.ts_start >= to_ns(start)) & (given.ts_start < to_ns(end))
        return best_of_twins(series.take(given, good))

    def _completed_by(self, given: BarColumns, *, is_last: bool) -> list[TradingDay]:
        """Return the days that are whole now: oldest first, so all before the newest bar's."""
        if is_last:
            through = date.max
        elif len(given):
            through = new_york_date(from_ns(int(given.ts_start.max())))
        else:
            return []
        whole = [day for day in self._days if self._written_through <= day.trade_date < through]
        self._written_through = through
        return whole

    def _hold(self, days: Sequence[TradingDay], now: datetime) -> None:
        held = self._held
        start, end = self._span(days)
        bars.delete_other_sources(
            instrument_id=held.instrument_id,
            kind=held.kind,
            start=start,
            end=end,
            source=held.source,
        )
        again = [day.trade_date for day in days if day.trade_date in self._again]
        if again and self._is_from_start:
            bars.delete_untold(
                instrument_id=held.instrument_id, kind=held.kind, dates=again, told=self._told
            )
        coverage.hold(
            instrument_id=held.instrument_id,
            kind=held.kind,
            dates=[day.trade_date for day in days],
            source=held.source,
            held_at=now,
        )

    def _span(self, days: Sequence[TradingDay]) -> tuple[datetime, datetime]:
        """Return the moments that bound the days' bars: extended hours, or whole days."""
        if self._held.kind is HistoryKind.MINUTE_BARS:
            return days[0].pre_opens_at, days[-1].post_closes_at
        return (
            from_ns(midnight_ns(days[0].trade_date)),
            from_ns(midnight_ns(days[-1].trade_date + _ONE_DAY)),
        )


def _days(span: DateRange) -> Sequence[TradingDay]:
    return sessions.calendar().days_between(first_date=span.first_date, last_date=span.last_date)
