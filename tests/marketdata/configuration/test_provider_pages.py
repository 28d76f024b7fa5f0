"""Providers on the admin site: administrators alone, every change recorded, no key ever shown."""

import asyncio
import html
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.test import Client
from django.urls import reverse

from marketdata import interface
from marketdata.events import listings_stream, provider_stream
from marketdata.models import Provider
from marketdata.operations import check_connection
from tests.marketdata.build import listing
from tests.marketdata.configuration.conftest import KEY_ID, SECRET_KEY, enable_alpaca
from tests.marketdata.fakes import SilentFeed
from tests.marketdata.providers.alpaca_server import KEY, SECRET, AlpacaServer
from tests.marketdata.providers.loopback import RestReply
from trading.eventlog.models import Event
from trading.eventlog.readers import list_stream
from trading.identity.models import User
from trading.identity.roles import Role

pytestmark = pytest.mark.django_db

LIST = "/admin/marketdata/provider/"


def page(name: str = "alpaca") -> str:
    return reverse("admin:marketdata_provider_change", args=[quote(name)])


def save(client: Client, name: str = "alpaca", **entered: str):
    own = {"is_enabled", "priority", "reason", "clear_key_id"}
    filled = {"priority": "1", "reason": "a new plan"}
    filled |= {field if field in own else f"field_{field}": it for field, it in entered.items()}
    client.get(page(name))  # the rows are made when they are first looked at
    return client.post(page(name), filled, follow=True)


def text(response) -> str:
    return html.unescape(response.content.decode())


