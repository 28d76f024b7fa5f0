"""A provider is changed whole or not at all, with its fact, and no key leaves the row."""

import json

import pytest

from marketdata import interface
from marketdata.domain.configuration import Origin
from marketdata.events import provider_stream
from marketdata.feeds.providers import InvalidRequest
from marketdata.feeds.registry import CredentialsUnreadable
from marketdata.models import Provider
from marketdata.operations import history_sources
from marketdata.operations.configure_provider import (
    InvalidProviderSettings,
    KeyWouldMove,
    SetByEnvironment,
)
from tests.marketdata.configuration.conftest import (
    KEY_ID,
    SECRET_KEY,
    configure,
    enable_alpaca,
)
from trading.eventlog.models import Event
from trading.eventlog.readers import list_stream

pytestmark = pytest.mark.django_db

HERE = {"stream_url": "ws://127.0.0.1:9", "data_url": "http://localhost:9"}


def held(name="alpaca"):
    return interface.provider_configuration().providers[name]


def facts(name="alpaca"):
    return [json.loads(event.payload) for event in list_stream(stream=provider_stream(name))]


def test_a_change_is_a_row_and_a_fact():
    assert enable_alpaca(options={"feed": "sip"}, priority=3)
    assert held()["feed"].value == "sip"
    assert held()["secret_key"].value == SECRET_KEY
    assert interface.provider_configuration().feed == "alpaca"
    (fact,) = facts()
    assert [seal["field"] for seal in fact.pop("seals")] == ["key_id", "secret_key"]
    assert fact == {
        "provider": "alpaca",
        "changes": [
            {"field": "feed", "old": "", "new": "sip"},
            {"field": "is_enabled", "old": "no", "new": "yes"},
            {"field": "priority", "old": "1", "new": "3"},
        ],
        "credentials_changed": ["key_id", "secret_key"],
        "configured_by": "user:bob",
        "reason": "a new plan",
    }
    (event,) = list_stream(stream="config:provider:alpaca")
    assert (event.type, event.actor) == ("ProviderConfigured", "user:bob")


def test_old_and_new_values_are_recorded():
    enable_alpaca(options={"feed": "sip"})
    enable_alpaca(secrets={}, options={"feed": ""}, reason="a smaller plan")
    assert facts()[1]["changes"] == [{"field": "feed", "old": "sip", "new": ""}]
    assert facts()[1]["credentials_changed"] == []


def test_the_same_again_changes_nothing_and_records_nothing():
    enable_alpaca()
    assert not enable_alpaca()
    assert not enable_alpaca(secrets={})
    assert len(facts()) == 1


def test_a_key_stays_until_another_is_entered_or_it_is_taken_away():
    configure(secrets={"key_id": KEY_ID, "secret_key": SECRET_KEY})
    configure(secrets={"key_id": "another-key-id"})
    assert (held()["key_id"].value, held()["secret_key"].value) == ("another-key-id", SECRET_KEY)
    configure(cleared=["secret_key"])
    assert (held()["key_id"].is_set, held()["secret_key"].is_set) == (True, False)
    assert [fact["credentials_changed"] for fact in facts()] == [
        ["key_id", "secret_key"],
        ["key_id"],
        ["secret_key"],
    ]


