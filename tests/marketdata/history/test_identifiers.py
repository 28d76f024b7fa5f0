"""A mistyped identifier is refused, and terms are kept by the day from which they hold."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from marketdata import interface
from marketdata.domain.identifiers import is_cusip, is_figi, is_isin
from marketdata.models import InstrumentTerms
from marketdata.operations.load_security_master import (
    ALL_COLUMNS,
    COLUMNS,
    InvalidSecurityMaster,
    load_security_master,
)

KNOWN = {is_cusip: "037833100", is_isin: "US0378331005", is_figi: "BBG000B9XRY4"}
ROW = "IBM,International,NYSE,active,true,true,true,true,true,283.2"
MORE = "XNYS,459200101,US4592001014,BBG000BLNNH6,2025-11-03,0.01,40,1"


@pytest.mark.parametrize("check", KNOWN)
@given(data=st.data())
def test_one_wrong_digit_is_noticed(check, data):
    known = KNOWN[check]
    assert check(known)
    place = data.draw(st.sampled_from([n for n, each in enumerate(known) if each.isdigit()]))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != known[place]]))
    assert not check(known[:place] + wrong + known[place + 1 :])


@pytest.mark.parametrize("check", KNOWN)
@pytest.mark.parametrize("text", ["", "0", "x" * 9, "x" * 12, "03783310", "US03783310055"])
def test_anything_else_is_refused(check, text):
    assert not check(text)


def write(folder, *lines, header=ALL_COLUMNS):
    path = folder / "master.csv"
    path.write_text("\n".join([",".join(header), *lines]) + "\n")
    return path


@pytest.mark.usefixtures("master")
def test_the_master_that_ships_knows_identifiers_and_terms():
    found = interface.find_instrument(symbol="AAPL")
    assert found is not None
    assert (found.mic, found.cusip, found.isin) == ("XNAS", "037833100", "US0378331005")
    assert found.figi == "BBG000B9XRY4"
    terms = interface.find_terms(symbol="GOOG", on=date(2026, 1, 2))
    assert terms is not None
    assert (terms.tick_size, terms.round_lot, terms.luld_tier) == (Decimal("0.01"), 100, 1)
    assert interface.find_terms(symbol="GOOG", on=date(2020, 1, 2)) is None
    assert interface.find_terms(symbol="XYZ", on=date(2026, 1, 2)) is None


@pytest.mark.django_db
def test_terms_of_another_day_are_kept_beside_the_old_ones(tmp_path):
    load_security_master(path=write(tmp_path, f"{ROW},{MORE}"))
    load_security_master(
        path=write(tmp_path, f"{ROW},{MORE}".replace("2025-11-03,0.01,40", "2026-11-02,0.005,100"))
    )
    lots = []
    for on in (date(2026, 11, 1), date(2026, 11, 2)):
        terms = interface.find_terms(symbol="IBM", on=on)
        assert terms is not None
        lots.append((terms.tick_size, terms.round_lot))
    assert lots == [(Decimal("0.01"), 40), (Decimal("0.005"), 100)]


@pytest.mark.django_db
def test_a_file_without_identifiers_leaves_those_that_are_known(tmp_path):
    load_security_master(path=write(tmp_path, f"{ROW},{MORE}"))
    load_security_master(path=write(tmp_path, ROW, header=COLUMNS))
    found = interface.find_instrument(symbol="IBM")
    assert found is not None
    assert (found.mic, found.figi) == ("XNYS", "BBG000BLNNH6")
    assert InstrumentTerms.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("good", "bad", "reason"),
    [
        ("459200101,", "459200102,", "cusip '459200102' is mistyped"),
        ("US4592001014", "US4592001015", "isin"),
        ("BBG000BLNNH6", "BBG000BLNNH7", "figi"),
        ("XNYS", "xnys", "mic"),
        ("0.01", "x", "tick_size 'x'"),
        ("0.01,40", "0.01,0", "must be positive"),
        (",40,1", ",40,3", "luld_tier '3'"),
        ("2025-11-03", "yesterday", "yesterday"),
    ],
)
def test_a_mistyped_column_is_named_and_nothing_is_loaded(tmp_path, good, bad, reason):
    path = write(tmp_path, f"{ROW},{MORE}".replace(good, bad))
    with pytest.raises(InvalidSecurityMaster, match=reason):
        load_security_master(path=path)
    assert interface.list_instruments() == []
