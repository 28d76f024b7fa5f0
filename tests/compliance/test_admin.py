"""The records on the admin site: the staff reads them, nobody edits them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from compliance.interface import verify_records_nightly
from compliance.models import VerificationRun
from tests.compliance.builders import tamper, write, write_three_streams
from trading.eventlog.models import Event
from trading.identity.models import User
from trading.identity.roles import STAFF_ROLES, Role
from trading.kernel.clock import utc_now

pytestmark = pytest.mark.django_db

EVENTS = "admin:eventlog_event_changelist"
RUNS = "admin:compliance_verificationrun_changelist"


def browser(role: Role) -> Client:
    client = Client()
    client.force_login(User.objects.create(username="alice", role=role))
    return client


@pytest.fixture
def officer() -> Client:
    return browser(Role.COMPLIANCE_OFFICER)


def listed(client: Client, query: dict[str, str]) -> list[tuple[str, int]]:
    response: Any = client.get(reverse(EVENTS), query)
    assert response.status_code == 200
    return [(event.stream, event.seq) for event in response.context["cl"].result_list]


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
@pytest.mark.parametrize("page", [EVENTS, RUNS])
def test_the_staff_reads(role: Role, page: str) -> None:
    assert browser(role).get(reverse(page)).status_code == 200


@pytest.mark.parametrize("page", [EVENTS, RUNS])
def test_a_trader_is_sent_away(page: str) -> None:
    assert browser(Role.TRADER).get(reverse(page)).status_code == 302
    assert Client().get(reverse(page)).status_code == 302


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_nobody_edits_a_record(role: Role) -> None:
    client = browser(role)
    event_id = write("order:a", "one")[0]
    assert client.get(reverse("admin:eventlog_event_add")).status_code == 403
    page = reverse("admin:eventlog_event_change", args=[event_id])
    assert client.post(page, {"actor": "user:bob"}).status_code == 403
    delete = reverse("admin:eventlog_event_delete", args=[event_id])
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert Event.objects.get(pk=event_id).actor == "user:alice"


def test_the_newest_record_comes_first(officer: Client) -> None:
    write_three_streams()
    assert listed(officer, {})[0] == ("order:b", 5)


def test_a_streams_life_is_told_in_order(officer: Client) -> None:
    write_three_streams()
    life = listed(officer, {"stream__exact": "order:a"})
    assert life == [("order:a", seq) for seq in range(1, 6)]


def test_records_are_found_by_stream_type_actor_and_request(officer: Client) -> None:
    write_three_streams()
    assert {stream for stream, _ in listed(officer, {"q": "order:a"})} == {"order:a"}
    assert len(listed(officer, {"q": "Noted"})) == 15
    assert len(listed(officer, {"q": "user:alice"})) == 15
    assert {seq for _, seq in listed(officer, {"q": "request-3"})} == {4}
    assert listed(officer, {"type__exact": "Noted", "q": "nothing like it"}) == []


def test_a_record_shows_its_payload_its_hash_and_its_stream(officer: Client) -> None:
    event_id = write("order:a", "<b>bold</b>")[0]
    page = officer.get(reverse("admin:eventlog_event_change", args=[event_id])).content.decode()
    assert "&quot;text&quot;: &quot;&lt;b&gt;bold&lt;/b&gt;&quot;" in page
    assert bytes(Event.objects.get(pk=event_id).hash).hex() in page
    assert "?stream__exact=order%3Aa" in page
    assert ">right<" in page.replace(" ", "").replace("\n", "")


def test_a_tampered_record_shows_that_its_hash_is_wrong(officer: Client) -> None:
    event_id = write("order:a", "one")[0]
    tamper("UPDATE eventlog_event SET payload = decode('ff00', 'hex') WHERE id = %s", [event_id])
    page = officer.get(reverse("admin:eventlog_event_change", args=[event_id])).content.decode()
    assert "\\xff" in page
    assert "NOT what was recorded" in page


def test_a_run_shows_what_it_found(officer: Client) -> None:
    event_id = write_three_streams()[0]
    tamper("UPDATE eventlog_event SET actor = 'user:bob' WHERE id = %s", [event_id])
    verify_records_nightly(now=utc_now())
    run = VerificationRun.objects.get()
    assert b"Tampered" in officer.get(reverse(RUNS)).content
    page = officer.get(reverse("admin:compliance_verificationrun_change", args=[run.pk]))
    assert f"id {event_id}, stream account:a, seq 1".encode() in page.content
