"""A record that somebody changed until it cannot be read is told as such, beside all the others."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from compliance import interface as compliance
from oms import interface as oms
from tests.compliance.builders import tamper
from tests.staff.conftest import browser, fill, page_of, place
from trading.eventlog.models import Event
from trading.identity.roles import Role
from trading.kernel.clock import utc_now

pytestmark = pytest.mark.django_db

UNREADABLE = {
    "not JSON": b"\xff\xfe{",
    "no object": b'["OrderPlaced"]',
    "half a surrogate pair": b'{"text":"\\ud800"}',
    "deep": b"[" * 100_000,
    "empty": b"",
}
UNEXPECTED = {
    "nothing in it": b"{}",
    "other types": b'{"rule":["x"],"text":{"a":1},"last_qty":[],"status":null}',
}


@pytest.fixture
def placed(market, alice):
    order = place(alice, qty="1", limit="180.00")
    fill(order, Decimal(1), Decimal("180.00"))
    return order


def harm(order, payload):
    """Change the order's second record; return it."""
    event = Event.objects.get(stream=f"order:{order.id}", seq=2)
    tamper("UPDATE eventlog_event SET payload = %s WHERE id = %s", [payload, event.id])
    return event


def life_on(page):
    """Return the rows of the events of an order's page, as words."""
    (table,) = re.findall(r'<table class="evidence"><tr><th>#</th>.*?</table>', page, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)[1:]
    return [re.sub(r"<[^>]+>", " ", row) for row in rows]


@pytest.mark.parametrize("payload", UNREADABLE.values(), ids=UNREADABLE)
def test_an_orders_page_says_which_record_cannot_be_read_and_shows_the_rest(
    officer, placed, payload
):
    harm(placed, payload)
    first, second = life_on(page_of(officer, "oms_order_change", None, placed.id))
    assert "OrderPlaced" in first
    assert "cannot be read" not in first
    assert "this record cannot be read" in second


@pytest.mark.parametrize("payload", UNEXPECTED.values(), ids=UNEXPECTED)
def test_a_record_that_holds_something_else_is_shown_as_far_as_it_goes(officer, placed, payload):
    harm(placed, payload)
    assert len(life_on(page_of(officer, "oms_order_change", None, placed.id))) == 2


@pytest.mark.parametrize("verdict", ["{}", "[]", '{"results":[{"name":"x"}]}', '{"results":3}'])
def test_a_verdict_that_cannot_be_read_says_so(officer, placed, alice, verdict):
    tamper("UPDATE oms_order SET verdict = %s::jsonb WHERE id = %s", [verdict, placed.id])
    page = page_of(officer, "oms_order_change", None, placed.id)
    assert "this record cannot be read" in page
    assert len(life_on(page)) == 2
    assert oms.find_order_life(account_id=alice, order_id=placed.id) is not None


@pytest.mark.parametrize(
    "payload", [*UNREADABLE.values(), *UNEXPECTED.values()], ids=[*UNREADABLE, *UNEXPECTED]
)
def test_the_records_own_page_and_list_show_it_as_it_is(officer, placed, payload):
    event = harm(placed, payload)
    assert "NOT what was recorded" in page_of(officer, "eventlog_event_change", None, event.id)
    assert "OrderFilled" in page_of(officer, "eventlog_event_changelist")
    export = officer.get(reverse("admin:eventlog_event_export"))
    assert b"OrderFilled" in b"".join(export.streaming_content)


@pytest.mark.parametrize("payload", UNREADABLE.values(), ids=UNREADABLE)
def test_the_owner_reads_the_rest_of_their_order(placed, alice, payload):
    harm(placed, payload)
    life = oms.find_order_life(account_id=alice, order_id=placed.id)
    assert life is not None
    assert [event.summary for event in life.events] == [
        "Received, passed every risk check and recorded",
        "This record cannot be read",
    ]


@pytest.mark.parametrize("payload", UNREADABLE.values(), ids=UNREADABLE)
def test_a_verification_comes_to_its_end_and_names_the_record(placed, payload):
    event = harm(placed, payload)
    finished = compliance.verify_records_nightly(now=utc_now())
    assert finished is not None
    assert finished.outcome == "TAMPERED"
    assert f"id {event.id}" in finished.detail


@pytest.mark.parametrize("payload", UNREADABLE.values(), ids=UNREADABLE)
def test_a_switch_is_engaged_and_lifted_whatever_its_stream_holds(market, alice, payload):
    olga, paul = browser(name="olga"), browser(Role.COMPLIANCE_PRINCIPAL, "paul")
    data = {"scope": "SYMBOL", "symbol": "IBM", "reason": "a rumour"}
    assert olga.post(reverse("admin:risk_killswitch_add"), data).status_code == 302
    engaged = Event.objects.get(type="KillSwitchEngaged")
    tamper("UPDATE eventlog_event SET payload = %s WHERE id = %s", [payload, engaged.id])
    told = olga.post(reverse("admin:risk_killswitch_add"), data | {"symbol": "BAC"}, follow=True)
    assert "0 working orders were canceled." in told.content.decode()
    assert "BAC" in page_of(paul, "risk_killswitch_changelist")
