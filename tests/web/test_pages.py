import json
import re
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client

import marketdata as marketdata_app
from marketdata import interface as marketdata
from marketdata.contracts import FeedKind
from marketdata.models import Instrument
from tests.web.conftest import PASSWORD, make_user, sign_in
from trading.identity import interface as identity
from trading.identity.interface import Role
from trading.identity.models import ApiKey
from trading.kernel.clock import utc_now

pytestmark = pytest.mark.django_db

SECURITY_MASTER = Path(marketdata_app.__file__).parent / "data" / "security_master.csv"
PAGES = ["/", "/orders", "/keys"]


def boot_of(html: str) -> dict[str, object]:
    found = re.search(r'<script id="boot" type="application/json">(.*?)</script>', html)
    assert found is not None
    boot: dict[str, object] = json.loads(found[1])
    return boot


# --- Getting in -----------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_is_sent_to_sign_in_and_back_to_where_they_were(
    client: Client, page: str
) -> None:
    answer = client.get(page)
    assert (answer.status_code, answer["Location"]) == (302, f"/login?next={page}")


def test_signing_in_opens_the_trade_page(client: Client, alice: UUID) -> None:
    del alice
    answer = client.post("/login", {"username": "alice", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (FeedKind.SIMULATED, "simulated prices"),
        (FeedKind.REPLAY, "recorded prices"),
        (FeedKind.DELAYED, "delayed prices"),
        (FeedKind.LIVE, "live prices"),
    ],
)
def test_the_sign_in_page_says_what_the_feed_is(
    client: Client, monkeypatch: pytest.MonkeyPatch, kind: FeedKind, words: str
) -> None:
    status = replace(marketdata.feed_status(), kind=kind)
    monkeypatch.setattr(marketdata, "feed_status", lambda: status)
    assert words in client.get("/login").content.decode()


def test_signing_in_never_leads_to_another_site(client: Client, alice: UUID) -> None:
    del alice
    answer = client.post(
        "/login", {"username": "alice", "password": PASSWORD, "next": "https://example.com/"}
    )
    assert answer["Location"] == "/"


def test_a_wrong_password_and_an_unknown_name_get_the_same_honest_answer(
    client: Client, alice: UUID
) -> None:
    del alice
    wrong = client.post("/login", {"username": "alice", "password": "wrong"})
    unknown = client.post("/login", {"username": "nobody", "password": "wrong"})
    sentence = "That name and password do not match."
    assert sentence in wrong.content.decode()
    assert sentence in unknown.content.decode()


def test_the_demo_hint_is_shown_only_in_the_demo(client: Client, settings) -> None:
    settings.DEMO = True
    assert "demo.json" in client.get("/login").content.decode()
    settings.DEMO = False
    assert "demo.json" not in client.get("/login").content.decode()


def test_signing_out_takes_a_post_and_ends_the_session(alice_client: Client) -> None:
    assert alice_client.get("/logout").status_code == 405
    assert alice_client.post("/logout")["Location"] == "/login"
    assert alice_client.get("/").status_code == 302


@pytest.mark.parametrize("page", PAGES)
def test_staff_without_an_account_belong_on_the_admin_site(client: Client, page: str) -> None:
    make_user("officer", Role.COMPLIANCE_OFFICER)
    assert sign_in(client, "officer").get(page)["Location"] == "/admin/"


@pytest.mark.parametrize("page", PAGES)
def test_a_trader_without_an_account_is_told_so(client: Client, page: str) -> None:
    make_user("charlie")
    answer = sign_in(client, "charlie").get(page)
    assert answer.status_code == 403
    assert "No trading account yet" in answer.content.decode()


# --- The pages ------------------------------------------------------------------------------------


