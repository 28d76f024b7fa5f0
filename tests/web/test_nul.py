"""A NUL character, which PostgreSQL takes nowhere, is refused by every page before it looks."""

import re

import pytest
from django.test import Client

from tests.e2e.addresses import list_pages
from tests.identity.signing_in import cookie_header
from tests.web.conftest import make_user, sign_in
from trading.identity.interface import Role
from trading.identity.sessions import SessionStore

pytestmark = pytest.mark.django_db

NUL = "%00"
FOR_SCRIPTS = "/web/"
PARAMETERS = ("q", "term", "symbol", "account", "query", "status", "from", "o", "next", "id__in")


@pytest.fixture
def browsers(alice_client: Client) -> list[Client]:
    make_user("root", Role.ADMINISTRATOR)
    return [alice_client, sign_in(Client(), "root"), Client()]


@pytest.mark.parametrize(
    "template", [each for each in list_pages() if not each.startswith(FOR_SCRIPTS)]
)
def test_no_page_takes_it(browsers: list[Client], template: str) -> None:
    plain = re.sub(r"\{\w+\}", "1", template)
    asked = [f"{plain}?{name}={NUL}" for name in PARAMETERS]
    asked += [f"{plain}?q=a&q=IB{NUL}M", f"{plain}?a{NUL}=1"]
    if "{" in template:
        asked.append(re.sub(r"\{\w+\}", f"a{NUL}", template))
    for client in browsers:
        assert {address: client.get(address).status_code for address in asked} == dict.fromkeys(
            asked, 400
        )
        for form in ({"symbol": "\0"}, {"_selected_action": ["1", "\0"], "action": "follow"}):
            assert client.post(plain, form).status_code == 400


@pytest.mark.parametrize("address", [each for each in list_pages() if each.startswith(FOR_SCRIPTS)])
def test_a_script_is_told_in_json(browsers: list[Client], address: str) -> None:
    for client in browsers:
        for name in (*PARAMETERS, "symbols"):
            answer = client.get(f"{address}?{name}={NUL}&query=f")
            assert answer.status_code < 500
            assert answer["Content-Type"] == "application/json"
    assert browsers[0].get(f"{address}?query={NUL}&symbols={NUL}").status_code == 422


def test_a_session_that_a_cookie_makes_up_is_nobodys(db: None) -> None:
    made_up = "\0" * 32
    assert SessionStore(made_up).session_key is None
    client = Client(headers=cookie_header("sessionid", made_up))
    assert client.get("/")["Location"] == "/login?next=/"
    assert client.get("/v2/clock").status_code == 401


def test_a_session_that_there_is_stays(alice_client: Client) -> None:
    key = alice_client.session.session_key
    assert SessionStore(key).session_key == key
    assert alice_client.get("/").status_code == 200
