"""What the pages' scripts are told of the security master, and who is told it."""

from typing import Any

import pytest
from django.test import Client

from marketdata import interface as marketdata
from tests.web.conftest import make_user, sign_in
from tests.web.test_pages import SECURITY_MASTER
from trading.identity.interface import Role

pytestmark = pytest.mark.django_db

ADDRESS = "/web/instruments"


@pytest.fixture(autouse=True)
def _master(db):
    marketdata.load_security_master(path=SECURITY_MASTER)


def get(client: Client, **query: str) -> tuple[int, Any]:
    answer = client.get(ADDRESS, query)
    assert answer["Content-Type"] == "application/json"
    return answer.status_code, answer.json()


def symbols(client: Client, **query: str) -> list[str]:
    status, body = get(client, **query)
    assert status == 200
    return [each["symbol"] for each in body]


# --- Who is answered ------------------------------------------------------------------------------


def test_a_stranger_is_refused_in_json_since_a_script_cannot_sign_in(client):
    assert get(client, query="ford") == (401, {"message": "unauthorized."})


@pytest.mark.parametrize("role", [Role.TRADER, Role.COMPLIANCE_OFFICER])
def test_somebody_without_an_account_is_refused(client, role):
    make_user("charlie", role)
    status, body = get(sign_in(client, "charlie"), query="ford")
    assert (status, body["message"]) == (403, "account is not authorized to trade")


def test_it_is_only_read(alice_client):
    assert alice_client.post(ADDRESS).status_code == 405


@pytest.mark.parametrize("query", [{"query": "ford"}, {"symbols": "%"}])
def test_no_answer_is_kept_by_a_cache(alice_client, query):
    kept = alice_client.get(ADDRESS, query)["Cache-Control"]
    assert {"no-store", "private"} <= set(kept.split(", "))


# --- What is answered -----------------------------------------------------------------------------


def test_a_match_is_told_as_the_api_tells_an_asset(alice_client):
    status, (ford,) = get(alice_client, query="ford mo")
    assert status == 200
    assert ford == {
        "symbol": "F",
        "name": "Ford Motor Company",
        "exchange": "NYSE",
        "status": "active",
        "tradable": True,
        "shortable": True,
        "fractionable": True,
    }
    told = alice_client.get("/v2/assets/F").json()
    assert ford == {key: told[key] for key in ford}


def test_at_most_a_dozen_match(alice_client):
    assert len(symbols(alice_client, query="c")) == 12


def test_nothing_typed_is_answered_with_followed_ones(alice_client):
    assert symbols(alice_client) == symbols(alice_client, query=" ")
    assert symbols(alice_client)[:2] == ["AAPL", "AMZN"]


def test_symbols_are_answered_exactly_traded_or_not(alice_client):
    assert symbols(alice_client, symbols="twtr, F,ZZZ,BRK.A,f") == ["BRK.A", "F", "TWTR"]
    _, (twitter,) = get(alice_client, symbols="TWTR")
    assert (twitter["status"], twitter["tradable"]) == ("inactive", False)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"query": "x" * 201}, "query must be no more than 200 characters"),
        ({"query": "f\0"}, "query must be printable"),
        ({"symbols": ""}, "symbols is required"),
        ({"symbols": " , "}, "symbols is required"),
        ({"symbols": "F,A B"}, "invalid symbols"),
        ({"symbols": "F\0"}, "invalid symbols"),
        ({"symbols": "X" * 17}, "invalid symbols"),
        ({"symbols": ",".join(map(str, range(501)))}, "symbols must be no more than 500"),
        ({"symbols": "F", "query": "ford"}, "send query or symbols, not both"),
    ],
)
def test_what_is_wrong_with_a_request_is_named(alice_client, query, message):
    assert get(alice_client, **query) == (422, {"code": 40010001, "message": message})
