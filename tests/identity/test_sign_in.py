"""Guessing passwords is paused, ever longer, and a pause of a minute is a lock that is recorded."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from compliance.interface import verify_records
from tests.identity.signing_in import PASSWORD, Go, attempt, cookie_of, facts, guess, make, wait
from trading.identity.attempts import forget_old_attempts
from trading.identity.interface import Role
from trading.identity.models import AttemptCounter, User
from trading.identity.pauses import Counted, in_words, pause_after
from trading.kernel.clock import utc_now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("go_to")]


def user_page(user_id: UUID) -> str:
    admin = Client()
    admin.force_login(User.objects.get(id=make("admin", Role.ADMINISTRATOR)))
    page = admin.get(reverse("admin:identity_user_change", args=[user_id]))
    return page.content.decode()


def test_twenty_five_wrong_passwords_in_a_row_do_not_get_through(alice) -> None:
    answers = [attempt() for _ in range(25)]
    assert answers[:4] == [200] * 4
    assert set(answers[4:]) == {429}


@pytest.mark.parametrize("at", ["/login", "/admin/login/"])
def test_the_page_says_in_words_how_long(alice, at: str) -> None:
    for _ in range(4):
        attempt(at=at)
    answer = Client(REMOTE_ADDR="192.0.2.1").post(at, {"username": "alice", "password": PASSWORD})
    assert answer.status_code == 429
    assert answer["Retry-After"] in {"2", "3"}
    page = answer.content.decode()
    assert "Too many wrong passwords for this name. Try again in " in page
    assert " second" in page
    assert not User.objects.get(username="alice").last_login


def test_the_web_and_the_admin_site_count_together(alice) -> None:
    for _ in range(4):
        attempt(at="/admin/login/")
    assert attempt(password=PASSWORD) == 429


def test_an_unknown_name_is_answered_like_a_known_one(alice) -> None:
    known = [attempt("alice") for _ in range(6)]
    unknown = [attempt("nobody", address="192.0.2.2") for _ in range(6)]
    assert known == unknown


def test_what_was_typed_for_a_name_is_not_kept(alice) -> None:
    typed = "my-secret-password"
    attempt(typed)
    assert typed not in str(list(AttemptCounter.objects.values()))


def test_the_right_password_after_the_pause_begins_anew(alice, go_to: Go) -> None:
    for _ in range(4):
        attempt()
    wait(go_to, seconds=3)
    assert attempt(password=PASSWORD) == 302
    assert [attempt() for _ in range(4)] == [200] * 4


def test_pauses_grow_to_a_lock_that_is_on_record(alice, go_to: Go) -> None:
    tries = 0
    while not (locked := [f for t, f in facts(f"user:{alice}") if t == "SignInLocked"]):
        wait(go_to, seconds=65)
        assert attempt() == 200
        tries += 1
        assert tries < 15
    assert tries == 9
    assert locked[0]["address"] == "192.0.2.1"
    assert locked[0]["attempts"] == 9
    assert PASSWORD not in json.dumps(locked)
    assert verify_records().bad == ()


def test_no_lock_lasts_longer_than_an_hour(alice, go_to: Go) -> None:
    for _ in range(20):
        wait(go_to, hours=1, seconds=1)
        assert guess()
    wait(go_to, hours=1, seconds=1)
    assert attempt(password=PASSWORD) == 302


def test_an_attempt_during_a_pause_does_not_lengthen_it(alice, go_to: Go) -> None:
    for _ in range(4):
        attempt()
    for _ in range(20):
        assert attempt() == 429
    wait(go_to, seconds=3)
    assert attempt(password=PASSWORD) == 302


def test_many_names_from_one_address_pause_the_address_alone(alice) -> None:
    make("bob")
    bobs = cookie_of("bob")
    assert [guess(f"name{number}") for number in range(40)].count(True) == 31
    assert attempt("alice", PASSWORD) == 429
    assert attempt("bob", PASSWORD, cookie=bobs) == 302
    assert attempt("alice", PASSWORD, address="192.0.2.2") == 302


def test_an_own_account_does_not_clear_the_count_of_an_address(alice) -> None:
    make("mallory")
    for number in range(31):
        guess(f"name{number}")
        assert number > 3 or attempt("mallory", PASSWORD) == 302
    assert not guess("name32")


@pytest.mark.parametrize("header", ["1.2.3.4", "1.2.3.4, 5.6.7.8", "junk"])
def test_a_made_up_forwarded_address_is_not_believed(alice, header: str) -> None:
    client = Client(REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": header})
    for number in range(6):
        client.defaults["HTTP_X_FORWARDED_FOR"] = f"{header}, 10.0.0.{number}"
        answer = client.post("/login", {"username": "alice", "password": "wrong"})
    assert answer.status_code == 429


def test_behind_a_proxy_that_is_configured_the_visitor_counts(alice, settings) -> None:
    settings.TRUSTED_PROXIES = 1

    def from_(visitor: str, password: str = "wrong") -> int:
        client = Client(REMOTE_ADDR="127.0.0.1", headers={"X-Forwarded-For": f"9.9.9.9, {visitor}"})
        return client.post("/login", {"username": "alice", "password": password}).status_code

    for _ in range(4):
        from_("192.0.2.1")
    assert from_("192.0.2.1", PASSWORD) == 429
    assert from_("192.0.2.2", PASSWORD) == 302


def test_one_ipv6_customer_is_one_address(alice) -> None:
    answers = [attempt(address=f"2001:db8:1:2::{number:x}") for number in range(1, 8)]
    assert answers[-1] == 429
    assert attempt(password=PASSWORD, address="2001:db8:1:3::1") == 302


def test_an_administrator_unlocks_and_that_is_on_record(alice) -> None:
    make("admin", Role.ADMINISTRATOR)
    unlock = reverse("admin:identity_user_unlock", args=[alice])
    for _ in range(5):
        attempt()
    admin = Client()
    admin.force_login(User.objects.get(username="admin"))
    shown = reverse("admin:identity_user_change", args=[alice])
    page = admin.get(shown).content.decode()
    assert "paused from 192.0.2.1 until " in page
    assert "locked" not in page
    assert unlock in page
    admin.post(unlock, {"_form_submitted": "1"})
    assert unlock not in admin.get(shown).content.decode()  # nothing is paused any more
    assert attempt(password=PASSWORD) == 302
    assert facts(f"user:{alice}")[-1][0] == "SignInUnlocked"


def test_an_officer_may_not_unlock(alice) -> None:
    make("olga", Role.COMPLIANCE_OFFICER)
    officer = Client()
    officer.force_login(User.objects.get(username="olga"))
    address = reverse("admin:identity_user_unlock", args=[alice])
    assert officer.post(address, {"_form_submitted": "1"}).status_code == 403


def test_the_page_of_a_user_says_what_is_a_lock(alice, go_to: Go) -> None:
    cookie = cookie_of("alice")
    for _ in range(9):
        wait(go_to, seconds=33)
        attempt()
        attempt(cookie=cookie)
    page = user_page(alice)
    assert "locked from 192.0.2.1 until " in page
    assert "locked in a known browser until " in page
    assert "paused" not in page


def test_old_counts_are_forgotten(alice, go_to: Go) -> None:
    attempt(password=PASSWORD)
    attempt("nobody")
    wait(go_to, hours=23)
    forget_old_attempts(now=utc_now())
    assert AttemptCounter.objects.count() == 5
    wait(go_to, hours=2)
    forget_old_attempts(now=utc_now())
    assert not AttemptCounter.objects.exists()


def test_pauses_and_their_words() -> None:
    pauses = [
        pause_after(counted=Counted.NAME_AT_ADDRESS, attempts=n).seconds for n in range(1, 20)
    ]
    assert pauses == [0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048] + [3600] * 5
    words = [in_words(timedelta(seconds=s)) for s in (0.2, 1, 2, 89, 90, 120, 121, 3600)]
    assert words == [
        "1 second", "1 second", "2 seconds", "89 seconds", "2 minutes", "2 minutes", "3 minutes",
        "60 minutes",
    ]  # fmt: skip
