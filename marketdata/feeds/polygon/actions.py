"""The provider's corporate actions as the contracts have them."""

import logging
from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from marketdata.contracts import CorporateAction, CorporateActionKind
from marketdata.feeds.polygon.rows import DividendRow, SplitRow, TickerEvent
from marketdata.feeds.polygon.translate import SOURCE

log = logging.getLogger(__name__)


def splits_of(rows: Iterable[SplitRow]) -> list[CorporateAction]:
    """:raises ValueError: if a date is none"""
    return [
        CorporateAction(
            kind=CorporateActionKind.SPLIT,
            symbol=row.ticker,
            ex_date=date.fromisoformat(row.execution_date),
            source=SOURCE,
            old_rate=row.split_from,
            new_rate=row.split_to,
        )
        for row in rows
    ]


def dividends_of(rows: Iterable[DividendRow]) -> list[CorporateAction]:
    """
    Return the dividends that are paid in dollars; the rate of the others is not in our unit.

    :raises ValueError: if a date is none
    """
    actions: list[CorporateAction] = []
    for row in rows:
        if row.currency not in (None, "USD"):
            log.warning(
                "left out a dividend of %s in %s on %s",
                row.ticker,
                row.currency,
                row.ex_dividend_date,
            )
            continue
        actions.append(
            CorporateAction(
                kind=CorporateActionKind.CASH_DIVIDEND,
                symbol=row.ticker,
                ex_date=date.fromisoformat(row.ex_dividend_date),
                source=SOURCE,
                rate=row.cash_amount,
                record_date=_maybe_date(row.record_date),
                payable_date=_maybe_date(row.pay_date),
            )
        )
    return actions


def symbol_changes_of(events: Iterable[TickerEvent]) -> list[CorporateAction]:
    """
    Return the changes between the symbols that a company has had; its first one is no change.

    :raises ValueError: if a date is none
    """
    named = sorted(
        (date.fromisoformat(event.date), event.ticker_change.ticker)
        for event in events
        if event.ticker_change is not None
    )
    return [
        CorporateAction(
            kind=CorporateActionKind.SYMBOL_CHANGE,
            symbol=old,
            ex_date=ex_date,
            source=SOURCE,
            new_symbol=new,
        )
        for (_, old), (ex_date, new) in pairwise(named)
        if old != new
    ]


def _maybe_date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
