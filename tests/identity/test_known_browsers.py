"""Who signed in with a browser is not paused there by others; the cookie is of no use to them."""

from datetime import timedelta

import pytest
from django.test import Client

from compliance.interface import verify_records
from tests.identity.signing_in import PASSWORD, Go, attempt, cookie_of, facts, guess, make, wait
from trading.identity.known_browsers import COOKIE
from trading.identity.models import User
from trading.identity.roles import Role
from trading.kernel.clock import utc_now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("go_to")]


def test_strangers_elsewhere_do_not_pause_a_browser_that_signed_in(alice, go_to: Go) -> None:
    cookie = cookie_of("alice")
    for number in range(110):
        wait(go_to, seconds=65 if number > 100 else 0)
        guess(address=f"203.0.113.{number}")
    assert attempt(password=PASSWORD) == 429  # the address alone makes nobody known
    assert attempt(password=PASSWORD, cookie=cookie) == 302
    assert attempt(password=PASSWORD, cookie=cookie, address="198.51.100.7") == 302
    assert ("SignInLocked", "") in [
        (kind, fact.get("address")) for kind, fact in facts(f"user:{alice}")
    ]


@pytest.mark.parametrize("at", ["/login", "/admin/login/"])
def test_a_neighbour_at_the_same_address_does_not_pause_it_either(at: str) -> None:
    make("olga", Role.COMPLIANCE_OFFICER)
    cookie = cookie_of("olga")
    assert [guess("olga") for _ in range(5)] == [True] * 4 + [False]
    assert attempt("olga", PASSWORD, at=at) == 429
    assert attempt("olga", PASSWORD, at=at, cookie=cookie) == 302


def test_a_known_browser_has_no_more_guesses_than_a_stranger(alice, go_to: Go) -> None:
    cookie = cookie_of("alice")
    answers = [attempt(cookie=cookie, address=f"192.0.2.{number}") for number in range(1, 30)]
    assert answers == [200] * 4 + [429] * 25
    assert attempt(password=PASSWORD, cookie=cookie) == 429
    wait(go_to, seconds=3)
    for _ in range(12):
        attempt(cookie=cookie)
        wait(go_to, seconds=65)
    ((_, locked), *_) = [each for each in facts(f"user:{alice}") if each[0] == "SignInLocked"]
    assert locked["address"].startswith("browser:")
    assert attempt(password=PASSWORD) == 302  # the owner elsewhere is not paused by it
    assert verify_records().bad == ()


def test_signing_in_again_does_not_give_a_browser_a_second_count(alice) -> None:
    client = Client()
    numbers = set()
    for _ in range(3):
        client.post("/login", {"username": "alice", "password": PASSWORD})
        client.post("/logout")
        numbers.add(client.cookies[COOKIE].value.partition(":")[0])
    assert len(numbers) == 1


def test_a_session_alone_makes_no_browser_known(alice) -> None:
    """Whoever stole a session could otherwise ask for one count after the other."""
    client = Client()
    client.force_login(User.objects.get(id=alice))
    for page in ("/login", "/admin/login/", "/"):
        client.post(page, {"username": "alice", "password": "wrong"})
        client.get(page)
    assert COOKIE not in client.cookies


def test_a_cookie_is_good_for_its_own_user_alone(alice) -> None:
    make("mallory")
    stolen = cookie_of("mallory")
    assert [attempt(cookie=stolen) for _ in range(5)] == [200] * 4 + [429]
    assert attempt() == 429  # they were counted as anybody's
    number, at, signature = stolen.split(":")
    for forged in (f"{number}:{at}:x{signature[1:]}", f"0{number[1:]}:{at}:{signature}", "", "\0"):
        assert attempt(cookie=forged) == 429


def test_a_change_of_password_ends_what_browsers_are_known_by(alice) -> None:
    client = Client()
    client.post("/login", {"username": "alice", "password": PASSWORD})
    before, new = client.cookies[COOKIE].value, "staple battery correct"
    form = {"password": PASSWORD, "password1": new, "password2": new}
    assert client.post("/password", form).status_code == 302
    after = client.cookies[COOKIE].value
    assert [guess() for _ in range(5)][-1] is False
    assert attempt(password=new, cookie=before) == 429
    assert attempt(password=new, cookie=after) == 302  # this browser stays known


def test_a_browser_is_known_for_ninety_days(alice, monkeypatch) -> None:
    cookie = cookie_of("alice")
    assert [guess() for _ in range(5)][-1] is False
    assert attempt(password=PASSWORD, cookie=cookie) == 302
    later = utc_now() + timedelta(days=90, minutes=1)
    monkeypatch.setattr("django.core.signing.time.time", later.timestamp)
    assert attempt(password=PASSWORD, cookie=cookie) == 429


def test_the_cookie_says_nothing_and_scripts_do_not_read_it(alice, settings) -> None:
    settings.SESSION_COOKIE_SECURE = True
    client = Client()
    client.post("/login", {"username": "alice", "password": PASSWORD})
    cookie = client.cookies[COOKIE]
    assert cookie["httponly"] and cookie["secure"] and cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 90 * 24 * 60 * 60
    user = User.objects.get(id=alice)
    for secret in ("alice", str(user.pk), user.password, user.get_session_auth_hash()):
        assert secret not in cookie.value
