"""What a source tells of an action may change: it is one action, its newest telling in force."""

from datetime import date, datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from marketdata import interface
from marketdata.contracts import CorporateAction, CorporateActionKind, HistoryKind
from marketdata.domain.actions import Telling, in_force
from marketdata.domain.symbols import FIRST_DAY_UNKNOWN, SymbolSpell, spells_with
from marketdata.models import CorporateAction as Row, Coverage
from marketdata.operations import run_backfills
from marketdata.store import actions, coverage, symbols
from trading.identity.interface import Role
from trading.identity.models import User
from trading.kernel.clock import NEW_YORK

KINDS = CorporateActionKind
FIRST, LAST = date(2026, 11, 2), date(2026, 12, 31)
FIFTEENTH, SIXTEENTH = date(2026, 12, 15), date(2026, 12, 16)
TOLD = datetime(2026, 11, 27, 12, tzinfo=NEW_YORK)


def dividend(on: date, rate: float, source: str = "fake") -> CorporateAction:
    return CorporateAction(
        kind=KINDS.CASH_DIVIDEND, symbol="IBM", ex_date=on, source=source, rate=rate
    )


def split(old: float, new: float, on: date = FIFTEENTH, source: str = "fake") -> CorporateAction:
    return CorporateAction(
        kind=KINDS.SPLIT, symbol="IBM", ex_date=on, source=source, old_rate=old, new_rate=new
    )


def renamed(old: str, new: str, on: date) -> CorporateAction:
    return CorporateAction(
        kind=KINDS.SYMBOL_CHANGE, symbol=old, new_symbol=new, ex_date=on, source="fake"
    )


@pytest.fixture
def read_whole(fake, ibm, hand_clock):
    """Let the provider tell these actions of the whole range, now."""

    def read(*told: CorporateAction, first: date = FIRST, last: date = LAST) -> None:
        fake.actions = list(told)
        interface.request_backfill(
            symbol="IBM", kind=HistoryKind.CORPORATE_ACTIONS, source="fake",
            first_date=first, last_date=last, requested_by="test",
        )  # fmt: skip
        run_backfills.run_due(is_stopping=lambda: False)

    return read


def of_ibm() -> list[CorporateAction]:
    return interface.list_corporate_actions(symbol="IBM", first_date=FIRST, last_date=LAST)


pytestmark = pytest.mark.django_db(transaction=True)


def test_a_dividend_that_is_restated_and_moved_is_one_dividend(read_whole):
    read_whole(dividend(FIFTEENTH, 0.25))
    read_whole(dividend(FIFTEENTH, 0.30))
    assert of_ibm() == [dividend(FIFTEENTH, 0.30)]
    read_whole(dividend(SIXTEENTH, 0.30))
    assert of_ibm() == [dividend(SIXTEENTH, 0.30)]
    assert Row.objects.count() == 3  # what was told stays in the record
    assert Row.objects.filter(withdrawn_at=None).count() == 1


def test_what_is_told_again_is_in_force_again_and_what_was_not_asked_for_stays(read_whole):
    read_whole(dividend(FIFTEENTH, 0.25), dividend(SIXTEENTH, 0.50))
    read_whole(last=FIFTEENTH)
    assert of_ibm() == [dividend(SIXTEENTH, 0.50)]
    read_whole(dividend(FIFTEENTH, 0.25), dividend(SIXTEENTH, 0.50))
    assert of_ibm() == [dividend(FIFTEENTH, 0.25), dividend(SIXTEENTH, 0.50)]


def test_a_clock_that_steps_back_does_not_bring_back_what_was_withdrawn(ibm):
    later = actions.next_telling(instrument_id=ibm, source="fake", now=TOLD)
    actions.write(instrument_id=ibm, actions=[dividend(FIFTEENTH, 0.25)], told_at=later)
    now = actions.next_telling(instrument_id=ibm, source="fake", now=TOLD - timedelta(days=1))
    assert now > later


def test_a_regular_and_a_special_dividend_of_one_day_are_both_paid(read_whole):
    read_whole(dividend(FIFTEENTH, 0.25), dividend(FIFTEENTH, 1.00))
    assert of_ibm() == [dividend(FIFTEENTH, 0.25), dividend(FIFTEENTH, 1.00)]


def test_two_changes_of_symbol_of_one_day_are_both_kept_and_contradicted(read_whole):
    read_whole(renamed("IBM", "A", FIFTEENTH), renamed("IBM", "B", FIFTEENTH))
    assert [(each.new_symbol, each.is_contradicted) for each in of_ibm()] == [
        ("A", True),
        ("B", True),
    ]
    read_whole(renamed("IBM", "B", FIFTEENTH))
    assert of_ibm() == [renamed("IBM", "B", FIFTEENTH)]


