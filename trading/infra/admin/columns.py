"""
Columns of staff lists: amounts with their unit, people and accounts by name.

Each function returns a display function for a ModelAdmin. Its ``raw`` attribute takes a row and
returns the value for an export: a plain number, without separators.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from trading.infra.admin import times
from trading.kernel.quantities import plain

NOTHING = "—"
_CENTS = 2

Display = Callable[[Any, Any], str]


def _column(
    show: Display, *, field: str, heading: str, raw: Callable[[Any], object] | None = None
) -> Display:
    show.short_description = heading  # type: ignore[attr-defined]
    show.admin_order_field = field  # type: ignore[attr-defined]
    if raw is not None:
        show.raw = raw  # type: ignore[attr-defined]
    return show


def _value(row: object, field: str) -> Any:  # noqa: ANN401 - a column's
    return getattr(row, field)


def grouped(value: Decimal, *, places_min: int = 0) -> str:
    """Write a number with separators and all its decimals, at least so many of them."""
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return f"{value:,.{max(places_min, -exponent)}f}"


def dollars(field: str, name: str, *, nothing: str = NOTHING) -> Display:
    """Show a column of dollars: at least cents, more decimals where there are."""

    def show(_: object, row: object) -> str:
        value = _value(row, field)
        return nothing if value is None else grouped(value, places_min=_CENTS)

    return _column(
        show, field=field, heading=f"{name}, $", raw=lambda row: _number(_value(row, field))
    )


def shares(field: str, name: str) -> Display:
    """Show a column of shares, with their fraction where there is one."""

    def show(_: object, row: object) -> str:
        value = _value(row, field)
        return NOTHING if value is None else grouped(value)

    return _column(
        show, field=field, heading=f"{name}, shares", raw=lambda row: _number(_value(row, field))
    )


def _number(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def time_cell(at: datetime | None) -> SafeString | str:
    """Write a time in a list: to the second, and never broken within its date."""
    if at is None:
        return NOTHING
    day, _, time = times.listed(at).partition(" ")
    return format_html(
        '<span><span class="desk-unbroken">{}</span> <span class="desk-unbroken">{}</span></span>',
        day,
        time,
    )


def moment(field: str, name: str) -> Callable[[Any], SafeString | str]:
    """Show a time to the second; the row's own page and the export have all of it."""

    def show(row: object) -> SafeString | str:
        return time_cell(_value(row, field))

    show.__name__ = field  # the column's class on the page
    show.short_description = name  # type: ignore[attr-defined]
    show.admin_order_field = field  # type: ignore[attr-defined]
    show.raw = lambda row: _value(row, field)  # type: ignore[attr-defined]
    return show


def actor(field: str, name: str, *, nothing: str = NOTHING) -> Display:
    """Show who did it by name; the field is among the ``actor_fields`` of its ``StaffList``."""

    def show(page: Any, row: object) -> str:  # noqa: ANN401
        value = _value(row, field)
        return page.names_for(row).actors.get(value, value) if value else nothing

    return _column(show, field=field, heading=name)


def account(field: str, name: str, *, nothing: str = NOTHING) -> Display:
    """Show an account by number and owner; the field is the page's ``account_field``."""

    def show(page: Any, row: object) -> str:  # noqa: ANN401
        value = _value(row, field)
        return page.names_for(row).accounts.get(value, str(value)) if value else nothing

    return _column(show, field=field, heading=name)
