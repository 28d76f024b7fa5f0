"""FEED names providers, the best first; one without its key is named at the start."""

import pytest

from marketdata.domain.providers import PROVIDER_SPECS
from marketdata.feeds.failover import FailoverFeed
from marketdata.feeds.providers import ReadsListings
from marketdata.feeds.registry import (
    MissingCredentials,
    UnknownFeed,
    build_feed,
    build_history,
)
from marketdata.feeds.streaming import StreamingFeed
from marketdata.operations import configured_feed, configured_providers, history_sources, run_feed
from tests.marketdata.providers.contract import always_open

KEYS = {
    name: {secret.name: "right-key" for secret in spec.secrets}
    for name, spec in PROVIDER_SPECS.items()
}
STREAMING = [name for name, spec in PROVIDER_SPECS.items() if spec.streams]


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


@pytest.mark.parametrize("name", list(PROVIDER_SPECS))
def test_a_provider_without_a_key_is_refused_by_the_name_of_the_variable(name):
    with pytest.raises(MissingCredentials) as caught:
        build_history(name=name, providers={name: {}})
    for secret in PROVIDER_SPECS[name].secrets:
        assert secret.variable in caught.value.message


@pytest.mark.parametrize(
    "spec", ["alpaca,alpaca", "alpaca,", "nasdaq_data_link", "alpaca,bloomberg", ""]
)
def test_a_feed_that_makes_no_sense_is_refused(spec):
    with pytest.raises(UnknownFeed, match="FEED"):
        built(spec)


@pytest.mark.parametrize("name", list(PROVIDER_SPECS))
def test_every_provider_with_a_key_has_a_history(name):
    assert build_history(name=name, providers=KEYS).name == name


@pytest.mark.parametrize("name", list(PROVIDER_SPECS))
def test_who_lists_the_market_says_so(name):
    history = build_history(name=name, providers=KEYS)
    assert isinstance(history, ReadsListings) == PROVIDER_SPECS[name].lists


def test_a_history_of_nobody_is_refused():
    with pytest.raises(UnknownFeed, match="bloomberg"):
        build_history(name="bloomberg", providers=KEYS)


@pytest.mark.django_db
def test_providers_with_a_key_may_be_asked_for_history(settings):
    settings.PROVIDERS = {"tiingo": KEYS["tiingo"]}
    assert history_sources.names() == ["tiingo"]
    assert history_sources.open_source(name="tiingo").name == "tiingo"


@pytest.mark.usefixtures("master")
def test_the_configured_feed_follows_what_may_be_traded(settings):
    settings.FEED = "alpaca"
    settings.PROVIDERS = KEYS
    feed = configured_feed.build(configured=configured_providers.configuration())
    assert "IBM" in feed.symbols
    assert "TWTR" not in feed.symbols  # not listed any more


@pytest.mark.usefixtures("master")
def test_a_missing_key_stops_the_start(settings):
    settings.FEED = "alpaca"
    settings.PROVIDERS = {"alpaca": {}}
    with pytest.raises(MissingCredentials, match="ALPACA_KEY_ID and ALPACA_SECRET_KEY"):
        run_feed.start()