def test_the_trade_page_boots_with_the_feed_and_what_it_follows(alice_client: Client) -> None:
    marketdata.load_security_master(path=SECURITY_MASTER)
    Instrument.objects.filter(symbol="F").update(is_followed=False)
    boot = boot_of(alice_client.get("/").content.decode())
    assert boot["user"] == {"name": "Alice", "username": "alice"}
    followed = boot["followed"]
    assert isinstance(followed, list)
    names = {each["symbol"]: each["name"] for each in followed}
    assert names["KO"] == "The Coca-Cola Company"
    assert list(names) == sorted(names)
    assert not {"F", "TWTR"} & set(names)
    feed = boot["feed"]
    assert isinstance(feed, dict)
    assert feed["label"] == "SIMULATED"


def test_the_orders_page_offers_the_followed_symbols_only(alice_client: Client) -> None:
    marketdata.load_security_master(path=SECURITY_MASTER)
    Instrument.objects.filter(symbol="F").update(is_followed=False)
    offered = re.findall(r'<option value="([^"]+)">', alice_client.get("/orders").content.decode())
    assert "KO" in offered
    assert not {"F", "TWTR"} & set(offered)


def test_the_trade_page_gives_its_scripts_the_token_for_orders(alice_client: Client) -> None:
    assert "csrftoken" in alice_client.get("/").cookies


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_that_the_money_is_paper_and_where_prices_come_from(
    alice_client: Client, page: str
) -> None:
    assert "PAPER · SIMULATED" in alice_client.get(page).content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_with_private_numbers_is_never_kept_by_a_cache(
    alice_client: Client, page: str
) -> None:
    assert "no-store" in alice_client.get(page)["Cache-Control"]


def test_an_unknown_address_is_a_page_in_our_own_look(client: Client) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


# --- API keys -------------------------------------------------------------------------------------


def test_a_new_keys_secret_is_shown_once_and_works(alice_client: Client, alice: UUID) -> None:
    page = alice_client.post("/keys", {"label": "Rebalance"}).content.decode()
    shown = re.findall(r'<code id="new-(?:key-id|secret)"[^>]*>([^<]+)</code>', page)
    key_id, secret = shown
    principal = identity.authenticate_api_key(key_id=key_id, secret=secret)
    assert principal is not None
    assert principal.user_id == alice
    assert secret not in alice_client.get("/keys").content.decode()


def test_a_key_without_a_purpose_is_not_made(alice_client: Client, alice: UUID) -> None:
    page = alice_client.post("/keys", {"label": "  "}).content.decode()
    assert "Say what the key is for" in page
    assert identity.list_api_keys(user_id=alice) == []


def test_a_revoked_key_stops_working_and_stays_listed(alice_client: Client, alice: UUID) -> None:
    key_id, secret = identity.create_api_key(user_id=alice, label="Old", now=utc_now())
    assert alice_client.post(f"/keys/{key_id}/revoke")["Location"] == "/keys"
    assert identity.authenticate_api_key(key_id=key_id, secret=secret) is None
    page = alice_client.get("/keys").content.decode()
    assert re.search(r"Revoked [A-Z][a-z]{2} \d{1,2}, \d{4}, \d\d:\d\d", page)


def test_nobody_revokes_the_key_of_another(alice_client: Client) -> None:
    bob = make_user("bob")
    key_id, secret = identity.create_api_key(user_id=bob, label="Bob's", now=utc_now())
    assert alice_client.post(f"/keys/{key_id}/revoke").status_code == 404
    assert identity.authenticate_api_key(key_id=key_id, secret=secret) is not None


@pytest.mark.parametrize("label", ["a\u202etxt.exe", "a\u200bb", "a\x07b"])
def test_a_label_has_no_letters_that_are_not_seen(alice_client: Client, label: str) -> None:
    page = alice_client.post("/keys", {"label": label}).content.decode()
    assert "Use letters that can be printed." in page
    assert not ApiKey.objects.filter(label=label).exists()


def test_a_label_is_text_and_never_markup(alice_client: Client) -> None:
    page = alice_client.post("/keys", {"label": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_form_without_its_token_changes_nothing(alice: UUID) -> None:
    client = sign_in(Client(enforce_csrf_checks=True), "alice")
    answer = client.post("/keys", {"label": "Forged"})
    assert answer.status_code == 403
    assert "This page has expired" in answer.content.decode()
    assert identity.list_api_keys(user_id=alice) == []
