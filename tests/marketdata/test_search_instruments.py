"""Whoever types a symbol or a name finds the instrument that was meant first."""

import pytest

from marketdata import interface
from marketdata.models import Instrument
from marketdata.operations.load_security_master import COLUMNS, load_security_master

pytestmark = pytest.mark.django_db

# Told as the loader wants it: symbol and name, from a file of a quite small market.
NAMES = {
    "F": "Ford Motor Company",
    "FA": "First Advantage Corporation",
    "FB": "ProShares Bonds",
    "FANG": "Diamondback Energy",
    "AFL": "Aflac Incorporated",
    "WFC": "Wells Fargo & Company",
    "BFC": "Bank First Corporation",
    "PCT": "100% Pure_Cycle \\ Company",
    "OLD": "Fallen Company",
    "HALT": "Frozen Company",
}


@pytest.fixture(autouse=True)
def _small_market(tmp_path):
    path = tmp_path / "master.csv"
    rows = [
        f'{symbol},"{name}",NYSE,active,true,true,true,true,true,10'
        for symbol, name in NAMES.items()
    ]
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    load_security_master(path=path)
    Instrument.objects.exclude(symbol__in=["FANG", "BFC", "OLD"]).update(is_followed=False)
    Instrument.objects.filter(symbol="OLD").update(status="inactive")
    Instrument.objects.filter(symbol="HALT").update(tradable=False)


def found(query: str, *, limit: int = 12) -> list[str]:
    return [each.symbol for each in interface.search_instruments(query=query, limit=limit)]


def test_the_symbol_itself_then_beginnings_then_words_of_names_then_their_middles():
    assert found("f") == ["F", "FANG", "FA", "FB", "BFC", "WFC", "AFL"]


def test_followed_ones_go_before_their_equals_then_the_shorter_then_the_alphabet():
    assert found("fa")[:2] == ["FA", "FANG"]
    Instrument.objects.filter(symbol="FANG").update(is_followed=False)
    assert found("f")[:4] == ["F", "FA", "FB", "FANG"]


@pytest.mark.parametrize("query", ["wells fargo", "  WELLS   Fargo ", "Fargo &"])
def test_a_name_is_found_by_words_in_any_case_and_spacing(query):
    assert found(query) == ["WFC"]


@pytest.mark.parametrize(("query", "symbols"), [("%", ["PCT"]), ("_", ["PCT"]), ("\\", ["PCT"])])
def test_signs_that_a_pattern_would_understand_are_only_signs(query, symbols):
    assert found(query) == symbols
    assert found(f"f{query}") == []


@pytest.mark.parametrize("query", ["OLD", "Fallen", "HALT", "Frozen", "ZZZ", "F\0", "F\x1b"])
def test_what_is_not_traded_or_cannot_exist_is_not_found(query):
    assert found(query) == []


def test_no_more_are_found_than_were_asked_for():
    assert found("f", limit=2) == ["F", "FANG"]
    assert found("", limit=1) == ["BFC"]


@pytest.mark.parametrize("query", ["", "  "])
def test_an_empty_query_finds_the_followed_ones(query):
    assert found(query) == ["BFC", "FANG"]


def test_the_followed_ones_are_listed_and_say_that_they_are():
    followed = interface.list_followed_instruments()
    assert [(each.symbol, each.is_followed) for each in followed] == [
        ("BFC", True),
        ("FANG", True),
    ]
    ford = interface.find_instrument(symbol="F")
    assert ford is not None
    assert not ford.is_followed


def test_instruments_are_listed_by_their_symbols_and_unknown_ones_are_left_out():
    listed = interface.list_instruments(symbols=["OLD", "F", "ZZZ", "F\0"])
    assert [each.symbol for each in listed] == ["F", "OLD"]
    assert interface.list_instruments(symbols=[]) == []


def test_a_search_is_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        found("f")
