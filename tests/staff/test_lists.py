"""Staff lists: names for ids, search by person and account, units, one time format, CSV."""

import csv
import io
import re
from decimal import Decimal

import pytest
from django.contrib import admin
from django.core.handlers.asgi import ASGIRequest
from django.test import Client
from django.urls import reverse

from oms.models import Account, Execution, Order
from risk.models import KillSwitch, Restriction
from tests.staff.conftest import browser, export, fill, page_of, place, rows_of
from trading.identity.roles import Role
from trading.infra.admin.export import Row, csv_response, text_of
from trading.infra.spreadsheet import guarded

pytestmark = pytest.mark.django_db

UUID_TEXT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CELL = re.compile(r"<t[dh][^>]*data-label[^>]*>(.*?)</t[dh]>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")
TO_SECOND = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} E[SD]T")
TO_MICROSECOND = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{6,9} E[SD]T")

LISTS = [
    f"{model._meta.app_label}_{model._meta.model_name}" for model, _ in admin.site._registry.items()
]
# Ids that are the thing's own name, for a market or a program.
MAY_SHOW_IDS = {"oms_execution", "oms_journalentry", "eventlog_event"}


@pytest.fixture
def traded(market, alice, bob) -> Order:
    bought = place(alice, qty="10", limit="182.50")
    fill(bought, Decimal(4), Decimal("182.50"))
    place(bob, qty="5000", limit="182.50")  # denied: too large
    return bought


def cells(page: str) -> list[str]:
    return [" ".join(TAG.sub(" ", cell).split()) for cell in CELL.findall(page)]


def halt(client: Client, **fields: str) -> None:
    client.post(reverse("admin:risk_killswitch_add"), {"reason": "a rumour", **fields})


@pytest.mark.parametrize("name", LISTS)
def test_every_list_opens_is_empty_without_asking_for_more_and_exports(db, name):
    client = browser(Role.ADMINISTRATOR)
    page = page_of(client, f"{name}_changelist")
    assert "Create a new item" not in page
    assert "reset your filters" not in page
    headings = export(client, name).splitlines()[0]
    assert headings
    assert client.get(reverse(f"admin:{name}_changelist"), {"q": "nobody such"}).status_code in {
        200,
        302,
    }


@pytest.mark.parametrize(
    "name", ["oms_order", "oms_execution", "oms_position", "oms_journalentry", "oms_account"]
)
def test_what_is_alices_is_found_by_her_name_and_number(officer, traded, alice, name):
    account = Account.objects.get(id=alice)
    for term in ("alice", "ALICE", account.account_number):
        found = rows_of(officer, name, q=term)
        assert found
        assert not rows_of(officer, name, q="somebody else")
        assert {getattr(row, "account_id", row.pk) for row in found} == {alice}


def test_events_are_found_by_person_and_by_account(officer, traded, alice):
    account = Account.objects.get(id=alice)
    for term in ("alice", account.account_number):
        streams = {row.stream for row in rows_of(officer, "eventlog_event", q=term)}
        assert streams == {f"account:{alice}", f"user:{account.owner_id}", f"order:{traded.id}"}
    assert rows_of(officer, "eventlog_event", q="the paper market")


def test_rules_are_found_by_who_set_them_and_by_account(officer, traded, alice):
    halt(officer, scope="ACCOUNT", account_id=str(alice))
    halt(officer, scope="SYMBOL", symbol="BAC")
    number = Account.objects.get(id=alice).account_number
    assert len(rows_of(officer, "risk_killswitch", q="olga")) == 2
    assert [row.account_id for row in rows_of(officer, "risk_killswitch", q=number)] == [alice]
    assert [row.account_id for row in rows_of(officer, "risk_killswitch", q="alice")] == [alice]


@pytest.mark.parametrize("name", sorted(set(LISTS) - MAY_SHOW_IDS))
def test_no_list_shows_an_id_where_a_person_expects_a_name(officer, traded, alice, name):
    halt(officer, scope="ACCOUNT", account_id=str(alice))
    page = page_of(browser(Role.ADMINISTRATOR, "adam"), f"{name}_changelist")
    assert not [cell for cell in cells(page) if UUID_TEXT.search(cell)]


def test_events_name_who_did_what_to_what(officer, traded):
    shown = " ".join(cells(page_of(officer, "eventlog_event_changelist")))
    assert "the paper market" in shown
    assert "order BUY 10 IBM" in shown
    assert not UUID_TEXT.search(shown.replace("request-1", ""))


@pytest.mark.parametrize("name", ["oms_order", "oms_execution", "oms_account", "eventlog_event"])
def test_every_time_is_new_yorks_to_the_second_in_lists_and_in_full_on_its_page(
    officer, traded, name
):
    page = page_of(officer, f"{name}_changelist")
    assert any(TO_SECOND.search(cell) for cell in cells(page))
    assert not any(TO_MICROSECOND.search(cell) for cell in cells(page))
    (row, *_) = rows_of(officer, name)
    assert TO_MICROSECOND.search(page_of(officer, f"{name}_change", None, row.pk))
    assert not re.search(r"\d{1,2}:\d{2} [ap]\.?m|noon|midnight", page)


