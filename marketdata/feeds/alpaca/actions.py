"""Alpaca's corporate actions as ours."""

from collections.abc import Iterator
from datetime import date

from marketdata.contracts import CorporateAction, CorporateActionKind
from marketdata.feeds.alpaca import pages
from marketdata.feeds.alpaca.translate import SOURCE
from marketdata.feeds.providers import BadPayload

# What is asked for, in the spelling of the request. Mergers and redemptions move no price series.
KINDS = (
    "forward_split",
    "reverse_split",
    "unit_split",
    "cash_dividend",
    "stock_dividend",
    "spin_off",
    "name_change",
)


def actions_of(actions: pages.Actions) -> Iterator[CorporateAction]:
    """:raises BadPayload: if a date is none"""
    for split in (*actions.forward_splits, *actions.reverse_splits):
        yield _split(split)
    for unit in actions.unit_splits:
        yield _unit_split(unit)
    for dividend in actions.cash_dividends:
        yield _dividend(CorporateActionKind.CASH_DIVIDEND, dividend)
    for dividend in actions.stock_dividends:
        yield _dividend(CorporateActionKind.STOCK_DIVIDEND, dividend)
    for spin_off in actions.spin_offs:
        yield _spin_off(spin_off)
    for change in actions.name_changes:
        yield _name_change(change)


def _split(row: pages.SplitRow) -> CorporateAction:
    return CorporateAction(
        kind=CorporateActionKind.SPLIT,
        symbol=row.symbol,
        ex_date=_date(row.ex_date),
        source=SOURCE,
        old_rate=row.old_rate,
        new_rate=row.new_rate,
        new_symbol=row.new_symbol,
        record_date=_date_or_none(row.record_date),
        payable_date=_date_or_none(row.payable_date),
    )


def _unit_split(row: pages.UnitSplitRow) -> CorporateAction:
    return CorporateAction(
        kind=CorporateActionKind.SPLIT,
        symbol=row.old_symbol,
        ex_date=_date(row.effective_date),
        source=SOURCE,
        old_rate=row.old_rate,
        new_rate=row.new_rate,
        new_symbol=row.new_symbol,
    )


def _dividend(kind: CorporateActionKind, row: pages.DividendRow) -> CorporateAction:
    return CorporateAction(
        kind=kind,
        symbol=row.symbol,
        ex_date=_date(row.ex_date),
        source=SOURCE,
        rate=row.rate,
        record_date=_date_or_none(row.record_date),
        payable_date=_date_or_none(row.payable_date),
    )


def _spin_off(row: pages.SpinOffRow) -> CorporateAction:
    return CorporateAction(
        kind=CorporateActionKind.SPIN_OFF,
        symbol=row.source_symbol,
        ex_date=_date(row.ex_date),
        source=SOURCE,
        old_rate=row.source_rate,
        new_rate=row.new_rate,
        new_symbol=row.new_symbol,
        record_date=_date_or_none(row.record_date),
        payable_date=_date_or_none(row.payable_date),
    )


def _name_change(row: pages.NameChangeRow) -> CorporateAction:
    return CorporateAction(
        kind=CorporateActionKind.SYMBOL_CHANGE,
        symbol=row.old_symbol,
        ex_date=_date(row.process_date),
        source=SOURCE,
        new_symbol=row.new_symbol,
    )


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadPayload(f"not a date: {error}") from error


def _date_or_none(text: str | None) -> date | None:
    return None if not text else _date(text)
