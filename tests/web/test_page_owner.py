"""A page made for alice is refused everywhere once bob has signed in at the same browser."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.web.conftest import PASSWORD, make_trader, sign_in
from trading.asgi import application, http

pytestmark = pytest.mark.django_db(transaction=True)

SCRIPTS = settings.BASE_DIR / "static" / "js"
TEMPLATES = settings.BASE_DIR / "templates"
ID = "00000000-0000-0000-0000-000000000000"

# Every address that the scripts of the trader's pages name, and how each is asked. A new one
# has to be given here, and is held to the check below.
ASKED_BY_SCRIPTS = {
    "/v2/account": ["GET"],
    "/v2/clock": ["GET"],
    "/v2/orders": ["GET", "POST"],
    "/v2/orders/{}": ["GET", "DELETE"],
    "/v2/orders/{}:life": ["GET"],
    "/v2/orders:by_client_order_id": ["GET"],
    "/v2/orders:history": ["GET"],
    "/v2/orders:preview": ["POST"],
    "/v2/positions": ["GET"],
    "/v2/stocks/{}/bars": ["GET"],
    "/web/instruments": ["GET"],
    "/web/halts": ["GET"],
}
SOCKETS = {"/ws/account", "/ws/quotes"}
DOWNLOADS = {"/orders.csv"}
# A page that is gone to is made anew, for whoever is signed in now.
PAGES = {"/", "/keys", "/login", "/orders", "/password", "/register"}
# The token of a form is of the session that it was made in; a sign-in changes it.
FORMS = {"/account/open", "/keys", f"/keys/{ID}/revoke", "/logout"}
FORMS_WITHOUT_ACTION = {"/login", "/password", "/register"}  # sent to the page's own address


def scripts() -> list[Path]:
    return sorted(SCRIPTS.glob("*.js"))


def templates() -> list[Path]:
    return [TEMPLATES / "base.html", *sorted((TEMPLATES / "web").glob("*.html"))]


def named_in_scripts() -> set[str]:
    text = "\n".join(path.read_text() for path in scripts())
    literals = re.findall(r"""["'`](/[a-z][^"'`\s]*)""", re.sub(r"\$\{.*?\}", "{}", text))
    return {re.split(r"[?#]", literal)[0] for literal in literals}


def named_in_templates(attribute: str) -> set[str]:
    found = set()
    for path in templates():
        for value in re.findall(rf"""\s{attribute}="((?:/|{{% url)[^"]*)\"""", path.read_text()):
            named = re.match(r"\{% url '(\w+)'( \S+)? %\}", value)
            arguments = [ID] if named and named[2] else []
            found.add(reverse(named[1], args=arguments) if named else value)
    return found


def test_every_address_that_the_pages_name_is_known() -> None:
    assert named_in_scripts() == {*ASKED_BY_SCRIPTS, *SOCKETS, *DOWNLOADS} | {"/orders"}
    assert named_in_templates("href") == PAGES | DOWNLOADS
    assert named_in_templates("action") == FORMS


def test_scripts_ask_by_the_two_modules_that_name_the_user() -> None:
    for way, module in (("fetch(", "http.js"), ("new WebSocket(", "sockets.js")):
        assert [path.name for path in scripts() if way in path.read_text()] == [module]
        assert "pageOwner()" in (SCRIPTS / module).read_text()
    other_ways = re.compile(r"XMLHttpRequest|sendBeacon|EventSource|\.submit\(\)")
    assert [path.name for path in scripts() if other_ways.search(path.read_text())] == []


@pytest.fixture
def alice_id(alice: UUID) -> str:
    return str(alice)


@pytest.fixture
def bob_id(db: None) -> str:
    return str(make_trader("bob"))


@pytest.fixture
def bobs_browser(bob_id: str) -> Client:
    return sign_in(Client(), "bob")


@pytest.fixture
def bobs_cookie(bobs_browser: Client) -> str:
    return f"sessionid={bobs_browser.cookies['sessionid'].value}"


@async_to_sync
async def ask(method: str, address: str, *, headers: dict[str, str]) -> httpx.Response:
    transport = httpx.ASGITransport(app=http)  # type: ignore[arg-type]  # ours only reads the scope
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        return await client.request(method, address, headers=headers)


@pytest.mark.parametrize(
    ("method", "address"),
    [(method, each) for each, methods in ASKED_BY_SCRIPTS.items() for method in methods],
)
def test_a_script_of_another_page_is_refused(
    alice_id, bob_id, bobs_cookie, method: str, address: str
) -> None:
    path = address.format("IBM" if "stocks" in address else ID)

    def status(owner: str) -> int:
        answer = ask(method, path, headers={"Cookie": bobs_cookie, "X-Signed-In-As": owner})
        if answer.status_code == 401:
            assert answer.json() == {"message": "unauthorized."}
        return answer.status_code

    assert status(bob_id) != 401
    assert status(alice_id) == 401
    assert status("") == 401


@pytest.mark.parametrize("address", sorted(SOCKETS))
def test_a_socket_of_another_page_is_closed(alice_id, bob_id, bobs_cookie, address: str) -> None:
    headers = [
        (b"cookie", bobs_cookie.encode()),
        (b"origin", b"http://testserver"),
        (b"host", b"testserver"),
    ]

    @async_to_sync
    async def first(owner: str) -> Any:
        socket = WebsocketCommunicator(application, f"{address}?user={owner}", headers=headers)
        assert (await socket.connect())[0]
        message = await socket.receive_output()
        if message["type"] != "websocket.close":
            await socket.disconnect()
        return message

    assert first(bob_id)["type"] == "websocket.send"
    for owner in (alice_id, ""):
        assert first(owner) == {"type": "websocket.close", "code": 4401}


@pytest.mark.parametrize("address", sorted(DOWNLOADS))
def test_a_download_of_another_page_is_refused_in_words(
    alice_id, bob_id, bobs_browser, address: str
) -> None:
    assert bobs_browser.get(address, {"user": bob_id}).status_code == 200
    refused = bobs_browser.get(address, {"user": alice_id})
    assert refused.status_code == 403
    assert "Somebody else has signed in" in refused.content.decode()
    assert "Content-Disposition" not in refused


def test_the_link_of_the_page_names_its_user(bob_id, bobs_browser) -> None:
    page = bobs_browser.get("/orders").content.decode()
    assert f'href="/orders.csv?user={bob_id}"' in page


def token_in(page: Any) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
    assert found is not None
    return found[1]


@pytest.mark.parametrize("address", sorted(FORMS | FORMS_WITHOUT_ACTION))
def test_a_form_of_another_page_is_refused(alice_id, bob_id, address: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    sign_in(browser, "alice")
    alices = {"csrfmiddlewaretoken": token_in(browser.get("/keys"))}
    browser.post("/logout", alices)
    bobs = {"csrfmiddlewaretoken": token_in(browser.get("/login"))}
    given = {**bobs, "username": "bob", "password": PASSWORD}
    assert browser.post("/login", given).status_code == 302
    assert browser.post(address, alices).status_code == 403
