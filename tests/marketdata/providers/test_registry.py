"""FEED names providers, the best first; one without its key is named at the start."""

import pytest

from marketdata.feeds.failover import FailoverFeed
from marketdata.feeds.registry import (
    PROVIDERS,
    MissingCredentials,
    UnknownFeed,
    build_feed,
    build_history,
    with_keys,
)
from marketdata.feeds.streaming import StreamingFeed
from marketdata.operations import configured_providers, history_sources, run_feed
from tests.marketdata.providers.contract import always_open

KEYS = {name: dict.fromkeys(provider.keys, "right-key") for name, provider in PROVIDERS.items()}
STREAMING = [name for name, provider in PROVIDERS.items() if provider.streams]


def built(spec, providers=KEYS):
    return build_feed(
        spec=spec,
        speed=1.0,
        replay_start="09:30",
        simulated=(),
        providers=providers,
        symbols=["IBM", "AAPL"],
        sessions=always_open,
    )


@pytest.mark.parametrize("name", STREAMING)
def test_a_provider_needs_no_more_than_its_key(name):
    feed = built(name)
    assert isinstance(feed, StreamingFeed)
    assert (feed.name, tuple(feed.symbols)) == (name, ("AAPL", "IBM"))


def test_several_providers_are_one_feed_in_the_order_of_the_setting():
    feed = built("polygon, alpaca")
    assert isinstance(feed, FailoverFeed)
    assert feed.name == "polygon,alpaca"
    assert [source.name for source in feed.sources()] == ["polygon", "alpaca"]


@pytest.mark.parametrize("name", list(PROVIDERS))
def test_a_provider_without_a_key_is_refused_by_the_name_of_the_variable(name):
    with pytest.raises(MissingCredentials) as caught:
        build_history(name=name, providers={name: {}})
    for outside in PROVIDERS[name].keys.values():
        assert outside in caught.value.message


@pytest.mark.parametrize(
    "spec", ["alpaca,alpaca", "alpaca,", "nasdaq_data_link", "alpaca,bloomberg", ""]
)
def test_a_feed_that_makes_no_sense_is_refused(spec):
    with pytest.raises(UnknownFeed, match="FEED"):
        built(spec)


@pytest.mark.parametrize("name", list(PROVIDERS))
def test_every_provider_with_a_key_has_a_history(name):
    assert build_history(name=name, providers=KEYS).name == name


def test_a_history_of_nobody_is_refused():
    with pytest.raises(UnknownFeed, match="bloomberg"):
        build_history(name="bloomberg", providers=KEYS)


def test_only_providers_with_all_their_keys_count():
    assert with_keys(providers={"alpaca": {"key_id": "k"}, "tiingo": {"token": "t"}}) == ["tiingo"]


def test_providers_with_a_key_may_be_asked_for_history(settings, monkeypatch):
    monkeypatch.setattr(history_sources, "_factories", {})
    settings.PROVIDERS = {"tiingo": KEYS["tiingo"]}
    configured_providers.register()
    assert history_sources.names() == ["tiingo"]
    assert history_sources.open_source(name="tiingo").name == "tiingo"


@pytest.mark.usefixtures("master")
def test_the_configured_feed_follows_what_may_be_traded(settings):
    settings.FEED = "alpaca"
    settings.PROVIDERS = KEYS
    feed = run_feed.configured_feed()
    assert "IBM" in feed.symbols
    assert "TWTR" not in feed.symbols  # not listed any more


@pytest.mark.usefixtures("master")
def test_a_missing_key_stops_the_start(settings):
    settings.FEED = "alpaca"
    settings.PROVIDERS = {"alpaca": {}}
    with pytest.raises(MissingCredentials, match="ALPACA_KEY_ID and ALPACA_SECRET_KEY"):
        run_feed.start()