def test_amounts_have_units(officer, traded):
    heads = page_of(officer, "oms_account_changelist")
    assert "Cash, $" in heads
    assert "98,175" in heads or "99,270.00" in heads
    assert "Quantity, shares" in page_of(officer, "oms_order_changelist")
    limits = page_of(officer, "risk_limit_changelist")
    assert "$250,000.00" in limits
    assert "5,000 ms" in limits
    assert "10 %" in limits


def test_a_refused_order_says_why_in_the_list_and_on_its_page(officer, traded, bob):
    denied = Order.objects.get(account=bob)
    assert denied.text
    page = page_of(officer, "oms_order_changelist", {"q": "bob"})
    assert denied.text.split(";")[0] in " ".join(cells(page)).replace("&#x27;", "'")
    life = page_of(officer, "oms_order_change", None, denied.id)
    assert reverse("admin:risk_limit_changelist").rstrip("/") in life  # the limit's own row


def test_the_account_page_shows_what_is_of_it_with_the_way_to_all(officer, traded, alice):
    page = page_of(officer, "oms_account_change", None, alice)
    for page_name in ("oms_order", "oms_position", "oms_execution", "oms_journalentry"):
        address = f"{reverse(f'admin:{page_name}_changelist')}?account__id__exact={alice}"
        assert address in page
        assert officer.get(address).status_code == 200
    assert f"?q={Account.objects.get(id=alice).account_number}" in page
    assert reverse("admin:oms_order_change", args=[traded.id]) in page
    assert "BUY 10 IBM" in page
    assert "OrderFilled" in page


# --- Export ---------------------------------------------------------------------------------------


def test_an_export_holds_what_the_filters_leave_in_full(officer, traded, alice):
    (row,) = csv.DictReader(io.StringIO(export(officer, "oms_order", q="alice")))
    assert row["Symbol"] == "IBM"
    assert row["Quantity, shares"] == "10"
    assert row["Average price, $"] == "182.5"
    assert row["Id"] == str(traded.id)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}-0[45]:00", row["Created at"])
    denied = list(csv.DictReader(io.StringIO(export(officer, "oms_order", status__exact="DENIED"))))
    assert [each["Status"] for each in denied] == ["DENIED"]
    assert denied[0]["Why"]


def test_an_export_is_whole_beyond_a_chunk_and_a_page(officer, market, alice, monkeypatch):
    monkeypatch.setattr("trading.infra.admin.lists._CHUNK", 7)
    for _ in range(60):
        place(alice, qty="1", limit="1.00")
    rows = list(csv.DictReader(io.StringIO(export(officer, "oms_order"))))
    assert len({row["Id"] for row in rows}) == len(rows) == 60


async def test_an_export_streams_on_the_server_that_runs():
    request = ASGIRequest(
        {"type": "http", "method": "GET", "path": "/", "headers": []}, io.BytesIO()
    )

    def read(last: object) -> tuple[list[Row], object]:
        rows: list[Row] = [["a", "=b"], ["c", 2]]
        at = 0 if last is None else int(str(last))
        return rows[at : at + 1], at + 1

    answer = csv_response(request=request, name="x.csv", headings=["One", "Two"], read=read)
    assert answer.is_async
    lines = [part async for part in answer]
    assert lines == [b"One,Two\r\n", b"a,'=b\r\n", b"c,2\r\n"]


def test_nobody_exports_what_they_may_not_see(db):
    assert browser(Role.TRADER, "tom").get(reverse("admin:oms_order_export")).status_code == 302
    address = reverse("admin:marketdata_provider_export")
    assert browser(Role.COMPLIANCE_OFFICER, "olga").get(address).status_code == 403


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+A1", "-A1", "@sum", "\t=1", "\r=1", " =1", "\uff1d1+1", '=HYPERLINK("x")', "-1+2"],
)
def test_a_cell_that_a_spreadsheet_would_run_is_text(text):
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("x;=HYPERLINK(1+1);123", "x;'=HYPERLINK(1+1);123"),
        ("x|@SUM(1); +1", "x|'@SUM(1); '+1"),
        ("a\t-A1", "a\t'-A1"),
        ("a\n=1", "a\n'=1"),
        (";=1", ";'=1"),
    ],
)
def test_a_part_that_another_separator_makes_a_cell_is_text(text, made):
    assert guarded(text) == made


@pytest.mark.parametrize("text", ["-5", "+5.00", "1825.50", "IBM", "", "2026-03-02T09:30:00-05:00"])
def test_numbers_and_words_stay_as_they_are(text):
    assert guarded(text) == text


