"""Class shares are found under their other spellings, and no two securities fold into one."""

import pytest
from hypothesis import given, strategies as st

from marketdata import interface
from marketdata.domain.spellings import Spellings, with_dots, without_dots
from marketdata.models import Instrument
from marketdata.operations.load_security_master import instrument_id

SPELLINGS = ("BRK.A", "BRK-A", "BRK/A", "BRK A", "brk.a", "brk-a", "BRKA", " brk / a ")

symbols = st.from_regex(r"[A-C]{1,3}(\.[A-C]{1,2})?", fullmatch=True)
listings = st.sets(symbols, min_size=1, max_size=12)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_class_share_is_meant_by_each_of_its_spellings(spelling):
    assert Spellings({"BRK.A", "BRK.B", "IBM"}).resolve(spelling) == "BRK.A"


def test_a_company_of_its_own_beats_a_class_share_whose_dot_was_left_out():
    listing = Spellings({"BRK.A", "BRKA"})
    assert listing.resolve("brka") == "BRKA"
    assert listing.resolve("BRK-A") == listing.resolve("BRK A") == "BRK.A"


def test_a_separator_is_never_left_out():
    assert Spellings({"BRKA"}).resolve("BRK.A") is None
    assert Spellings({"BRKA"}).resolve("BRK-A") is None


def test_what_may_be_two_securities_is_none():
    assert Spellings({"A.BC", "AB.C"}).resolve("ABC") is None


@given(listing=listings, separator=st.sampled_from([".", "-", "/", " "]), data=st.data())
def test_a_spelling_with_its_separator_means_one_security_and_no_other(listing, separator, data):
    meant = data.draw(st.sampled_from(sorted(listing)))
    spelling = meant.replace(".", separator).lower()
    assert Spellings(listing).resolve(spelling) == meant


@given(listing=listings, spelling=symbols)
def test_whatever_is_written_never_means_one_of_two(listing, spelling):
    found = Spellings(listing).resolve(spelling)
    if spelling in listing:
        assert found == spelling
    elif found is not None:
        alike = [each for each in listing if without_dots(each) == without_dots(spelling)]
        assert alike == [found] or with_dots(spelling) == found


# --- In the security master -----------------------------------------------------------------------
def add(symbol: str, **terms: object) -> None:
    row = Instrument.objects.get(symbol="BRK.A")
    row.pk, row.symbol = instrument_id(symbol=symbol), symbol
    for name, value in terms.items():
        setattr(row, name, value)
    row.save(force_insert=True)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_search_finds_a_class_share_first_under_each_spelling(master, spelling):
    assert interface.search_instruments(query=spelling, limit=3)[0].symbol == "BRK.A"
    found = interface.find_asset(name=spelling)
    assert found is not None and found.symbol == "BRK.A"


def test_the_search_shows_the_company_of_the_written_symbol_before_the_class_share(master):
    add("BRKA")
    found = [each.symbol for each in interface.search_instruments(query="brka", limit=5)]
    assert found[:2] == ["BRKA", "BRK.A"]
    for spelling, symbol in (("BRKA", "BRKA"), ("BRK-A", "BRK.A")):
        asset = interface.find_asset(name=spelling)
        assert asset is not None and asset.symbol == symbol


def test_a_retired_company_keeps_its_symbol(master):
    add("BRKA", status="inactive")
    asset = interface.find_asset(name="BRKA")
    assert asset is not None and asset.symbol == "BRKA"


@pytest.mark.parametrize("query", ["-", ".", "/", "- -"])
def test_separators_alone_mean_nothing(master, query):
    assert interface.find_asset(name=query) is None


def test_a_cusip_that_two_have_is_the_one_that_is_listed(master):
    cusip = Instrument.objects.get(symbol="IBM").cusip
    add("IBMOLD", cusip=cusip, status="inactive")
    found = interface.find_asset(name=cusip)
    assert found is not None and found.symbol == "IBM"
    add("IBMNEW", cusip=cusip)
    assert interface.find_asset(name=cusip) is None


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("IBM", "IBM"),
        ("acc249dd-4c5b-5a9e-ab1f-bf52db1a00ae", "IBM"),  # IBM's in every installation
        ("ACC249DD-4C5B-5A9E-AB1F-BF52DB1A00AE", "IBM"),
        ("00000000-0000-0000-0000-000000000000", None),
        ("I\0M", None),
        ("IBMX", None),
    ],
)
def test_an_asset_is_found_without_reading_the_others(
    master, django_assert_max_num_queries, name, symbol
):
    interface.forget_instruments()
    with django_assert_max_num_queries(2) as queries:
        found = interface.find_asset(name=name)
    assert (None if found is None else found.symbol) == symbol
    assert all("WHERE" in query["sql"] for query in queries.captured_queries)


@pytest.mark.parametrize("count", [1, 5_000])
def test_however_many_are_unknown_they_cost_as_many_questions(
    master, django_assert_max_num_queries, count
):
    unknown = [f"Q{n}" for n in range(count)]
    with django_assert_max_num_queries(2):
        assert interface.spell(symbols=[*unknown, "ibm", "BRK-A"]) == {
            "ibm": "IBM",
            "BRK-A": "BRK.A",
        }