def test_a_change_of_symbol_without_its_old_one_is_asked_for_again(ibm):
    actions.write(
        instrument_id=ibm,
        actions=[renamed("IBM", "A", FIFTEENTH), dividend(SIXTEENTH, 0.25)],
        told_at=TOLD,
    )
    kind = HistoryKind.CORPORATE_ACTIONS
    days = {FIFTEENTH: "fake", SIXTEENTH: "lean"}
    for on, source in days.items():
        coverage.hold(instrument_id=ibm, kind=kind, dates=[on], source=source, held_at=TOLD)
    migration = import_module("marketdata.migrations.0022_read_changes_of_symbol_again")
    with connection.schema_editor() as editor:
        migration.let_go(apps, editor)
    assert coverage.sources_of(instrument_id=ibm, kind=kind, dates=days) == days
    Row.objects.update(old_symbol="")  # as rows were before it was kept
    with connection.schema_editor() as editor:
        migration.let_go(apps, editor)
    assert coverage.sources_of(instrument_id=ibm, kind=kind, dates=days) == {SIXTEENTH: "lean"}


def tellings(*told: CorporateAction) -> list[Telling]:
    return [Telling(action=action, told_at=TOLD) for action in told]


@pytest.mark.parametrize(
    "pair",
    [
        (split(15, 1), split(1, 15)),
        (split(1, 2), split(1, 3)),
        (split(1, 2), split(0, 2)),
        (
            split(1, 2),
            CorporateAction(
                kind=KINDS.STOCK_DIVIDEND, symbol="IBM", ex_date=FIFTEENTH, source="fake", rate=0.5
            ),
        ),
        (renamed("IBM", "A", FIFTEENTH), renamed("IBM", "B", FIFTEENTH)),
    ],
)
def test_two_that_cannot_both_be_are_both_named(pair):
    found = in_force(tellings=tellings(*pair), held_from={})
    assert [each.is_contradicted for each in found] == [True, True]


@pytest.mark.parametrize(
    "pair",
    [
        (split(1, 2), split(2, 4)),
        (
            split(4, 5),
            CorporateAction(
                kind=KINDS.STOCK_DIVIDEND, symbol="IBM", ex_date=FIFTEENTH, source="fake", rate=0.25
            ),
        ),
    ],
)
def test_two_that_say_the_same_are_one(pair):
    assert in_force(tellings=tellings(*pair), held_from={}) == [pair[0]]


def test_of_a_day_that_is_held_its_source_counts_also_for_what_it_does_not_tell():
    """A dividend that one source moved is not also paid on the day that the other still tells."""
    told = tellings(dividend(FIFTEENTH, 0.3, "alpaca"), dividend(SIXTEENTH, 0.3, "polygon"))
    held = {FIFTEENTH: "polygon", SIXTEENTH: "polygon"}
    assert in_force(tellings=told, held_from=held) == [dividend(SIXTEENTH, 0.3, "polygon")]
    assert len(in_force(tellings=told, held_from={})) == 2


@pytest.fixture
def contradicted(ibm):
    actions.write(instrument_id=ibm, actions=[split(15, 1), split(1, 15)], told_at=TOLD)


@pytest.mark.usefixtures("contradicted")
def test_contradicted_splits_change_no_price_and_are_named(client):
    found = interface.history(
        symbol="IBM",
        start=datetime(2026, 12, 1, tzinfo=NEW_YORK),
        end=datetime(2026, 12, 14, tzinfo=NEW_YORK),
        timeframe="1Day",
        adjustment="split",
        now=datetime(2026, 12, 20, tzinfo=NEW_YORK),
    )
    assert found is not None
    assert {(each.old_rate, each.new_rate) for each in found.unadjusted} == {(15, 1), (1, 15)}
    client.force_login(User.objects.create_user(username="alice", password="correct horse"))
    query = {"symbols": "IBM", "start": f"{FIRST}", "end": f"{LAST}"}
    told = client.get("/v1/corporate-actions", query).json()["corporate_actions"]
    assert [row["contradicted"] for rows in told.values() for row in rows] == [True, True]


@pytest.mark.usefixtures("contradicted")
def test_staff_see_what_is_contradicted_and_what_is_withdrawn(client, ibm):
    actions.write(instrument_id=ibm, actions=[dividend(SIXTEENTH, 0.3)], told_at=TOLD)
    Row.objects.filter(kind=KINDS.CASH_DIVIDEND).update(withdrawn_at=TOLD)
    client.force_login(
        User.objects.create(
            username="root", role=Role.ADMINISTRATOR, is_staff=True, is_superuser=True
        )
    )
    page = client.get("/admin/marketdata/corporateaction/").content.decode()
    assert page.count("CONTRADICTED, not applied") == 2
    assert "withdrawn" in page
    only = client.get("/admin/marketdata/corporateaction/?contradicted=yes").content.decode()
    assert only.count("CONTRADICTED, not applied") == 2
    assert "CASH_DIVIDEND</td>" not in only


# --- Names ----------------------------------------------------------------------------------------
RENAMED = date(2026, 11, 9)


