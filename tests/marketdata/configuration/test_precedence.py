"""The environment wins over the admin site, field by field; then the defaults."""

from typing import Any

import pytest

from marketdata.domain.configuration import Origin, Setting, StoredProvider, decide, mask
from marketdata.domain.providers import PROVIDER_SPECS, FieldKind
from marketdata.feeds.alpaca.config import read_config as read_alpaca
from marketdata.feeds.nasdaq_data_link.config import read_config as read_nasdaq
from marketdata.feeds.polygon.config import read_config as read_polygon
from marketdata.feeds.tiingo.config import read_config as read_tiingo
from trading.settings import base

ALPACA_KEYS = {"key_id": "id", "secret_key": "secret"}
READERS = {
    "alpaca": read_alpaca,
    "polygon": read_polygon,
    "tiingo": read_tiingo,
    "nasdaq_data_link": read_nasdaq,
}


def enabled(**said: Any) -> StoredProvider:
    return StoredProvider(**{"is_enabled": True} | said)


def alpaca(**said: Any) -> StoredProvider:
    return enabled(**{"name": "alpaca", "priority": 2} | said)


def polygon(**said: Any) -> StoredProvider:
    return enabled(**{"name": "polygon", "priority": 1} | said)


@pytest.mark.parametrize(
    ("given", "entered", "value", "origin"),
    [
        ("", "", "iex", Origin.DEFAULT),
        ("", "sip", "sip", Origin.ADMIN),
        ("sip", "", "sip", Origin.ENVIRONMENT),
        ("delayed_sip", "sip", "delayed_sip", Origin.ENVIRONMENT),
    ],
)
def test_an_option(given, entered, value, origin):
    held = decide(
        feed="",
        environment={"alpaca": {"feed": given}},
        stored=[alpaca(options={"feed": entered})],
    ).providers["alpaca"]
    assert held["feed"] == Setting(value=value, origin=origin)
    # The other fields are not touched by it.
    assert held["data_url"].origin is Origin.DEFAULT


@pytest.mark.parametrize(
    ("given", "entered", "trouble", "expected"),
    [
        ("", "", "", Setting(value="", origin=Origin.DEFAULT)),
        ("", "mine", "", Setting(value="mine", origin=Origin.ADMIN)),
        ("theirs", "mine", "", Setting(value="theirs", origin=Origin.ENVIRONMENT)),
        ("", "", "no key", Setting(value="", origin=Origin.ADMIN, trouble="no key")),
        ("theirs", "", "no key", Setting(value="theirs", origin=Origin.ENVIRONMENT)),
    ],
)
def test_a_secret(given, entered, trouble, expected):
    held = decide(
        feed="",
        environment={"tiingo": {"token": given}},
        stored=[
            StoredProvider(
                name="tiingo",
                secrets={"token": entered} if entered else {},
                troubles={"token": trouble} if trouble else {},
            )
        ],
    ).providers["tiingo"]["token"]
    assert held == expected
    assert held.is_set == (expected.origin is not Origin.DEFAULT)


