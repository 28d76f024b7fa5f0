"""What a provider lists becomes the security master by rules: all of it or nothing, and once."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from celery.schedules import crontab
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies as st

from marketdata import interface, tasks
from marketdata.contracts import Listing, LoadedListings
from marketdata.domain.listings import is_plausible, takeable
from marketdata.events import listings_stream
from marketdata.feeds.providers import (
    AuthenticationFailed,
    ProviderUnreachable,
    RateLimited,
)
from marketdata.models import Instrument
from marketdata.operations import load_listings as operation, read_listings
from marketdata.operations.load_listings import ImplausibleListings, NothingListed
from marketdata.operations.load_security_master import instrument_id
from marketdata.operations.read_listings import ListingsNotRead, NoListingSource
from tests.marketdata.build import changed, listing
from tests.marketdata.lister import Lister, configured, load
from trading.celery import app
from trading.eventlog.readers import list_stream
from trading.kernel.clock import utc_now

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_else_is_configured(settings, monkeypatch):
    settings.FEED, settings.PROVIDERS = "", {}
    monkeypatch.setattr(read_listings, "_RETRY_S", 0.0)
    monkeypatch.setattr(read_listings, "_LOOK_S", 0.01)
    monkeypatch.setattr(operation, "_first_failed_at", None)
    operation.counters.clear()


@pytest.fixture
def polygon():
    with configured("polygon") as lister:
        yield lister


@pytest.fixture
def alpaca():
    with configured("alpaca") as lister:
        yield lister


def lists(lister: Lister, *listings: Listing) -> None:
    lister.pages = [listings]


def row(symbol: str) -> dict[str, Any]:
    return dict(Instrument.objects.values().get(symbol=symbol))


def whole_master() -> list[dict[str, Any]]:
    return [dict(each) for each in Instrument.objects.order_by("symbol").values()]


def facts(source: str = "polygon") -> list[dict[str, Any]]:
    return [json.loads(event.payload) for event in list_stream(stream=listings_stream(source))]


# --- What a listing means for one instrument ------------------------------------------------------
def test_a_new_symbol_becomes_an_instrument_that_nobody_follows(polygon):
    lists(
        polygon,
        listing(symbol="ORCL", name="Oracle", mic="XNYS", figi="BBG000BQLTW7", tradable=True),
        Listing(symbol="NEW"),
    )
    loaded = load()
    assert loaded == LoadedListings(
        source="polygon", listed=2, refused=0, added=2, changed=0, retired=0
    )
    assert row("ORCL") == {
        "id": instrument_id(symbol="ORCL"),
        "symbol": "ORCL",
        "name": "Oracle",
        "exchange": "NYSE",
        "status": "active",
        "tradable": True,
        "marginable": True,
        "shortable": True,
        "easy_to_borrow": False,
        "fractionable": True,
        "is_followed": False,
        "reference_price": None,
        "mic": "XNYS",
        "cusip": "",
        "isin": "",
        "figi": "BBG000BQLTW7",
        "listed_by": "polygon",
    }
    # What the provider does not say is not allowed.
    unsaid = row("NEW")
    assert (unsaid["name"], unsaid["exchange"], unsaid["status"]) == ("NEW", "", "active")
    flags = ("tradable", "marginable", "shortable", "easy_to_borrow", "fractionable")
    assert not any(unsaid[flag] for flag in flags)


@pytest.mark.usefixtures("master")
def test_a_known_one_is_corrected_where_the_provider_says_something(polygon):
    before = row("IBM")
    lists(
        polygon,
        listing(
            symbol="IBM", name="IBM Corp", exchange="NASDAQ", shortable=False, fractionable=None
        ),
    )
    assert load().changed == 1
    assert row("IBM") == before | {
        "name": "IBM Corp",
        "exchange": "NASDAQ",
        "shortable": False,
        "easy_to_borrow": False,
        "listed_by": "polygon",
    }


@pytest.mark.usefixtures("master")
def test_what_is_not_said_stays(polygon):
    before = row("IBM")
    lists(polygon, Listing(symbol="IBM"))
    load()
    assert row("IBM") == before | {"listed_by": "polygon"}


@pytest.mark.usefixtures("master")
def test_a_provider_overwrites_no_identifier_and_adds_what_is_missing(polygon):
    Instrument.objects.filter(symbol="IBM").update(mic="")
    lists(polygon, listing(symbol="IBM", mic="XNAS", figi="BBG000B9XRY4"))
    load()
    assert (row("IBM")["mic"], row("IBM")["figi"]) == ("XNAS", "BBG000BLNNH6")


@pytest.mark.usefixtures("master")
def test_a_corrected_instrument_counts_at_once(polygon):
    found = interface.find_instrument(symbol="IBM")
    assert found is not None
    assert found.tradable
    lists(polygon, listing(symbol="IBM", tradable=False))
    load()
    found = interface.find_instrument(symbol="IBM")
    assert found is not None
    assert not found.tradable


# --- Who is retired -------------------------------------------------------------------------------
A, B, C, D = (listing(symbol=symbol) for symbol in "ABCD")


def is_there(symbol: str) -> tuple[str, bool]:
    return row(symbol)["status"], row(symbol)["tradable"]


def test_what_a_source_no_longer_lists_is_retired_and_comes_back_with_it(polygon):
    lists(polygon, A, B, C, D)
    load()
    lists(polygon, A, B, C)
    assert load().retired == 1
    assert [is_there(symbol) for symbol in "CD"] == [("active", True), ("inactive", False)]
    assert load().retired == 0  # it is
    lists(polygon, A, B, C, D)
    assert (load().changed, is_there("D")) == (1, ("active", True))


def test_a_followed_one_and_one_from_a_file_are_not_retired(polygon, master):
    lists(polygon, A, B, C, D)
    load()
    Instrument.objects.filter(symbol="D").update(is_followed=True)
    lists(polygon, A, B)
    assert load().retired == 1
    assert (is_there("C"), is_there("D")) == (("inactive", False), ("active", True))
    assert is_there("IBM") == ("active", True)


def test_what_another_source_listed_last_is_its_own(polygon, alpaca):
    lists(polygon, A, B, C)
    load()
    lists(alpaca, B, C, D)
    load("alpaca")
    lists(polygon, A, B)
    assert load().retired == 0  # C is the other's now
    lists(alpaca, C, D)
    assert load("alpaca").retired == 0  # and B is not
    lists(alpaca, C)
    assert load("alpaca").retired == 1
    assert [is_there(symbol)[0] for symbol in "ABCD"] == [*["active"] * 3, "inactive"]


# --- All of it or nothing -------------------------------------------------------------------------
def once(error: Exception, *, at: int) -> Any:
    def before(number: int) -> None:
        if number == at:
            raise error

    return before


def always(error: Exception, *, begin: int = 1) -> Any:
    def before(number: int) -> None:
        if number >= begin:
            raise error

    return before


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (AuthenticationFailed("no"), "polygon: AUTHENTICATION_FAILED: no"),
        (ProviderUnreachable("down"), "polygon: PROVIDER_UNREACHABLE: down"),
        (RateLimited("slow", retry_after_s=9_999), "polygon: RATE_LIMITED: slow"),
    ],
)
def test_an_answer_that_lacks_a_page_changes_nothing(polygon, error, told):
    polygon.pages = [[A, B], [C, D]]
    load()
    before = whole_master()
    polygon.pages = [[A, listing(symbol="B", name="Another")], [C]]
    polygon.asked.clear()
    polygon.before_answer = always(error, begin=2)
    with pytest.raises(ListingsNotRead) as refusal:
        load()
    assert refusal.value.message == told
    assert whole_master() == before
    assert len(facts()) == 1
    assert polygon.closed == 2


@pytest.mark.parametrize(
    "error", [ProviderUnreachable("down"), RateLimited("slow", retry_after_s=0)]
)
def test_a_bad_moment_is_waited_out(polygon, error):
    polygon.pages = [[A, B], [C, D]]
    polygon.before_answer = once(error, at=2)
    assert load().added == 4
    assert polygon.asked == [None, "1", "1"]


def test_pages_without_an_end_are_no_listing(polygon):
    polygon.pages = [[A], [B]]
    polygon.after_last = "1"
    with pytest.raises(ListingsNotRead, match="BAD_PAYLOAD: its pages go round in a circle"):
        load()


def test_what_takes_too_long_changes_nothing(polygon):
    lists(polygon, A)
    polygon.before_answer = always(RateLimited("slow", retry_after_s=0))
    with pytest.raises(ListingsNotRead, match="PROVIDER_UNREACHABLE: not all of it in 0 s"):
        load(timeout_s=0.2)
    assert whole_master() == []


def test_half_of_what_there_was_is_believed_and_less_is_not(polygon):
    lists(polygon, A, B, C, D)
    load()
    before = whole_master()
    lists(polygon, A)
    with pytest.raises(ImplausibleListings, match="lists 1 symbols, and listed 4") as refusal:
        load()
    assert "--accept-fewer" in refusal.value.message
    assert whole_master() == before
    lists(polygon, A, B)
    assert load().retired == 2
    lists(polygon, A)
    assert load().retired == 1


def test_fewer_are_taken_if_somebody_says_so_and_none_never(polygon):
    lists(polygon, A, B, C, D)
    load()
    lists(polygon, A)
    assert load(accepts_fewer=True).retired == 3
    lists(polygon)
    with pytest.raises(NothingListed):
        load(accepts_fewer=True)
    assert is_there("A") == ("active", True)


def test_what_another_source_lists_is_no_measure(polygon, alpaca):
    lists(polygon, A, B, C, D)
    load()
    lists(alpaca, A)
    assert load("alpaca").changed == 1


@pytest.mark.parametrize("listed", [1, 6_000, 11_000])
def test_the_first_listing_is_believed_unless_it_is_empty(listed):
    assert is_plausible(listed=listed, listed_before=0)
    assert not is_plausible(listed=0, listed_before=0)


def test_a_symbol_that_is_none_of_ours_is_counted_and_left_out(polygon):
    strange = ("BACpL", "BTC/USD", "", "A" * 17, "BRK A", "ÄG", "A\0")
    lists(polygon, A, *(listing(symbol=symbol) for symbol in strange), changed(A, name="Twin"))
    loaded = load()
    assert (loaded.listed, loaded.refused, loaded.added) == (1, 8, 1)
    assert row("A")["name"] == A.name


# --- The fact -------------------------------------------------------------------------------------
def test_each_load_is_one_fact(polygon):
    lists(polygon, A, B, listing(symbol="b"))
    load(request_id="r-1")
    assert facts() == [
        {
            "source": "polygon",
            "listed": 2,
            "refused": 1,
            "added": 2,
            "changed": 0,
            "retired": 0,
            "loaded_by": "user:bob",
        }
    ]
    (event,) = list_stream(stream="config:listings:polygon")
    assert (event.type, event.actor) == ("ListingsLoaded", "user:bob")


# --- Properties -----------------------------------------------------------------------------------
FLAGS = st.sampled_from([True, False, None])
LISTINGS = st.builds(
    Listing,
    symbol=st.sampled_from(["A", "B", "C", "IBM", "TWTR", "BRK.A", "bad", ""]),
    name=st.text(max_size=250),
    exchange=st.sampled_from(["", *Instrument.Exchange.values]),
    mic=st.sampled_from(["", "XNYS", "NONSENSE"]),
    figi=st.sampled_from(["", "BBG000BLNNH6", "BBG000BLNNH7"]),
    is_active=st.booleans(),
    tradable=FLAGS,
    marginable=FLAGS,
    shortable=FLAGS,
    easy_to_borrow=FLAGS,
    fractionable=FLAGS,
)


@hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(LISTINGS, max_size=12))
def test_the_same_listing_again_changes_nothing(master, polygon, rows):
    # The examples follow each other on one master, so each begins where the last one ended.
    lists(polygon, A, *rows)
    first = load(accepts_fewer=True)
    before = whole_master()
    again = load()
    assert (again.added, again.changed, again.retired) == (0, 0, 0)
    assert (again.listed, again.refused) == (first.listed, first.refused)
    assert first.listed + first.refused == len(rows) + 1
    assert whole_master() == before


@hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(LISTINGS, max_size=8), st.lists(LISTINGS, max_size=8))
def test_nobody_is_retired_but_what_the_source_alone_dropped(
    master, polygon, alpaca, first, second
):
    lists(alpaca, B, *first)
    load("alpaca", accepts_fewer=True)
    lists(polygon, A, *second)
    before = {each["symbol"]: each for each in whole_master()}
    load(accepts_fewer=True)
    listed = {each.symbol for each in takeable([A, *second])[0]}
    for each in whole_master():
        was = before.get(each["symbol"])
        if each["symbol"] in listed:
            assert each["listed_by"] == "polygon"
            continue
        assert was is not None
        if was["listed_by"] == "polygon" and not was["is_followed"]:
            assert each == was | {"status": "inactive", "tradable": False}
        else:
            assert each == was


# --- Who is asked ---------------------------------------------------------------------------------
def test_only_who_lists_and_has_a_key_can_be_asked(settings):
    settings.PROVIDERS = {"tiingo": {"token": "k"}, "polygon": {"api_key": "k"}}
    assert interface.list_listing_sources() == ["polygon"]
    for name in ("tiingo", "alpaca", "bloomberg"):
        with pytest.raises(NoListingSource, match="can be asked: polygon"):
            load(name)


def test_the_best_of_the_feed_comes_first(settings, alpaca):
    settings.PROVIDERS = {"polygon": {"api_key": "k"}}
    assert interface.list_listing_sources() == ["alpaca", "polygon"]
    settings.FEED = "polygon"
    assert interface.list_listing_sources() == ["polygon", "alpaca"]


def test_a_key_that_the_provider_repeats_is_not_told(settings, polygon):
    settings.PROVIDERS = {"polygon": {"api_key": "alices-own-key"}}
    polygon.before_answer = always(AuthenticationFailed("unknown key alices-own-key"))
    with pytest.raises(ListingsNotRead) as refusal:
        load()
    assert refusal.value.message == "polygon: AUTHENTICATION_FAILED: unknown key …"


# --- The command ----------------------------------------------------------------------------------
def test_the_command_shows_how_it_goes(polygon):
    polygon.pages = [[A, B], [C]]
    out = StringIO()
    call_command("load_listings", stdout=out)
    assert out.getvalue().splitlines() == [
        "2 rows read",
        "3 rows read",
        "polygon: 3 listed: 3 added, 0 changed, 0 retired; 0 refused",
    ]
    assert facts()[0]["loaded_by"] == "system:load-listings"


def test_the_command_asks_whom_it_is_told_to(polygon, alpaca):
    lists(alpaca, A)
    call_command("load_listings", "--source=alpaca", stdout=StringIO())
    assert (polygon.asked, alpaca.asked) == ([], [None])


def test_the_command_fails_by_name(polygon):
    lists(polygon, A, B, C)
    call_command("load_listings", stdout=StringIO())
    lists(polygon, A)
    with pytest.raises(CommandError, match="IMPLAUSIBLE_LISTINGS: polygon lists 1 symbols"):
        call_command("load_listings", stdout=StringIO())
    call_command("load_listings", "--accept-fewer", stdout=StringIO())
    with pytest.raises(CommandError, match="NO_LISTING_SOURCE: 'alpaca'"):
        call_command("load_listings", "--source=alpaca", stdout=StringIO())


def test_the_command_needs_somebody_to_ask():
    with pytest.raises(CommandError, match="NO_LISTING_SOURCE"):
        call_command("load_listings", stdout=StringIO())


def test_ctrl_c_stops_the_command_and_nothing_is_changed(polygon):
    polygon.pages = [[A], [B]]
    polygon.before_answer = once(KeyboardInterrupt(), at=2)  # type: ignore[arg-type]
    with pytest.raises(CommandError, match="nothing was changed"):
        call_command("load_listings", stdout=StringIO())
    assert whole_master() == []


# --- Every day ------------------------------------------------------------------------------------
def test_it_is_loaded_each_weekday_before_the_market_opens():
    (entry,) = [
        each for each in app.conf.beat_schedule.values() if each["task"] == tasks.load_listings.name
    ]
    assert entry["schedule"] == crontab(hour=5, minute=30, day_of_week="mon-fri")
    assert app.conf.timezone == "America/New_York"


def test_the_task_loads_from_the_best_provider(polygon, alpaca, settings):
    settings.FEED = "polygon"
    lists(polygon, A)
    tasks.load_listings()
    assert alpaca.asked == []
    assert facts()[0]["loaded_by"] == "system:daily-listings"
    assert interface.listing_counters() == {}


def test_what_was_never_loaded_is_loaded_at_once_and_once(polygon):
    lists(polygon, A)
    tasks.load_first_listings()
    tasks.load_first_listings()
    assert len(facts()) == len(polygon.asked) == 1


def test_a_first_load_that_failed_is_tried_again_after_an_hour(polygon):
    lists(polygon, A)
    polygon.before_answer = always(AuthenticationFailed("bad key"))
    now = utc_now()
    for minutes in (0, 1, 59):
        operation.load_first(now=now + timedelta(minutes=minutes), is_stopping=lambda: False)
    assert len(polygon.asked) == 1
    polygon.before_answer = lambda _number: None
    again = operation.load_first(now=now + timedelta(minutes=60), is_stopping=lambda: False)
    assert again is not None
    assert interface.listing_counters() == {"LISTINGS_FAILED": 1}


def test_the_tasks_do_nothing_when_nobody_can_be_asked():
    tasks.load_listings()
    tasks.load_first_listings()
    assert (whole_master(), interface.listing_counters()) == ([], {})


@pytest.mark.parametrize("error", [AuthenticationFailed("bad key"), RuntimeError("a defect")])
def test_the_task_logs_and_counts_its_failures(polygon, caplog, error):
    lists(polygon, A)
    polygon.before_answer = always(error)
    tasks.load_listings()
    tasks.load_listings()
    assert interface.listing_counters() == {"LISTINGS_FAILED": 2}
    assert str(error) in caplog.text
    assert whole_master() == []


def test_a_provider_that_lists_nothing_is_no_error_and_gets_no_advice_for_another_case(
    polygon, caplog
):
    lists(polygon)
    tasks.load_listings()
    (told,) = (each for each in caplog.records if "NOTHING_LISTED" in each.getMessage())
    assert told.levelname == "WARNING"
    assert "accept-fewer" not in caplog.text
    assert interface.listing_counters() == {"LISTINGS_FAILED": 1}


def test_the_task_ends_when_the_process_does(polygon):
    lists(polygon, A)
    polygon.before_answer = always(RateLimited("slow", retry_after_s=60))
    ends_at = utc_now() + timedelta(seconds=0.05)
    assert operation.load_daily(now=utc_now(), is_stopping=lambda: utc_now() > ends_at) is None
    assert interface.listing_counters() == {}