def told(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


@pytest.fixture
def bob(sign_in) -> Client:
    client: Client = sign_in(Role.ADMINISTRATOR)
    return client


@pytest.mark.parametrize("role", [Role.COMPLIANCE_OFFICER, Role.COMPLIANCE_PRINCIPAL])
def test_compliance_has_no_business_with_keys(sign_in, role):
    client = sign_in(role)
    enable_alpaca()
    assert client.get(LIST).status_code == 403
    assert client.get(page()).status_code == 403
    assert client.post(page(), {"priority": "9", "reason": "x"}).status_code == 403
    for action in ("test_connection", "load_listings"):
        address = reverse(f"admin:marketdata_provider_{action}", args=["alpaca"])
        assert client.post(address, {"_form_submitted": "on"}).status_code == 403
    assert "Providers" not in text(client.get("/admin/"))
    assert Provider.objects.get(pk="alpaca").priority == 1


def test_a_trader_sees_neither_providers_nor_feeds(sign_in):
    client = sign_in(Role.TRADER)
    for address in (LIST, page(), reverse("admin:marketdata_feeds")):
        assert client.get(address).status_code == 302


def test_nobody_adds_or_takes_away_a_provider(bob):
    assert [row.name for row in bob.get(LIST).context["cl"].result_list] == [
        "alpaca",
        "polygon",
        "tiingo",
        "nasdaq_data_link",
    ]
    assert bob.get(f"{LIST}add/").status_code == 403
    assert bob.post(f"{LIST}alpaca/delete/", {"post": "yes"}).status_code == 403


def test_an_administrator_sets_a_provider_up(bob):
    response = save(
        bob, is_enabled="on", key_id=KEY_ID, secret_key=SECRET_KEY, feed="sip", priority="2"
    )
    assert response.redirect_chain
    configured = interface.provider_configuration()
    assert configured.feed == "alpaca"
    assert configured.providers["alpaca"]["secret_key"].value == SECRET_KEY
    assert configured.providers["alpaca"]["feed"].value == "sip"
    (event,) = list_stream(stream=provider_stream("alpaca"))
    fact = json.loads(event.payload)
    alice = f"user:{User.objects.get(username='alice').pk}"
    assert (event.actor, fact["configured_by"], fact["reason"]) == (alice, alice, "a new plan")
    assert fact["credentials_changed"] == ["key_id", "secret_key"]


def test_empty_keeps_a_key_and_the_box_takes_it_away(bob):
    save(bob, key_id=KEY_ID, secret_key=SECRET_KEY)
    save(bob, feed="sip")
    assert interface.provider_configuration().providers["alpaca"]["key_id"].value == KEY_ID
    save(bob, clear_key_id="on")
    held = interface.provider_configuration().providers["alpaca"]
    assert (held["key_id"].is_set, held["secret_key"].is_set) == (False, True)


def test_no_key_is_in_any_page_record_history_or_log(bob, caplog):
    with caplog.at_level(logging.DEBUG):
        answers = [
            save(bob, is_enabled="on", key_id=KEY_ID, secret_key=SECRET_KEY),
            # Refused, with what was entered still in the form, but for the keys.
            save(bob, key_id=KEY_ID, secret_key=SECRET_KEY, data_url="http://not.encrypted"),
            bob.get(page()),
            bob.get(LIST),
            bob.get("/admin/eventlog/event/"),
            *(bob.get(f"/admin/eventlog/event/{e.pk}/change/") for e in Event.objects.all()),
            bob.get(f"{LIST}alpaca/history/"),
        ]
    assert "begins with https://" in text(answers[1])
    seen = "".join(text(answer) for answer in answers) + caplog.text
    seen += "".join(
        f"{entry.object_repr} {entry.change_message}" for entry in LogEntry.objects.all()
    )
    seen += "".join(bytes(event.payload).decode() for event in Event.objects.all())
    assert KEY_ID not in seen
    assert SECRET_KEY not in seen
    assert f"One is set, ending in …{KEY_ID[-4:]}" in text(answers[2])
    assert f"One is set, ending in …{SECRET_KEY[-4:]}" in text(answers[2])


@pytest.mark.parametrize(
    ("entered", "words"),
    [
        ({"reason": ""}, "This field is required"),
        ({"reason": "   "}, "This field is required"),
        ({"is_enabled": "on"}, "without its key"),
        ({"stream_url": "nonsense"}, "an address like wss://"),
        ({"feed": "otc"}, "Select a valid choice"),
        ({"priority": "-1"}, "greater than or equal to 0"),
    ],
)
def test_a_mistake_comes_back_with_its_reason(bob, entered, words):
    assert words in text(save(bob, **entered))
    assert not Event.objects.exists()


def test_what_is_not_different_is_said(bob):
    save(bob, feed="sip")
    assert "Nothing was different, so nothing changes." in told(save(bob, feed="sip"))
    assert Event.objects.count() == 1


def test_what_the_environment_says_is_shown_and_cannot_be_changed(bob, settings):
    settings.FEED = "simulated"
    settings.PROVIDERS = {"alpaca": {"key_id": "PK-from-outside", "feed": "sip"}}
    shown = text(bob.get(page()))
    assert "Set by the environment: ALPACA_KEY_ID, ending in …side" in shown
    assert "Set by the environment: ALPACA_FEED" in shown
    assert "Set by the environment: FEED" in shown
    assert "PK-from-outside" not in shown
    assert "the market is simulated, whatever is enabled here" in shown
    save(bob, key_id="mine", feed="iex", is_enabled="on", priority="9", secret_key=SECRET_KEY)
    row = Provider.objects.get(pk="alpaca")
    assert (row.is_enabled, row.priority, row.options, list(row.secrets)) == (
        False,
        1,
        {},
        ["secret_key"],
    )


def test_the_order_that_the_environment_gives_is_said(bob, settings):
    settings.FEED = "polygon,alpaca"
    assert "prices come from Polygon, Alpaca, the best first" in text(bob.get(LIST))


def test_a_replays_path_is_nobodys_business(bob, settings):
    settings.FEED = "replay:/home/alice/secret"
    shown = text(bob.get(LIST))
    assert "the market is replay" in shown
    assert "/home/alice" not in shown


def test_a_key_that_cannot_be_read_is_said(bob, settings):
    enable_alpaca()
    settings.PROVIDER_SECRETS_KEY = "another"
    assert "cannot be read" in text(bob.get(LIST))
    assert "One is set and cannot be read: the key that it was sealed with is not" in text(
        bob.get(page())
    )


@pytest.mark.usefixtures("master")
def test_a_provider_without_a_stream_has_no_priority(bob):
    shown = text(bob.get(page("nasdaq_data_link")))
    assert "Stream from it" not in shown
    save(bob, "nasdaq_data_link", key="alices-nasdaq-key", dataset="EOD")
    assert "nasdaq_data_link" in interface.list_history_sources()


# --- Testing the connection -----------------------------------------------------------------------
@contextmanager
def served() -> Iterator[AlpacaServer]:
    """A provider that answers from a loop of its own, as the page's thread waits for it."""
    server, loop = AlpacaServer(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def ask(client: Client, name: str = "alpaca", *, action: str = "test_connection") -> str:
    address = reverse(f"admin:marketdata_provider_{action}", args=[quote(name)])
    answer = client.post(address, {"_form_submitted": "on"})
    assert answer.headers["HX-Redirect"] == page(name)
    (message,) = told(client.get(page(name)))
    return message


def point_at(server: AlpacaServer, key_id: str = KEY) -> None:
    enable_alpaca(
        options={
            "data_url": server.rest_url,
            "stream_url": server.stream_url,
            "trading_url": server.rest_url,
        },
        secrets={"key_id": key_id, "secret_key": SECRET},
    )


def test_the_connection_is_tested_with_the_saved_key(bob):
    with served() as server:
        point_at(server)
        assert ask(bob) == "Alpaca: it answered with 0 daily bars of IBM"
        (asked,) = server.asked
    assert asked.headers["apca-api-key-id"] == KEY
    assert asked.path == "/v2/stocks/IBM/bars"


def test_the_providers_own_answer_is_told_and_no_key_with_it(bob):
    with served() as server:
        point_at(server, key_id="wrong-wrong-wrong")
        assert ask(bob).startswith("Alpaca: AUTHENTICATION_FAILED: ")
        point_at(server)
        server.replies.append(server.rate_limited(retry_after_s=30))
        assert "RATE_LIMITED" in ask(bob)
        answer = type(server).respond(server, server.asked[0])
        server.replies.append(
            type(answer).of({"message": f"the key {KEY} is on holiday"}, status=403)
        )
        message = ask(bob)
    assert "on holiday" in message
    assert KEY not in message


def test_a_provider_that_does_not_answer_does_not_keep_the_page(bob, monkeypatch):
    monkeypatch.setattr(check_connection, "TIMEOUT_S", 0.2)
    with served() as server:
        point_at(server)

        async def silent(*_: object) -> None:
            await asyncio.sleep(3)

        monkeypatch.setattr(server, "_process_request", silent)
        asyncio.run_coroutine_threadsafe(server.restart(), server._server.get_loop()).result(10)  # type: ignore[union-attr]
        assert ask(bob) == "Alpaca: PROVIDER_UNREACHABLE: no answer in 0 s"


def test_what_is_asked_without_a_key_or_of_nobody_is_named(bob):
    bob.get(LIST)
    assert ask(bob).startswith("Alpaca: MISSING_CREDENTIALS: ")
    assert ask(bob, "nasdaq_data_link").startswith("Nasdaq Data Link: MISSING_CREDENTIALS: ")
    test = reverse("admin:marketdata_provider_test_connection", args=["bloomberg"])
    assert bob.post(test, {"_form_submitted": "on"}).status_code == 200
    assert "is none of" in told(bob.get(LIST))[0]


# --- Loading what is listed -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "is_offered"),
    [("alpaca", True), ("polygon", True), ("tiingo", False), ("nasdaq_data_link", False)],
)
def test_listings_are_loaded_from_whoever_lists(bob, name, is_offered):
    address = reverse("admin:marketdata_provider_load_listings", args=[quote(name)])
    bob.get(LIST)
    assert (address in text(bob.get(page(name)))) is is_offered
    answer = bob.post(address, {"_form_submitted": "on"})
    assert answer.status_code == (200 if is_offered else 403)


def test_an_administrator_loads_what_is_listed(bob):
    with served() as server:
        point_at(server)
        server.listings = [listing(symbol="IBM"), listing(symbol="SPY"), listing(symbol="b")]
        assert ask(bob, action="load_listings") == (
            "Alpaca: 2 listed: 2 added, 0 changed, 0 retired; 1 refused"
        )
        (asked,) = server.asked
    assert asked.path == "/v2/assets"
    assert [each.symbol for each in interface.list_instruments()] == ["IBM", "SPY"]
    (event,) = list_stream(stream=listings_stream("alpaca"))
    assert event.actor == f"user:{User.objects.get(username='alice').pk}"


def test_listings_that_are_not_loaded_say_why_and_no_key_with_it(bob):
    with served() as server:
        point_at(server)
        server.replies.append(RestReply.of({"message": f"{KEY} is on holiday"}, status=403))
        message = ask(bob, action="load_listings")
    assert message == "Alpaca: LISTINGS_NOT_READ: alpaca: NOT_ENTITLED: HTTP 403: … is on holiday"
    assert ask(bob, "polygon", action="load_listings").startswith("Polygon: NO_LISTING_SOURCE: ")
    assert interface.list_instruments() == []


@pytest.mark.usefixtures("master")
def test_the_running_feeds_trouble_is_on_the_page(bob, settings):
    enable_alpaca()
    settings.PROVIDER_SECRETS_KEY = "another"
    interface.start_feed()
    assert "Alpaca: CREDENTIALS_UNREADABLE" in text(bob.get(page()))
    assert "Alpaca: CREDENTIALS_UNREADABLE" in text(bob.get(LIST))
    assert "CREDENTIALS_UNREADABLE" not in text(bob.get(page("polygon")))
    assert SilentFeed.name != interface.feed_status().name
