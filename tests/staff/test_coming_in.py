"""The staff's site asks strangers who they are and tells others where they stand."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.staff.conftest import browser
from trading.identity.roles import Role

pytestmark = pytest.mark.django_db

INDEX, SIGN_IN, SIGN_OUT = (reverse(f"admin:{name}") for name in ("index", "login", "logout"))


def test_a_trader_is_told_that_the_pages_are_for_the_staff_and_gets_back() -> None:
    client = browser(Role.TRADER, "tom")
    answer = client.get(INDEX, follow=True)
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "You are signed in as tom, who is not on the staff." in page
    assert 'href="/"' in page
    assert f'action="{reverse("logout")}"' in page
    assert 'type="password"' not in page


def test_a_stranger_is_asked_to_sign_in() -> None:
    answer = Client().get(INDEX, follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'type="password"' in page
    assert "Sign in" in page
    assert "Log in" not in page


def test_staff_who_are_signed_in_are_sent_home() -> None:
    assert browser().get(SIGN_IN)["Location"] == INDEX


def test_staff_sign_out_to_the_sign_in() -> None:
    client = browser()
    page = client.get(INDEX).content.decode()
    assert "Sign out" in page
    assert "Log out" not in page
    assert client.post(SIGN_OUT)["Location"] == SIGN_IN
    assert "_auth_user_id" not in client.session


def test_the_products_bell_stands_where_the_site_is_named() -> None:
    assert "favicon.svg" in browser().get(INDEX).content.decode().partition("<body")[2]
