"""An order's page says to staff what its trader reads, with the codes beside."""

import re
from decimal import Decimal

import pytest

from oms.domain import order_words
from oms.models import Order
from tests.staff.conftest import export, fill, page_of, place, rows_of
from trading.kernel.fix import OrdStatus, OrdType, TimeInForce

pytestmark = pytest.mark.django_db


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_refusal_is_in_the_traders_words_and_numbers(officer, market, bob) -> None:
    placed = place(bob, qty="5000", limit="182.50")
    page = page_of(officer, "oms_order_change", None, placed.id)
    shown = words(page)
    assert '<span title="order_value">Order value</span>' in page
    assert "failed (ORDER_VALUE) $912,500 $250,000" in shown
    assert "“order value $912,500 is above your limit of $250,000”" in shown
    assert "Refused by risk: “" in shown
    assert "Buy to open" in shown
    for code in ("buy_to_open", "DENIED", "912500", "kill_switch "):
        assert code not in shown


def test_a_fill_says_what_happened(officer, market, alice) -> None:
    placed = place(alice, qty="100", limit="182.50")
    fill(placed, Decimal(40), Decimal("182.5"))
    shown = words(page_of(officer, "oms_order_change", None, placed.id))
    assert "Received, passed every risk check and recorded" in shown
    assert "Filled 40 at $182.50" in shown
    assert "last_px" not in shown


def test_a_list_says_the_state_in_words_and_an_export_in_codes(officer, market, bob) -> None:
    placed = place(bob, qty="5000", limit="182.50")
    shown = words(page_of(officer, "oms_order_changelist"))
    assert "Refused" in shown
    assert "DENIED" not in shown
    assert f"“{placed.text}”".replace("'", "&#x27;") in shown
    assert [row.id for row in rows_of(officer, "oms_order", status__exact="DENIED")] == [placed.id]
    told = export(officer, "oms_order")
    assert ",DENIED," in told
    assert placed.text in told
    assert Order.objects.get().get_status_display() == "Refused"


def test_every_state_and_term_has_a_word() -> None:
    assert set(order_words.STATUS) == set(OrdStatus)
    assert set(order_words.ORD_TYPE) == set(OrdType)
    assert set(order_words.TIME_IN_FORCE) == set(TimeInForce)
