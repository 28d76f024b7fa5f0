"""Refused orders are listed with their reasons, and an owner alone exports what is listed."""

import csv
import io
import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from oms.models import Account, Order
from oms.operations.place import place_orders
from tests.oms.conftest import alice, bob, instruments, market, order  # noqa: F401 - fixtures
from trading.identity.models import User
from trading.kernel.clock import NEW_YORK, utc_now

pytestmark = pytest.mark.django_db(transaction=True)


def get(account_id: UUID, address: str) -> tuple[int, str, dict[str, str]]:
    """Ask as the owner of an account, the way the platform does."""
    client = AsyncClient()
    client.force_login(User.objects.get(id=Account.objects.get(id=account_id).owner_id))

    async def ask() -> tuple[int, str, dict[str, str]]:
        answer: Any = await client.get(address)
        if getattr(answer, "streaming", False):
            body = b"".join([part async for part in answer.streaming_content])
        else:
            body = answer.content
        return answer.status_code, body.decode(), dict(answer.headers)

    return async_to_sync(ask)()


def rows(account_id: UUID, query: str = "") -> list[dict[str, str]]:
    status, text, _ = get(account_id, f"/orders.csv{query}")
    assert status == 200
    return list(csv.DictReader(io.StringIO(text)))


def history(account_id: UUID, query: str = "") -> list[dict[str, Any]]:
    status, text, _ = get(account_id, f"/v2/orders:history{query}")
    assert status == 200, text
    found: list[dict[str, Any]] = json.loads(text)
    return found


@pytest.fixture
def ordered(market, alice, bob) -> UUID:  # noqa: F811
    wishes = [
        order(alice, limit="180.00"),
        order(alice, qty="900000", limit="180.00"),  # more than there is money for
        order(alice, symbol="BAC", limit="13.00"),
        order(bob, limit="179.00"),
    ]
    for wish in wishes:
        place_orders(commands=[wish], now=utc_now())
    account_id: UUID = alice
    return account_id


def test_refused_orders_are_listed_with_their_reasons(ordered) -> None:
    listed = history(ordered)
    assert len(listed) == 3
    (refused,) = history(ordered, "?status=refused")
    assert refused["status"] == "rejected"
    assert refused["reason"]
    assert {one["status"] for one in history(ordered, "?status=open")} == {"pending_new"}
    assert [one["symbol"] for one in history(ordered, "?symbols=BAC")] == ["BAC"]


def test_the_contracts_own_list_does_not_show_what_was_not_let_through(ordered) -> None:
    _, text, _ = get(ordered, "/v2/orders?status=all")
    assert len(json.loads(text)) == 2
    assert get(ordered, "/v2/orders?status=refused")[0] == 422


def test_an_owner_is_given_their_own_orders_as_a_file(ordered) -> None:
    status, _, headers = get(ordered, "/orders.csv")
    assert status == 200
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert headers["Content-Disposition"].startswith('attachment; filename="orders-PA')
    listed = rows(ordered)
    assert [one["Symbol"] for one in listed] == ["BAC", "IBM", "IBM"]
    assert [bool(one["Reason"]) for one in listed] == [False, True, False]
    assert [one["Symbol"] for one in rows(ordered, "?status=refused")] == ["IBM"]
    assert [one["Symbol"] for one in rows(ordered, "?symbol=bac")] == ["BAC"]


def test_days_are_new_yorks_and_both_ends_are_included(ordered) -> None:
    today = utc_now().astimezone(NEW_YORK).date()
    Order.objects.filter(symbol="BAC").update(created_at=utc_now() - timedelta(days=1))
    yesterday = today - timedelta(days=1)
    assert len(rows(ordered, f"?from={today}&to={today}")) == 2
    assert len(rows(ordered, f"?from={yesterday}&to={yesterday}")) == 1
    assert len(rows(ordered, f"?from={yesterday}")) == 3


DAY = date(2026, 11, 1)  # the clocks of New York are set back in the course of it


