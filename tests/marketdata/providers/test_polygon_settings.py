"""Polygon.io's numbers have the tape's letters, and its settings make sense or are refused."""

import json

import pytest

from marketdata.feeds.polygon.config import Channel, read_config
from marketdata.feeds.polygon.tables import conditions_of, exchange_of
from marketdata.feeds.providers import AuthenticationFailed, InvalidRequest


def test_the_table_of_exchanges_is_the_recorded_one(vendor_fixtures):
    path = vendor_fixtures / "polygon" / "v3__reference__exchanges.json"
    for exchange in json.loads(path.read_text())["results"]:
        assert exchange_of(exchange["id"]) == exchange["participant_id"], exchange["name"]


def test_the_table_of_conditions_is_the_recorded_one(market_data_pack):
    folder = market_data_pack / "vendor_rest" / "polygon" / "v3" / "reference"
    path = folder / "conditions&asset_class=stocks.json"
    for condition in json.loads(path.read_text())["results"]:
        if not condition.get("legacy"):
            letters = set(condition["sip_mapping"].values())
            assert set(conditions_of((condition["id"],))) <= letters, condition["name"]


def test_a_condition_without_a_letter_keeps_its_number():
    assert conditions_of((14, 41)) == ("F",)
    assert conditions_of((41,)) == conditions_of(()) == ("@",)
    assert conditions_of((14, 57)) == ("F", "57")
    assert exchange_of(99) == ""


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({}, AuthenticationFailed),
        ({"api_key": " "}, AuthenticationFailed),
        ({"api_key": "k", "channels": "T,X"}, InvalidRequest),
        ({"api_key": "k", "channels": "T,A"}, InvalidRequest),
        ({"api_key": "k", "shares_per_quote_unit": "0"}, InvalidRequest),
        ({"api_key": "k", "requests_per_minute": "five"}, InvalidRequest),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, error):
    with pytest.raises(error):
        read_config(settings)


def test_the_settings_are_read():
    config = read_config({"api_key": "k", "channels": "A, AM", "requests_per_minute": "5"})
    assert config.channels == (Channel.SECONDS, Channel.MINUTES)
    assert config.requests_per_minute == 5
    assert not config.is_delayed
    stream_url = "wss://delayed.massive.com/stocks"
    assert read_config({"api_key": "k", "stream_url": stream_url}).is_delayed
