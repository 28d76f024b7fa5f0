"""The security master is loaded whole or not at all, and its ids never change."""

from codecs import BOM_UTF8
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from marketdata import interface
from marketdata.models import Instrument
from marketdata.operations.load_security_master import (
    COLUMNS,
    InvalidSecurityMaster,
    instrument_id,
    load_security_master,
)
from trading.infra.transactions import transaction

HEADER = ",".join(COLUMNS)
GOOD = "IBM,International Business Machines Corporation,NYSE,active,true,true,true,true,true,283.2"

pytestmark = pytest.mark.django_db


def write(folder: Path, *lines: str) -> Path:
    path = folder / "master.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return path


def is_tradable() -> bool:
    found = interface.find_instrument(symbol="IBM")
    assert found is not None
    return found.tradable


@pytest.mark.usefixtures("master")
def test_the_master_that_ships_holds_what_the_demo_needs():
    found = {instrument.symbol: instrument for instrument in interface.list_instruments()}
    assert {"IBM", "BAC", "SPY", "AAPL", "GOOG", "MSFT"} <= found.keys()
    assert [symbol for symbol, each in found.items() if not each.fractionable] == ["BRK.A", "TWTR"]
    assert [symbol for symbol, each in found.items() if each.status == "inactive"] == ["TWTR"]
    assert found["IBM"].asset_class == "us_equity"


def test_loading_twice_changes_nothing(master):
    before = list(Instrument.objects.order_by("symbol").values())
    assert load_security_master(path=master) == len(before)
    assert list(Instrument.objects.order_by("symbol").values()) == before


@pytest.mark.usefixtures("master")
def test_an_id_is_the_same_in_every_installation():
    assert Instrument.objects.get(symbol="IBM").id == instrument_id(symbol="IBM")
    assert instrument_id(symbol="IBM") == UUID("acc249dd-4c5b-5a9e-ab1f-bf52db1a00ae")


@pytest.mark.usefixtures("master")
def test_a_reload_updates_what_has_changed_and_keeps_the_rest(tmp_path):
    count = Instrument.objects.count()
    path = write(tmp_path, GOOD.replace("NYSE,active,true", "NYSE,active,false"))
    assert is_tradable()
    assert load_security_master(path=path) == 1
    assert not is_tradable()
    assert Instrument.objects.count() == count


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("", "expected 10 columns"),
        ("KO,Coca-Cola,NYSE,active,true", "expected 10 columns"),
        (GOOD.replace("IBM", "KO") + ",extra", "expected 10 columns"),
        (GOOD, "IBM is on line 2 too"),
        (GOOD.replace("IBM", "ibm"), "symbol 'ibm'"),
        (GOOD.replace("IBM", ""), "symbol ''"),
        ("KO,,NYSE,active,true,true,true,true,true,1", "name must have"),
        (GOOD.replace("IBM", "KO").replace("NYSE", "MOON"), "exchange 'MOON'"),
        (GOOD.replace("IBM", "KO").replace("active", "dead"), "status 'dead'"),
        (GOOD.replace("IBM", "KO").replace("true,283", "yes,283"), "fractionable 'yes'"),
        (GOOD.replace("IBM", "KO").replace("283.2", "0"), "reference_price '0'"),
        (GOOD.replace("IBM", "KO").replace("283.2", "nan"), "reference_price 'nan'"),
        (GOOD.replace("IBM", "KO").replace("283.2", ""), "reference_price ''"),
    ],
)
def test_one_bad_line_is_named_and_nothing_is_loaded(tmp_path, bad, reason):
    lines = [GOOD, bad or ",", GOOD.replace("IBM", "XOM")]
    with pytest.raises(InvalidSecurityMaster) as refusal:
        load_security_master(path=write(tmp_path, *lines))
    assert "line 3" in refusal.value.message
    assert reason in refusal.value.message
    assert refusal.value.context["line"] == 3
    assert not Instrument.objects.exists()


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("symbol,name", "column 3, 'exchange', is missing"),
        ("symbol,nom,exchange", "column 2 is 'nom' and must be 'name'"),
        (HEADER.replace(",", ";"), "column 1 is 'symbol;name;"),
        (HEADER + ",mic,cusp", "column 12 is 'cusp' and must be 'cusip'"),
        (HEADER + ",mic", "column 12, 'cusip', is missing"),
        ("\ufeff\ufeff" + HEADER, "column 1 is '\\ufeffsymbol' and must be 'symbol'"),
    ],
)
def test_the_first_wrong_column_of_a_header_is_named(tmp_path, header, told):
    path = tmp_path / "master.csv"
    path.write_text(f"{header}\nIBM,International\n", encoding="utf-8")
    with pytest.raises(InvalidSecurityMaster) as refusal:
        load_security_master(path=path)
    assert f"line 1: {told}" in refusal.value.message
    assert "the header must be symbol,name," in refusal.value.message


@pytest.mark.django_db
@pytest.mark.parametrize("mark", [b"", BOM_UTF8])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_file_that_a_spreadsheet_saved_loads(tmp_path, mark, end):
    path = tmp_path / "master.csv"
    rows = [HEADER.encode(), b"NAN,Nan Holdings,NYSE,active,TRUE,FALSE,true,True,false,10"]
    path.write_bytes(mark + end.join(rows) + end)
    assert load_security_master(path=path) == 1
    nan = Instrument.objects.get()
    assert (nan.symbol, nan.tradable, nan.marginable, nan.easy_to_borrow) == (
        "NAN", True, False, True,
    )  # fmt: skip


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, content):
    path = tmp_path / "master.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidSecurityMaster, match=r"master\.csv"):
        load_security_master(path=path)


def test_a_master_without_rows_is_refused(tmp_path):
    with pytest.raises(InvalidSecurityMaster, match="holds no instruments"):
        load_security_master(path=write(tmp_path))


def test_the_command_says_how_many_it_loaded(tmp_path):
    out = StringIO()
    path = write(tmp_path, GOOD)
    call_command("load_security_master", str(path), stdout=out)
    assert out.getvalue() == f"1 instruments loaded from {path}\n"


def test_the_command_fails_by_name(tmp_path):
    with pytest.raises(CommandError, match=r"INVALID_SECURITY_MASTER: .*line 2"):
        call_command("load_security_master", str(write(tmp_path, "IBM")))


@pytest.mark.usefixtures("master")
def test_an_instrument_is_found_by_symbol_and_by_id():
    found = interface.find_instrument(symbol="IBM")
    assert found is not None
    assert interface.find_instrument_by_id(instrument_id=found.id) == found
    assert interface.find_instrument(symbol="XYZ") is None
    assert interface.find_instrument(symbol="I\0M") is None
    assert interface.find_instrument_by_id(instrument_id=UUID(int=0)) is None


@pytest.mark.usefixtures("master")
def test_an_instrument_is_remembered_and_a_missing_one_is_asked_again(django_assert_num_queries):
    with django_assert_num_queries(1):
        interface.find_instrument(symbol="IBM")
        interface.find_instrument(symbol="IBM")
        interface.find_instrument_by_id(instrument_id=instrument_id(symbol="IBM"))
    with django_assert_num_queries(2):
        interface.find_instrument(symbol="XYZ")
        interface.find_instrument(symbol="XYZ")


@pytest.mark.usefixtures("master")
@pytest.mark.parametrize("changed", [{"status": "dead"}, {"reference_price": 0}])
def test_the_database_refuses_an_impossible_instrument(changed):
    with pytest.raises(IntegrityError), transaction():
        Instrument.objects.filter(symbol="IBM").update(**changed)
