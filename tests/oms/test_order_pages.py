"""A client that pages through its orders by their ids gets each once, and comes to an end."""

from uuid import UUID

import pytest

from oms.models import Order
from oms.operations.place import place_orders
from oms.queries import UnknownAnchor, list_orders
from tests.oms.conftest import order
from trading.kernel.clock import utc_now
from trading.kernel.identifiers import new_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def placed(market, bob) -> list[UUID]:
    """Eleven orders in the order of their places; seven have the same time."""
    commands = [order(bob, qty="1", limit="182.00") for _ in range(11)]
    place_orders(commands=commands, now=utc_now())
    rows = list(Order.objects.filter(account_id=bob).order_by("id"))
    assert len(rows) == 11
    for number, row in enumerate(rows):
        Order.objects.filter(pk=row.pk).update(created_at=rows[max(number, 6)].created_at)
    found = Order.objects.filter(account_id=bob).order_by("created_at", "id")
    return list(found.values_list("id", flat=True))


@pytest.mark.parametrize("limit", [1, 3, 11, 50])
@pytest.mark.parametrize(("name", "oldest_first"), [("before", False), ("after", True)])
def test_pages_by_id_hold_each_order_once(bob, placed, limit, name, oldest_first):
    found: list[UUID] = []
    anchor: UUID | None = None
    while True:
        page = list_orders(
            account_id=bob,
            limit=limit,
            oldest_first=oldest_first,
            before_order_id=anchor if name == "before" else None,
            after_order_id=anchor if name == "after" else None,
        )
        if not page:
            break
        assert len(page) <= limit
        found += [each.id for each in page]
        anchor = page[-1].id
    assert found == (placed if oldest_first else placed[::-1])


def test_a_page_begins_at_an_order_that_is_not_on_it(bob, placed):
    Order.objects.filter(id=placed[5]).update(status="CANCELED")
    found = list_orders(account_id=bob, status="open", before_order_id=placed[5])
    assert [each.id for each in found] == placed[4::-1]
    found = list_orders(account_id=bob, status="open", after_order_id=placed[5])
    assert [each.id for each in found] == placed[:5:-1]


def test_an_order_of_somebody_else_is_no_place(bob, charlie, placed):
    for anchor in (placed[0], new_id()):
        with pytest.raises(UnknownAnchor, match=str(anchor)):
            list_orders(account_id=charlie, before_order_id=anchor)