def test_a_change_of_symbol_keeps_the_old_one_and_makes_its_days(read_whole, ibm, client):
    coverage.hold(
        instrument_id=ibm, kind=HistoryKind.DAILY_BARS, source="fake", held_at=TOLD,
        dates=[date(2026, 11, 6), date(2026, 11, 10)],
    )  # fmt: skip
    read_whole(renamed("OLD", "IBM", RENAMED))
    assert of_ibm() == [renamed("OLD", "IBM", RENAMED)]
    assert symbols.spells_of(instrument_id=ibm) == [
        SymbolSpell(symbol="OLD", from_date=FIRST_DAY_UNKNOWN, to_date=date(2026, 11, 8)),
        SymbolSpell(symbol="IBM", from_date=RENAMED, to_date=None),
    ]
    # What was asked for under the wrong name is not known, so it is asked for again.
    daily = Coverage.objects.filter(kind=HistoryKind.DAILY_BARS)
    assert list(daily.values_list("trade_date", flat=True)) == [date(2026, 11, 10)]
    client.force_login(User.objects.create_user(username="alice", password="correct horse"))
    for symbol in ("IBM", "OLD"):
        told = client.get(
            "/v1/corporate-actions",
            {"symbols": symbol, "start": f"{FIRST}", "end": f"{LAST}"},
        ).json()["corporate_actions"]
        (change,) = told["name_changes"]
        assert (change["old_symbol"], change["new_symbol"]) == ("OLD", "IBM")


def test_bars_of_the_old_name_are_asked_for_by_it(read_whole, fake):
    read_whole(renamed("OLD", "IBM", RENAMED))
    fake.requests.clear()
    interface.request_backfill(
        symbol="IBM", kind=HistoryKind.DAILY_BARS, source="fake",
        first_date=date(2026, 11, 5), last_date=date(2026, 11, 12), requested_by="test",
    )  # fmt: skip
    run_backfills.run_due(is_stopping=lambda: False)
    assert [(symbol, on) for symbol, on, token in fake.requests if token is None] == [
        ("OLD", date(2026, 11, 5)),
        ("IBM", RENAMED),
    ]


def test_what_issuers_did_under_either_name_is_asked_for_by_that_name(read_whole, fake):
    read_whole(renamed("OLD", "IBM", RENAMED))
    fake.requests.clear()
    read_whole(renamed("OLD", "IBM", RENAMED), dividend(FIFTEENTH, 0.3))
    assert [(symbol, on) for symbol, on, _ in fake.requests] == [("OLD", FIRST), ("IBM", RENAMED)]
    assert dividend(FIFTEENTH, 0.3) in of_ibm()


def test_names_follow_a_change_that_moves():
    first = spells_with(known=[], changes=[renamed("OLD", "IBM", RENAMED)], today="IBM")
    moved = spells_with(known=first, changes=[renamed("OLD", "IBM", FIFTEENTH)], today="IBM")
    assert moved[-1].from_date == FIFTEENTH


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ([], []),
        ([renamed("A", "B", RENAMED)], []),  # somebody else's
        ([renamed("IBM", "IBM", RENAMED)], []),
        ([renamed("A", "B", RENAMED), renamed("B", "IBM", FIFTEENTH)], ["A", "B", "IBM"]),
        ([renamed("IBM", "NEW", LAST)], ["IBM", "NEW"]),  # to come
    ],
)
def test_only_changes_that_lead_to_todays_name_make_names(changes, names):
    spells = spells_with(known=[], changes=changes, today="IBM")
    assert [each.symbol for each in spells] == names


def test_names_from_a_file_are_gone_on_with():
    file = [
        SymbolSpell(symbol="A", from_date=date(2000, 1, 3), to_date=date(2010, 1, 3)),
        SymbolSpell(symbol="B", from_date=date(2010, 1, 4), to_date=None),
    ]
    spells = spells_with(known=file, changes=[renamed("B", "IBM", RENAMED)], today="IBM")
    assert spells[0] == file[0]
    assert [each.symbol for each in spells] == ["A", "B", "IBM"]


def test_actions_are_found_by_cusip(client, read_whole):
    read_whole(dividend(FIFTEENTH, 0.25))
    ibm = interface.find_instrument(symbol="IBM")
    assert ibm is not None
    assert ibm.cusip
    client.force_login(User.objects.create_user(username="alice", password="correct horse"))

    def get(**query):
        return client.get("/v1/corporate-actions", {"start": f"{FIRST}", "end": f"{LAST}", **query})

    assert len(get(cusips=ibm.cusip).json()["corporate_actions"]["cash_dividends"]) == 1
    assert get(cusips="000000000").json()["corporate_actions"] == {}
    both = get(cusips="000000000", symbols="IBM").json()["corporate_actions"]
    assert len(both["cash_dividends"]) == 1
    assert get(cusips="12").status_code == 400