def test_an_order_id_of_a_program_does_not_run_in_a_spreadsheet(officer, market, alice):
    place(alice, qty="1", limit="180.00", cl_ord_id='=cmd|" /C calc"!A1')
    (row,) = csv.DictReader(io.StringIO(export(officer, "oms_order")))
    assert row["Client order id"] == '\'=cmd|" /C calc"!A1'


def test_values_are_written_for_programs():
    assert text_of(Decimal("1E+3")) == "1000"
    assert text_of(True) == "yes"
    assert text_of(None) == ""
    assert text_of(["A", "B"]) == "A; B"


# --- Rules ----------------------------------------------------------------------------------------


def test_a_switch_has_no_scope_until_somebody_chooses(officer):
    page = page_of(officer, "risk_killswitch_add")
    radios = re.findall(r'<input type="radio"[^>]*>', page)
    assert len(radios) == 3
    assert not [radio for radio in radios if re.search(r"\schecked(?=[\s>])", radio)]
    halt(officer, reason="which?")
    assert not KillSwitch.objects.exists()


def test_an_unknown_symbol_is_neither_restricted_nor_halted(traded):
    client = browser(Role.COMPLIANCE_PRINCIPAL, "paula")
    answer = client.post(
        reverse("admin:risk_restriction_add"),
        {"symbol": "AAPPLE", "applies_to": "EVERYONE", "reason": "x"},
    )
    assert "There is no symbol AAPPLE." in answer.content.decode()
    halt(client, scope="SYMBOL", symbol="AAPPLE")
    assert not Restriction.objects.exists()
    assert not KillSwitch.objects.exists()


def test_a_form_that_comes_again_still_holds_what_was_chosen(officer, traded, alice):
    chosen = {"scope": "ACCOUNT", "account_id": str(alice), "symbol": "IBM", "reason": ""}
    page = officer.post(reverse("admin:risk_killswitch_add"), chosen).content.decode()
    options = re.findall(r'<option value="([^"]*)"[^>]*selected', page)
    assert {str(alice), "IBM"} <= set(options)
    assert "True" not in options


def test_a_lifted_switch_offers_no_lift(officer, traded):
    halt(officer, scope="SYMBOL", symbol="IBM")
    second = browser(name="dora")
    switch = KillSwitch.objects.get()
    lift = reverse("admin:risk_killswitch_lift", args=[switch.pk])
    for page in ("risk_killswitch_changelist", "risk_killswitch_change"):
        args = (switch.pk,) if page.endswith("change") else ()
        assert lift in page_of(second, page, None, *args)
        assert lift not in page_of(officer, page, None, *args)  # who engaged it cannot lift it
    assert "any compliance officer or principal but olga, who engaged it" in page_of(
        officer, "risk_killswitch_change", None, switch.pk
    )
    second.post(lift, {"reason": "over", "_form_submitted": "on"})
    for page in ("risk_killswitch_changelist", "risk_killswitch_change"):
        args = (switch.pk,) if page.endswith("change") else ()
        assert lift not in page_of(second, page, None, *args)


def test_the_form_of_a_switch_has_one_button_that_says_what_it_does(officer):
    page = page_of(officer, "risk_killswitch_add")
    buttons = re.findall(r'type="submit"[^>]*name="(_\w+)"', page)
    assert buttons == ["_save"]
    assert re.search(r'data-testid="stop-trading">Stop trading<', page)
    assert "bg-red-600" in page
    assert "Save" not in re.sub(r"<[^>]+>", " ", page.partition("submit-row")[2])


def test_choosers_find_accounts_by_owner_and_symbols_by_name(officer, traded, alice):
    found = officer.get(reverse("admin:choose_accounts"), {"term": "ali"}).json()["results"]
    assert [each["id"] for each in found] == [str(alice)]
    assert "alice" in found[0]["text"]
    found = officer.get(reverse("admin:choose_symbols"), {"term": "ibm"}).json()["results"]
    assert found[0]["id"] == "IBM"
    assert browser(Role.TRADER, "tom").get(reverse("admin:choose_accounts")).status_code == 302


def test_the_form_says_beforehand_how_many_orders_a_switch_cancels(officer, traded, alice, bob):
    place(bob, qty="1", limit="180.00")
    ask = reverse("admin:working_orders")
    assert officer.get(ask).json() == {"count": 2}
    assert officer.get(ask, {"symbol": "ibm"}).json() == {"count": 2}
    assert officer.get(ask, {"symbol": "BAC"}).json() == {"count": 0}
    assert officer.get(ask, {"account": str(alice)}).json() == {"count": 1}
    assert officer.get(ask, {"account": "nobody"}).status_code == 400
    assert f'data-address="{ask}"' in page_of(officer, "risk_killswitch_add")


def test_off_is_no_red_cross(officer, traded):
    page = page_of(officer, "identity_user_changelist")
    assert "close_small" not in page
    assert Execution.objects.count() == 1
