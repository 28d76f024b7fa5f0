"""Rows of a dataset, by the names of its columns, as daily bars and corporate actions."""

import math
from collections.abc import Sequence
from datetime import date, datetime

from marketdata.contracts import Bar, CorporateAction, CorporateActionKind
from marketdata.feeds.nasdaq_data_link.config import SOURCE, Columns
from marketdata.feeds.providers import BadPayload
from trading.kernel import clock

Cell = str | float | bool | None
_IGNORED = str.maketrans("", "", " -_")


class RowReader:
    """
    Reads rows whose columns are called ``names``, in that order.

    Every method raises BadPayload on a row that cannot be read.

    :raises BadPayload: if a column that we need is not there
    """

    def __init__(self, *, columns: Columns, names: Sequence[str]) -> None:
        self._places = {_plain(name): place for place, name in enumerate(names)}
        self._prices = [
            self._place(name) for name in (columns.open, columns.high, columns.low, columns.close)
        ]
        self._date = self._place(columns.date)
        self._volume = self._place(columns.volume)
        self._symbol = self._places.get(_plain(columns.symbol))
        self._dividend = self._place(columns.dividend) if columns.dividend else None
        self._split = self._place(columns.split) if columns.split else None

    def ticker(self, row: Sequence[Cell]) -> str:
        """Return the provider's spelling of the row's symbol."""
        if self._symbol is None:
            raise BadPayload("the rows do not say whose they are")
        return str(_cell(row, self._symbol))

    def day(self, row: Sequence[Cell]) -> date:
        text = str(_cell(row, self._date))
        try:
            return date.fromisoformat(text[:10])
        except ValueError as error:
            raise BadPayload(f"not a day: {text!r}") from error

    def bar(self, symbol: str, row: Sequence[Cell]) -> Bar | None:
        """Return the bar, raw and stamped with midnight New York; None if a price is missing."""
        prices = [_number(_cell(row, place)) for place in self._prices]
        if any(price is None for price in prices):
            return None
        day = self.day(row)
        open_px, high, low, close = (price or 0.0 for price in prices)
        return Bar(
            symbol=symbol,
            ts_start=clock.to_ns(datetime(day.year, day.month, day.day, tzinfo=clock.NEW_YORK)),
            open=open_px,
            high=high,
            low=low,
            close=close,
            volume=_number(_cell(row, self._volume)) or 0.0,
            trade_count=None,
            vwap=None,
        )

    def actions(self, symbol: str, row: Sequence[Cell]) -> list[CorporateAction]:
        """Return the split and the dividend whose ex day this is."""
        actions: list[CorporateAction] = []
        split = self._number_at(row, self._split)
        if split not in (None, 0, 1):
            actions.append(
                CorporateAction(
                    kind=CorporateActionKind.SPLIT,
                    symbol=symbol,
                    ex_date=self.day(row),
                    source=SOURCE,
                    old_rate=1.0,
                    new_rate=split,
                )
            )
        dividend = self._number_at(row, self._dividend)
        if dividend:
            actions.append(
                CorporateAction(
                    kind=CorporateActionKind.CASH_DIVIDEND,
                    symbol=symbol,
                    ex_date=self.day(row),
                    source=SOURCE,
                    rate=dividend,
                )
            )
        return actions

    def _number_at(self, row: Sequence[Cell], place: int | None) -> float | None:
        return None if place is None else _number(_cell(row, place))

    def _place(self, name: str) -> int:
        place = self._places.get(_plain(name))
        if place is None:
            raise BadPayload(f"there is no column {name!r}; correct the settings' columns")
        return place


def _plain(name: str) -> str:
    return name.lower().translate(_IGNORED)


def _cell(row: Sequence[Cell], place: int) -> Cell:
    if place >= len(row):
        raise BadPayload(f"a row of {len(row)} columns")
    return row[place]


def _number(cell: Cell) -> float | None:
    if cell is None or cell == "":
        return None
    try:
        number = float(cell)
    except ValueError as error:
        raise BadPayload(f"not a number: {cell!r}") from error
    if isinstance(cell, bool) or not math.isfinite(number):
        raise BadPayload(f"not a number: {cell!r}")
    return number