def test_no_key_is_in_the_database_but_sealed():
    enable_alpaca()
    row = Provider.objects.get(pk="alpaca")
    stored = json.dumps([row.options, row.secrets]) + repr(vars(row))
    stored += b"".join(bytes(event.payload) for event in Event.objects.all()).decode()
    assert KEY_ID not in stored
    assert SECRET_KEY not in stored


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"reason": "  "}, "say why"),
        ({"name": "bloomberg"}, "no provider"),
        ({"options": {"fee": "sip"}}, "has no fee"),
        ({"options": {"key_id": "k"}}, "has no key_id"),
        ({"secrets": {"feed": "k"}}, "has no feed"),
        ({"cleared": ["token"]}, "has no token"),
        ({"is_enabled": True}, "without its key: Key id and Secret key"),
        ({"is_enabled": True, "secrets": {"key_id": "k"}}, "without its key: Secret key"),
        ({"options": {"stream_url": "https://127.0.0.1"}}, "an address like wss://"),
        ({"options": {"data_url": "ftp://127.0.0.1"}}, "an address like https://"),
        ({"options": {"data_url": "https://"}}, "an address like https://"),
        ({"options": {"data_url": "https://me:pw@x.com"}}, "an address like https://"),
        ({"options": {"data_url": "https://x.com?key=1"}}, "an address like https://"),
        ({"options": {"data_url": "https://x.com:99999"}}, "Port out of range"),
        ({"options": {"trading_url": "nonsense"}}, "an address like https://example.com"),
        ({"options": {"data_url": "http://x.com"}}, "a key is sent there"),
        ({"options": {"stream_url": "ws://x.com"}}, "a key is sent there"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(said, named):
    with pytest.raises(InvalidProviderSettings, match=named):
        configure(**said)
    assert not Event.objects.exists()
    assert not Provider.objects.filter(is_enabled=True).exists()


@pytest.mark.parametrize(
    ("name", "options", "named"),
    [
        ("alpaca", {"feed": "otc"}, "otc"),
        ("polygon", {"channels": "T,X"}, "X"),
        ("polygon", {"channels": "T,A"}, "twice"),
        ("polygon", {"shares_per_quote_unit": "few"}, "few"),
        ("tiingo", {"threshold_level": "3"}, "level"),
        ("tiingo", {"requests_per_minute": "-1"}, "pace"),
        ("nasdaq_data_link", {"dataset": "A/B/C"}, "A/B/C"),
        ("nasdaq_data_link", {"columns": "colour=red"}, "colour=red"),
    ],
)
def test_what_the_adapter_does_not_understand_is_refused_with_or_without_a_key(
    name, options, named
):
    with pytest.raises(InvalidRequest, match=named):
        configure(name, options=options)
    assert not Event.objects.exists()


def test_a_provider_in_use_cannot_lose_its_key_without_being_disabled():
    enable_alpaca()
    with pytest.raises(InvalidProviderSettings, match="without its key"):
        enable_alpaca(secrets={}, cleared=["key_id"])
    assert configure(cleared=["key_id"])
    assert interface.provider_configuration().feed == "simulated"


def test_what_the_environment_says_cannot_be_entered(settings):
    settings.PROVIDERS = {"alpaca": {"feed": "sip", "key_id": "theirs"}}
    for said in (
        {"options": {"feed": "iex"}},
        {"secrets": {"key_id": "k"}},
        {"cleared": ["key_id"]},
    ):
        with pytest.raises(SetByEnvironment, match="ALPACA_"):
            configure(**said)


def test_the_environments_key_is_enough_to_be_enabled(settings):
    settings.PROVIDERS = {"tiingo": {"token": "theirs"}}
    assert configure("tiingo", is_enabled=True)
    configured = interface.provider_configuration()
    assert (configured.feed, configured.providers["tiingo"]["token"].origin) == (
        "tiingo",
        Origin.ENVIRONMENT,
    )


def test_a_key_is_not_sent_to_an_address_that_it_was_not_entered_for():
    enable_alpaca()
    with pytest.raises(KeyWouldMove, match="enter Key id again"):
        enable_alpaca(secrets={}, options=HERE)
    with pytest.raises(KeyWouldMove, match="enter Secret key again"):
        enable_alpaca(secrets={"key_id": KEY_ID}, options=HERE)
    with pytest.raises(KeyWouldMove, match="enter Key id again"):
        enable_alpaca(secrets={}, options={"trading_url": "http://127.0.0.1:9"})
    assert enable_alpaca(options=HERE)
    assert enable_alpaca(secrets={}, options={"stream_url": "", "data_url": ""})  # the provider's


def test_the_environments_key_is_sent_where_the_environment_says(settings):
    settings.PROVIDERS = {"tiingo": {"token": "theirs"}}
    with pytest.raises(KeyWouldMove, match="TIINGO_TOKEN"):
        configure("tiingo", options={"rest_url": "https://elsewhere.example"})


def test_a_key_that_cannot_be_read_is_named_and_can_be_entered_anew(settings):
    enable_alpaca()
    settings.PROVIDER_SECRETS_KEY = "another"
    configured = interface.provider_configuration()
    assert "not the present one" in configured.trouble_of("alpaca")
    assert configured.feed == "alpaca"
    # Other settings may still change, and the sealed keys stay for whoever finds the old key.
    assert enable_alpaca(secrets={}, options={"feed": "sip"})
    settings.PROVIDER_SECRETS_KEY = "only-for-tests"
    assert held()["key_id"].value == KEY_ID
    settings.PROVIDER_SECRETS_KEY = "another"
    assert enable_alpaca(options={"feed": "sip"})
    assert held()["key_id"].value == KEY_ID
    assert interface.provider_configuration().trouble_of("alpaca") == ""


def test_history_may_be_asked_of_whoever_has_a_key_now(settings):
    assert history_sources.names() == []
    configure("tiingo", secrets={"token": "alices-token"})
    settings.PROVIDERS = {"polygon": {"api_key": "theirs"}}
    assert history_sources.names() == ["polygon", "tiingo"]
    assert history_sources.open_source(name="tiingo").name == "tiingo"
    configure("tiingo", cleared=["token"])
    assert history_sources.names() == ["polygon"]
    with pytest.raises(history_sources.UnknownHistorySource, match="known: polygon"):
        history_sources.open_source(name="tiingo")


def test_history_under_a_key_that_cannot_be_read_says_so(settings):
    configure("tiingo", secrets={"token": "alices-token"})
    settings.PROVIDER_SECRETS_KEY = "another"
    assert history_sources.names() == ["tiingo"]
    with pytest.raises(CredentialsUnreadable, match="the key of tiingo cannot be read"):
        history_sources.open_source(name="tiingo")


@pytest.mark.usefixtures("master")
def test_what_makes_no_sense_stops_the_start_only_where_the_feed_is_named_outside(settings):
    configure("polygon", is_enabled=True, secrets={"api_key": "alices-key"})
    settings.PROVIDERS = {"polygon": {"channels": "T,A"}}
    interface.start_feed()  # whoever enabled it there can mend it only while the platform runs
    (source,) = interface.feed_status().sources
    assert source.detail.startswith("INVALID_REQUEST: the settings of Polygon.io")
    interface.stop_feed()
    settings.FEED = "polygon"
    with pytest.raises(InvalidRequest):
        interface.start_feed()


@pytest.mark.usefixtures("master")
def test_a_key_that_cannot_be_read_does_not_take_the_other_providers_along(settings):
    enable_alpaca(priority=1)
    settings.PROVIDER_SECRETS_KEY = "another"
    configure("tiingo", is_enabled=True, priority=2, secrets={"token": "alices-token"})
    interface.start_feed()
    assert [(each.name, each.detail[:22]) for each in interface.feed_status().sources] == [
        ("alpaca", "CREDENTIALS_UNREADABLE"),
        ("tiingo", "not connected yet"),
    ]
