"""Reference data is read by staff and corrected by administrators only."""

import pytest
from django.test import Client
from django.urls import reverse

from marketdata import interface
from marketdata.models import Instrument
from marketdata.store import bars
from tests.marketdata.build import bar
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


def test_an_administrator_corrects_an_instrument_and_it_counts_at_once(sign_in):
    client = sign_in(Role.ADMINISTRATOR)
    assert is_shortable()
    assert change(client) == 302
    assert not is_shortable()


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


@pytest.mark.parametrize("model", ["instrument", "minutebar"])
def test_nobody_adds_or_deletes(sign_in, model):
    client = sign_in(Role.ADMINISTRATOR)
    bars.write(bars=[bar()])
    assert client.get(reverse(f"admin:marketdata_{model}_add")).status_code == 403
    row = Instrument.objects.get(symbol="IBM")
    key = row.pk if model == "instrument" else 1
    assert client.post(
        reverse(f"admin:marketdata_{model}_delete", args=[key]), {"post": "yes"}
    ).status_code in {302, 403}
    assert Instrument.objects.filter(symbol="IBM").exists()


def test_minute_bars_are_read(sign_in):
    client = sign_in(Role.COMPLIANCE_OFFICER)
    bars.write(bars=[bar()])
    page = client.get(reverse("admin:marketdata_minutebar_changelist"), {"q": "IBM"})
    assert page.status_code == 200
    assert b"IBM" in page.content