@pytest.fixture
def at_the_ends_of_days(ordered) -> UUID:
    """Four orders: a day's first instant, the last one before it, its last one, the first after."""
    place_orders(commands=[order(ordered, symbol="BAC", limit="12.00")], now=utc_now())
    begin = datetime.combine(DAY, time(), tzinfo=NEW_YORK)
    end = datetime.combine(DAY + timedelta(days=1), time(), tzinfo=NEW_YORK)
    instant = timedelta(microseconds=1)
    times = (begin, begin - instant, end - instant, end)  # the second one was refused
    ids = Order.objects.filter(account_id=ordered).order_by("id").values_list("id", flat=True)
    for order_id, made in zip(list(ids), times, strict=True):
        Order.objects.filter(id=order_id).update(created_at=made)
    account_id: UUID = ordered
    return account_id


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [(None, None, 4), (0, None, 3), (None, 0, 3), (0, 0, 2), (1, 1, 1), (-1, -1, 1), (2, None, 0)],
)
def test_the_file_holds_the_rows_of_the_list(
    at_the_ends_of_days, first: int | None, last: int | None, count: int
) -> None:
    listed, filed = {}, {}
    if first is not None:
        listed["after"] = filed["from"] = str(DAY + timedelta(days=first))
    if last is not None:
        filed["to"] = str(DAY + timedelta(days=last))
        listed["until"] = str(DAY + timedelta(days=last + 1))  # as the page asks
    file = [one["Order id"] for one in rows(at_the_ends_of_days, f"?{urlencode(filed)}")]
    assert len(file) == count
    assert file == [
        one["id"] for one in history(at_the_ends_of_days, f"?{urlencode(listed | {'limit': 500})}")
    ]


@pytest.mark.parametrize("symbols", ["IBM", "ibm, bac", " BAC ,", ",", "NONE"])
@pytest.mark.parametrize("status", ["every", "open", "closed", "refused"])
def test_the_file_takes_the_lists_other_filters(ordered, symbols: str, status: str) -> None:
    query = {"status": status}
    file = [one["Order id"] for one in rows(ordered, f"?{urlencode(query | {'symbol': symbols})}")]
    page = history(ordered, f"?{urlencode(query | {'symbols': symbols})}")
    assert file == [one["id"] for one in page]


def test_the_contracts_own_list_begins_after_the_instant_that_is_named(at_the_ends_of_days) -> None:
    _, text, _ = get(at_the_ends_of_days, f"/v2/orders?status=all&after={DAY}")
    # Not IBM, which was ordered at that instant.
    assert [one["symbol"] for one in json.loads(text)] == ["BAC", "BAC"]


@pytest.mark.parametrize(
    "query",
    [
        *("?from=yesterday", "?to=0001-01-01", "?status=all", "?from=9999-12-31"),
        f"?symbol={'A' * 17}",
    ],
)
def test_a_wrong_filter_is_named(ordered, query: str) -> None:
    status, text, _ = get(ordered, f"/orders.csv{query}")
    assert status == 400
    assert text.split()[0] in {"from", "to", "status", "symbol"}


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t"])
def test_no_cell_is_a_formula_to_a_spreadsheet(market, alice, begin: str) -> None:  # noqa: F811
    name = f'{begin}HYPERLINK("http://x","y")'
    place_orders(commands=[order(alice, limit="180.00", cl_ord_id=name)], now=utc_now())
    (one,) = rows(alice)
    assert one["Client order id"] == f"'{name}"


def test_more_orders_than_a_page_all_arrive_once_though_of_one_instant(ordered) -> None:
    first = Order.objects.filter(account_id=ordered).first()
    assert first is not None
    made = utc_now()
    first.verdict = {}
    copies = []
    for number in range(1203):
        copy = Order(**{f.attname: getattr(first, f.attname) for f in Order._meta.concrete_fields})
        copy.id, copy.cl_ord_id, copy.created_at = UUID(int=number + 1), f"copy-{number}", made
        copies.append(copy)
    Order.objects.bulk_create(copies)
    listed = rows(ordered)
    assert len({one["Order id"] for one in listed}) == len(listed) == 1206
    assert Decimal(listed[0]["Quantity"]) > 0


def test_a_stranger_is_sent_to_sign_in() -> None:
    async def ask() -> str:
        answer = await AsyncClient().get("/orders.csv")
        return str(answer["Location"])

    assert async_to_sync(ask)() == "/login?next=/orders.csv"
