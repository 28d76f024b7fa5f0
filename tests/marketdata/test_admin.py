"""Reference data is read by staff and corrected by administrators only."""

from datetime import date

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from marketdata import interface
from marketdata.models import DailyBar, Instrument
from trading.identity.interface import Role

pytestmark = pytest.mark.usefixtures("master")


def is_shortable() -> bool:
    found = interface.find_instrument(symbol="IBM")
    assert found is not None
    return found.shortable


def change(client: Client, **changed: object) -> int:
    row = Instrument.objects.get(symbol="IBM")
    fields = {
        "name": row.name,
        "exchange": row.exchange,
        "status": row.status,
        "tradable": "on",
        "reference_price": row.reference_price,
        **changed,
    }
    return client.post(
        reverse("admin:marketdata_instrument_change", args=[row.pk]), fields
    ).status_code


def test_an_administrator_corrects_an_instrument_and_it_counts_at_once(
    sign_in, django_capture_on_commit_callbacks
):
    client = sign_in(Role.ADMINISTRATOR)
    assert is_shortable()
    with django_capture_on_commit_callbacks(execute=True):
        assert change(client) == 302
    assert not is_shortable()


def choose(client: Client, action: str, *symbols: str) -> None:
    rows = Instrument.objects.filter(symbol__in=symbols)
    client.post(
        reverse("admin:marketdata_instrument_changelist"),
        {"action": action, "_selected_action": [str(row.pk) for row in rows]},
    )


def followed() -> set[str]:
    return {each.symbol for each in interface.list_followed_instruments()}


def test_an_administrator_says_what_is_always_followed(sign_in):
    client = sign_in(Role.ADMINISTRATOR)
    everything = followed()
    choose(client, "leave", "IBM", "KO")
    assert followed() == everything - {"IBM", "KO"}
    choose(client, "follow", "KO", "SPY")
    assert followed() == everything - {"IBM"}
    said = LogEntry.objects.values_list("object_repr", "change_message").order_by("id")
    assert [(symbol, "True" in words) for symbol, words in said] == [
        ("IBM", False),
        ("KO", False),
        ("KO", True),
    ]


def test_a_compliance_officer_does_not_say_what_is_followed(sign_in):
    client = sign_in(Role.COMPLIANCE_OFFICER)
    before = followed()
    choose(client, "leave", "IBM")
    assert followed() == before


def test_a_compliance_officer_reads_and_changes_nothing(sign_in):
    client = sign_in(Role.COMPLIANCE_OFFICER)
    assert client.get(reverse("admin:marketdata_instrument_changelist")).status_code == 200
    assert change(client) == 403
    assert is_shortable()


def test_instruments_are_searched_and_filtered(sign_in):
    client = sign_in(Role.ADMINISTRATOR)
    page = client.get(
        reverse("admin:marketdata_instrument_changelist"), {"q": "coca", "status__exact": "active"}
    )
    assert [row.symbol for row in page.context["cl"].result_list] == ["KO"]


def a_daily_bar() -> DailyBar:
    instrument = Instrument.objects.get(symbol="IBM")
    return DailyBar.objects.create(
        instrument=instrument,
        trade_date=date(2025, 1, 2),
        open=182.0,
        high=183.0,
        low=181.0,
        close=182.5,
        volume=1e6,
        trade_count=9_000,
        vwap=182.2,
        source="test",
    )


@pytest.mark.parametrize("model", [Instrument, DailyBar])
def test_nobody_adds_or_deletes(sign_in, model):
    client = sign_in(Role.ADMINISTRATOR)
    a_daily_bar()
    name = model._meta.model_name
    assert client.get(reverse(f"admin:marketdata_{name}_add")).status_code == 403
    before = model.objects.count()
    for row in model.objects.all():
        url = reverse(f"admin:marketdata_{name}_delete", args=[row.pk])
        assert client.post(url, {"post": "yes"}).status_code in {302, 403}
    assert model.objects.count() == before


def test_daily_bars_are_read(sign_in):
    client = sign_in(Role.COMPLIANCE_OFFICER)
    a_daily_bar()
    page = client.get(reverse("admin:marketdata_dailybar_changelist"), {"q": "IBM"})
    assert page.status_code == 200
    assert b"IBM" in page.content


def test_an_instrument_is_looked_up_where_thousands_would_not_fit_the_page(sign_in):
    client = sign_in(Role.ADMINISTRATOR)
    page = client.get(reverse("admin:marketdata_backfill_add")).content.decode()
    assert "data-ajax--url" in page
    assert "BRK.A" not in page
    found = client.get(
        reverse("admin:autocomplete"),
        {
            "term": "brk",
            "app_label": "marketdata",
            "model_name": "backfill",
            "field_name": "instrument",
        },
    )
    assert [each["text"] for each in found.json()["results"]] == ["BRK.A"]


def test_who_listed_an_instrument_is_shown_and_not_changed(sign_in):
    Instrument.objects.filter(symbol="IBM").update(listed_by="alpaca", exchange="")
    assert change(sign_in(Role.ADMINISTRATOR), listed_by="me") == 302
    assert Instrument.objects.get(symbol="IBM").listed_by == "alpaca"