@pytest.mark.parametrize(
    ("feed", "environment", "stored", "made", "origin"),
    [
        ("", {}, [], "simulated", Origin.DEFAULT),
        ("", {}, [alpaca()], "simulated", Origin.DEFAULT),  # no key
        ("", {}, [alpaca(secrets={"key_id": "id"})], "simulated", Origin.DEFAULT),  # half a key
        ("", {}, [alpaca(secrets=ALPACA_KEYS)], "alpaca", Origin.ADMIN),
        ("", {"alpaca": ALPACA_KEYS}, [alpaca()], "alpaca", Origin.ADMIN),
        (
            "",
            {"alpaca": {"key_id": "id"}},
            [alpaca(secrets={"secret_key": "secret"})],
            "alpaca",
            Origin.ADMIN,
        ),
        # A key in the environment alone is for history: nobody has asked for the stream.
        ("", {"alpaca": ALPACA_KEYS}, [], "simulated", Origin.DEFAULT),
        (
            "",
            {"alpaca": ALPACA_KEYS},
            [alpaca(is_enabled=False)],
            "simulated",
            Origin.DEFAULT,
        ),
        # Its key cannot be read: it is still what was asked for, and says so.
        (
            "",
            {},
            [alpaca(troubles=dict.fromkeys(ALPACA_KEYS, "no key"))],
            "alpaca",
            Origin.ADMIN,
        ),
        (
            "",
            {},
            [alpaca(secrets=ALPACA_KEYS), polygon(secrets={"api_key": "k"})],
            "polygon,alpaca",
            Origin.ADMIN,
        ),
        (
            "",
            {},
            [alpaca(secrets=ALPACA_KEYS, priority=1), polygon(secrets={"api_key": "k"})],
            "alpaca,polygon",
            Origin.ADMIN,
        ),
        (
            "",
            {},
            [StoredProvider(name="nasdaq_data_link", is_enabled=True, secrets={"key": "k"})],
            "simulated",
            Origin.DEFAULT,
        ),
        ("simulated", {}, [alpaca(secrets=ALPACA_KEYS)], "simulated", Origin.ENVIRONMENT),
        ("replay:/a, b", {}, [alpaca(secrets=ALPACA_KEYS)], "replay:/a, b", Origin.ENVIRONMENT),
        ("tiingo, alpaca", {}, [alpaca(secrets=ALPACA_KEYS)], "tiingo,alpaca", Origin.ENVIRONMENT),
    ],
)
def test_the_feed(feed, environment, stored, made, origin):
    held = decide(feed=feed, environment=environment, stored=stored)
    assert (held.feed, held.feed_origin) == (made, origin)


def test_the_feed_is_another_one_only_when_what_it_is_made_of_is():
    def made(**said):
        return decide(feed="", environment={}, stored=[alpaca(**said)]).of_feed()

    before = made(secrets=ALPACA_KEYS)
    assert made(secrets=ALPACA_KEYS, priority=9) == before
    assert made(secrets=ALPACA_KEYS, options={"feed": "iex"}) == before  # it is the default
    assert made(secrets=ALPACA_KEYS, options={"feed": "sip"}) != before
    assert made(secrets={**ALPACA_KEYS, "key_id": "other"}) != before
    assert made(troubles=dict.fromkeys(ALPACA_KEYS, "no key")) != before


def test_no_key_is_in_what_is_printed():
    held = decide(feed="", environment={}, stored=[alpaca(secrets={"key_id": "pk-hush"})])
    assert "pk-hush" not in repr(held)
    assert "pk-hush" not in repr(alpaca(secrets={"key_id": "pk-hush"}))


@pytest.mark.parametrize(
    ("secret", "shown"),
    [("PKABCDEFGH1234", "…1234"), ("twelve-chars", "…hars"), ("short-token", ""), ("", "")],
)
def test_of_a_secret_no_more_is_shown_than_how_it_ends(secret, shown):
    assert mask(secret) == shown


@pytest.mark.parametrize("name", list(PROVIDER_SPECS))
def test_the_defaults_on_the_page_are_those_of_the_adapter(name):
    spec = PROVIDER_SPECS[name]
    keys = {secret.name: "right-key" for secret in spec.secrets}
    shown = keys | {each.name: each.default for each in spec.fields if not each.is_secret}
    assert READERS[name](shown) == READERS[name](keys)


@pytest.mark.parametrize("name", list(PROVIDER_SPECS))
def test_the_environment_has_a_variable_for_every_field_and_for_no_other(name, monkeypatch):
    spec = PROVIDER_SPECS[name]
    assert [each.name for each in spec.fields if each.kind is FieldKind.SECRET]
    assert set(base.PROVIDERS[name]) == {each.name for each in spec.fields}
    source = (base.BASE_DIR / "trading/settings/base.py").read_text()
    for each in spec.fields:
        assert f'"{each.name}": env.text("{each.variable}")' in source
