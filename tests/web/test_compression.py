"""What browsers are sent is compressed, unless its length would tell a secret."""

import gzip
from uuid import UUID

import pytest
from django.test import Client

from marketdata import interface as marketdata
from tests.web.conftest import PASSWORD, make_user, sign_in
from tests.web.test_pages import SECURITY_MASTER
from trading.identity.interface import Role, create_api_key
from trading.kernel.clock import utc_now

pytestmark = pytest.mark.django_db

LARGE = "/v2/assets"
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


def encoding(answer) -> str:
    return str(answer.headers.get("Content-Encoding", ""))


@pytest.fixture
def _master(db: None) -> None:
    marketdata.load_security_master(path=SECURITY_MASTER)


@pytest.mark.usefixtures("_master")
@pytest.mark.parametrize("page", ["/", "/orders", "/keys", LARGE, "/web/instruments?query=A"])
def test_pages_and_their_data_are_compressed(alice_client: Client, page: str) -> None:
    answer = alice_client.get(page, headers=GZIP)
    assert encoding(answer) == "gzip"
    assert "Accept-Encoding" in answer["Vary"]
    assert encoding(alice_client.get(page)) == ""


def test_what_is_small_is_not(alice_client: Client) -> None:
    answer = alice_client.get("/web/instruments?query=A", headers=GZIP)
    assert (answer.content, encoding(answer)) == (b"[]", "")


def test_a_page_that_repeats_what_was_asked_is_not(client: Client) -> None:
    make_user("olga", Role.COMPLIANCE_OFFICER)
    sign_in(client, "olga")
    plain = "/admin/oms/order/"
    assert encoding(client.get(plain, headers=GZIP)) == "gzip"
    assert encoding(client.get(f"{plain}?q=guess", headers=GZIP)) == ""
    assert encoding(client.get("/login?next=/guess", headers=GZIP)) == ""


def test_the_page_that_shows_a_secret_once_is_not(alice_client: Client) -> None:
    answer = alice_client.post("/keys", {"label": "mine"}, headers=GZIP)
    assert b"new-secret" in answer.content
    assert encoding(answer) == ""
    wrong = Client().post("/login", {"username": "alice", "password": "wrong"}, headers=GZIP)
    assert encoding(wrong) == ""


@pytest.mark.usefixtures("_master")
def test_programs_are_answered_as_ever(alice: UUID) -> None:
    key_id, secret = create_api_key(user_id=alice, label="", now=utc_now())
    keys = {"APCA-API-KEY-ID": key_id, "APCA-API-SECRET-KEY": secret}
    program = Client().get(LARGE, headers=GZIP | keys)
    browser = sign_in(Client(), "alice").get(LARGE, headers=GZIP)
    assert (encoding(program), encoding(browser)) == ("", "gzip")
    assert program.content == gzip.decompress(browser.content)


def test_each_answer_of_a_page_has_another_length(alice_client: Client) -> None:
    lengths = {len(alice_client.get("/keys", headers=GZIP).content) for _ in range(8)}
    assert len(lengths) > 1
    assert PASSWORD.encode() not in alice_client.get("/keys").content


def test_a_file_that_is_streamed_is_not_since_browsers_read_its_first_part_only(
    alice_client: Client,
) -> None:
    answer = alice_client.get("/orders.csv", headers=GZIP)
    assert answer.streaming
    assert encoding(answer) == ""
