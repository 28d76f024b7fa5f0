"""The home of the staff: what is stopped, what was refused, the records verified when asked."""

import re

import pytest
from django.urls import reverse

from compliance import interface as compliance
from compliance.contracts import RunOutcome, VerificationState
from compliance.models import VerificationRun
from compliance.tasks import do_due_verifications
from oms.models import Order
from tests.compliance.builders import tamper
from tests.staff.conftest import browser, page_of, place
from trading.eventlog.models import Event
from trading.identity.models import User
from trading.identity.roles import Role
from trading.kernel.clock import utc_now
from trading.web.staff.home import counted

pytestmark = pytest.mark.django_db

VERIFY = "admin:verify_now"


def home(client):
    """Return the page in one line of words."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page_of(client, "index")))


def actor(name):
    return f"user:{User.objects.get(username=name).pk}"


def test_the_home_is_no_list_of_tables(officer):
    page = page_of(officer, "index")
    assert 'data-testid="desk"' in page
    assert "Last Actions" not in page
    words = home(officer)
    assert "The records have not been verified yet." in words
    assert "No kill switch is on." in words
    assert "Orders refused today: 0" in words


def test_it_shows_what_is_stopped_and_what_was_refused_with_reasons(officer, market, alice, bob):
    place(bob, qty="5000", limit="182.50")
    denied = Order.objects.get(account=bob)
    data = {"scope": "SYMBOL", "symbol": "IBM", "reason": "a rumour"}
    officer.post(reverse("admin:risk_killswitch_add"), data)
    page, words = page_of(officer, "index"), home(officer)
    assert "Orders refused today: 1" in words
    assert "BUY 5000 IBM" in words
    assert "bob" in words
    assert denied.text.split(";")[0] in words.replace("&#x27;", "'")
    assert reverse("admin:oms_order_change", args=[denied.id]) in page
    assert "olga" in words
    assert "a rumour" in words


def test_the_way_to_all_that_was_refused_today_shows_them(officer, market, alice, bob):
    place(bob, qty="5000", limit="182.50")
    place(alice, qty="1", limit="180.00")
    (address,) = re.findall(r'href="([^"]+)" data-testid="all-refused"', page_of(officer, "index"))
    answer = officer.get(address.replace("&amp;", "&"))
    assert answer.status_code == 200
    assert [row.account_id for row in answer.context["cl"].result_list] == [bob]


@pytest.mark.parametrize(
    "role", [Role.COMPLIANCE_OFFICER, Role.COMPLIANCE_PRINCIPAL, Role.ADMINISTRATOR]
)
def test_staff_have_the_records_verified_and_see_the_outcome(role, market, alice):
    client = browser(role)
    assert client.post(reverse(VERIFY)).status_code == 302
    run = VerificationRun.objects.get()
    assert (run.requested_by, run.started_at) == (actor("olga"), None)
    assert "Waits to be verified , asked for by olga" in home(client).replace(
        "verified, ", "verified , "
    )
    client.post(reverse(VERIFY))  # once more changes nothing: it waits already
    do_due_verifications()
    run = VerificationRun.objects.get()
    # Users of tests have no event of their making: that is found, and told.
    assert (run.outcome, run.finished_at is not None) == ("TAMPERED", True)
    assert "Not intact" in home(client)
    assert "asked for by olga" in home(client)


def test_a_verification_that_finds_a_changed_record_says_so_at_home(officer, market, alice):
    place(alice, qty="1", limit="180.00")
    first = Event.objects.order_by("id").first()
    assert first is not None
    tamper("UPDATE eventlog_event SET actor = 'user:bob' WHERE id = %s", [first.id])
    officer.post(reverse(VERIFY))
    do_due_verifications()
    assert f"id {first.id}" in home(officer)


def test_a_verification_that_cannot_be_done_says_why_and_is_not_tried_in_a_loop(
    officer, monkeypatch
):
    officer.post(reverse(VERIFY))
    monkeypatch.setattr("compliance.nightly.verify", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        do_due_verifications()
    assert "it could not be finished: ZeroDivisionError" in home(officer)
    assert compliance.do_due_verifications(now=utc_now()) == []


def test_the_home_says_how_many_records_and_rows_are_intact():
    def found(records, rows, outcome=RunOutcome.CLEAN):
        state = VerificationState(
            id=1, requested_by="", requested_at=utc_now(), started_at=utc_now(),
            finished_at=utc_now(), outcome=outcome, records=records, rows=rows, detail="",
        )  # fmt: skip
        return counted(state)

    assert found(1059, 82) == "1,059 records and the 82 rows they account for, all intact"
    assert found(1, 1) == "1 record and the 1 row they account for, all intact"
    assert found(59, None, RunOutcome.TAMPERED) == "59 records"
    assert found(None, None, RunOutcome.TAMPERED) == "how many records there are is unknown"


def test_no_space_stands_before_a_comma(officer):
    officer.post(reverse(VERIFY))
    do_due_verifications()
    line = re.search(r'<p class="desk-line">(.*?)</p>', page_of(officer, "index"), re.DOTALL)
    assert line is not None
    # The line's parts stand apart from each other: the sentence is one of them.
    assert re.search(
        r"<span><a [^>]*>Verified [^<]*</a>, asked for by .*</span>\s*$", line[1], re.DOTALL
    )


def button(client):
    (found,) = re.findall(r'<button[^>]+id="verify-now"[^>]*>', page_of(client, "index"))
    return found


def test_a_verification_that_failed_frees_the_button_and_is_told_until_one_ends(
    officer, monkeypatch
):
    assert "disabled" not in button(officer)
    officer.post(reverse(VERIFY))
    assert "disabled" in button(officer)
    with monkeypatch.context() as broken:
        broken.setattr("compliance.nightly.verify", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            do_due_verifications()
    assert "disabled" not in button(officer)
    assert 'data-testid="failed-run"' in page_of(officer, "index")
    officer.post(reverse(VERIFY))
    do_due_verifications()
    assert "disabled" not in button(officer)
    assert 'data-testid="failed-run"' not in page_of(officer, "index")


def test_the_night_is_verified_though_somebody_asked_that_day(officer):
    officer.post(reverse(VERIFY))
    do_due_verifications()
    compliance.verify_records_nightly(now=utc_now())
    compliance.verify_records_nightly(now=utc_now())
    assert VerificationRun.objects.filter(requested_by="").count() == 1
    assert VerificationRun.objects.exclude(requested_by="").count() == 1


def test_a_trader_sees_no_home_and_asks_for_nothing(db):
    client = browser(Role.TRADER, "tom")
    assert client.get(reverse("admin:index")).status_code == 302
    assert client.post(reverse(VERIFY)).status_code == 302
    assert not VerificationRun.objects.exists()


def test_a_verification_is_asked_for_by_a_post_only(officer):
    assert officer.get(reverse(VERIFY)).status_code == 405
