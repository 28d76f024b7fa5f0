"""A trader's orders as a CSV file, written as it is sent: any number of them, in little memory."""

import csv
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from io import StringIO
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from oms import interface as oms
from oms.contracts import AccountView, OrderView
from trading.identity.page_owner import owns_link
from trading.infra.database import in_thread
from trading.infra.spreadsheet import guarded
from trading.kernel.clock import NEW_YORK, new_york_date, utc_now
from trading.kernel.money import book_amount
from trading.kernel.quantities import plain
from trading.web.access import signed_in, trader_page

PAGE: Final = 500
SYMBOL_LENGTH_MAX: Final = 16
STATUSES: Final = ("every", "open", "closed", "refused")
COLUMNS: Final = (
    "Order id", "Client order id", "Sent, New York", "Symbol", "Side", "Type", "Limit price, $",
    "Time in force", "Quantity", "Filled", "Average price, $", "Value filled, $", "Status",
    "Reason", "Last change, New York",
)  # fmt: skip


@never_cache
@require_safe
@trader_page
def export_orders(request: HttpRequest, *, account: AccountView) -> HttpResponseBase:
    """
    ``GET /orders.csv?user=&status=&symbol=&from=&to=``: the account's orders, the newest first.

    ``from`` and ``to`` are New York days, both included. A wrong filter is refused (400), and so is
    the link of a page that was made for another user (403).
    """
    if not owns_link(request, user_id=signed_in(request).user_id):
        return render(request, "web/another_user.html", status=403)
    try:
        wanted = _wanted(request.GET.dict())
    except ValueError as error:
        return HttpResponse(f"{error}\n", status=400, content_type="text/plain; charset=utf-8")
    name = f"orders-{account.account_number}-{new_york_date(utc_now())}.csv"
    response = StreamingHttpResponse(
        _lines(account.id, wanted), content_type="text/csv; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _wanted(query: Mapping[str, str]) -> dict[str, Any]:
    """
    Return what ``list_orders`` takes: the rows that the list on the screen shows, however many.

    :raises ValueError: naming the filter that is wrong
    """
    status = query.get("status") or STATUSES[0]
    if status not in STATUSES:
        raise ValueError(f"status must be one of {', '.join(STATUSES)}")
    first, last = _day(query, "from"), _day(query, "to")
    return {
        "status": status,
        "symbols": _symbols(query) or None,
        "after": None if first is None else _begin(first) - timedelta(microseconds=1),
        "until": None if last is None else _begin(last + timedelta(days=1)),
    }


def _symbols(query: Mapping[str, str]) -> list[str]:
    symbols = [word.strip().upper() for word in query.get("symbol", "").split(",") if word.strip()]
    if any(len(each) > SYMBOL_LENGTH_MAX or not each.isprintable() for each in symbols):
        raise ValueError("symbol must be one such as IBM, or several with commas between them")
    return symbols


def _day(query: Mapping[str, str], name: str) -> date | None:
    text = query.get(name)
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not date(1900, 1, 1) <= day <= date(2200, 1, 1):
        raise ValueError(f"{name} must be a day such as 2026-11-27")
    return day


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=NEW_YORK)


async def _lines(account_id: UUID, wanted: Mapping[str, Any]) -> AsyncIterator[bytes]:
    yield _row(COLUMNS)
    last: UUID | None = None
    while True:
        page: list[OrderView] = await in_thread(
            oms.list_orders, account_id=account_id, limit=PAGE, before_order_id=last, **wanted
        )
        for order in page:
            yield _row(_cells(order))
        if len(page) < PAGE:
            return
        last = page[-1].id


def _cells(order: OrderView) -> Iterable[str]:
    """Return the cells of an order, as the columns name them."""
    average = order.avg_px
    return (
        str(order.id),
        order.cl_ord_id,
        _at(order.created_at),
        order.symbol,
        order.side.lower(),
        order.ord_type.lower(),
        "" if order.limit_price is None else plain(order.limit_price),
        order.time_in_force.lower(),
        plain(order.qty),
        plain(order.cum_qty),
        "" if average is None else f"{average:.4f}",
        "" if average is None else plain(book_amount(average * order.cum_qty)),
        order.status.lower().replace("_", " "),
        order.text,
        _at(order.updated_at),
    )


def _at(moment: datetime) -> str:
    return moment.astimezone(NEW_YORK).isoformat(sep=" ", timespec="milliseconds")


def _row(cells: Iterable[str]) -> bytes:
    """Return a line of CSV; no cell is a formula to whoever opens the file."""
    line = StringIO()
    csv.writer(line).writerow(map(guarded, cells))
    return line.getvalue().encode()
