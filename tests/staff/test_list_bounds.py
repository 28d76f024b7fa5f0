"""What a list may be asked: its own filters, links to it, and a search of a bounded length."""

import pytest
from django.urls import reverse

from oms.models import Order
from tests.staff.conftest import browser, place, rows_of
from tests.staff.test_lists import LISTS
from trading.identity.roles import Role

pytestmark = pytest.mark.django_db

TOO_MUCH = ["a " * 2_000, "a" * 101, "a b c d e f g h i j k"]
DAY = "2026-01-01T00:00:00-05:00"
SAID = "Search for at most 100 characters and 10 words."


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("identity_apikey", {"secret_hash__gt": "a"}),
        ("identity_apikey", {"user__password__startswith": "argon2"}),
        ("identity_user", {"password__startswith": "argon2"}),
        ("identity_user", {"role__regex": "("}),
        ("oms_order", {"id__regex": "("}),
        ("oms_order", {"status__regex": "("}),
        ("oms_order", {"created_at__regex": "("}),
        ("oms_order", {"account__owner__email__startswith": "a"}),
        ("oms_account", {"owner__username__startswith": "al"}),
        ("eventlog_event", {"payload__contains": "x"}),
        ("eventlog_event", {"stream__regex": "("}),
        ("marketdata_instrument", {"name__iregex": "("}),
        ("marketdata_provider", {"sealed_secrets__gt": "a"}),
    ],
)
@pytest.mark.parametrize("page", ["changelist", "export"])
def test_a_list_is_filtered_by_its_own_filters_only(name, query, page):
    client = browser(Role.ADMINISTRATOR)
    assert client.get(reverse(f"admin:{name}_{page}"), query).status_code == 400


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("oms_order", {"status__in": "DENIED,REJECTED", "created_at__gte": DAY}),
        ("oms_order", {"created_at__year": "2026", "created_at__month": "5"}),
        ("oms_order", {"created_at__gte": DAY, "created_at__lt": DAY}),
        ("oms_suspendedreport", {"resolution__isempty": "1"}),
        ("marketdata_corporateaction", {"contradicted": "yes"}),
        ("eventlog_event", {"stream__exact": "order:a"}),
        ("identity_user", {"is_active__exact": "1", "role__exact": "TRADER"}),
    ],
)
def test_filters_and_links_of_the_site_filter(name, query):
    client = browser(Role.ADMINISTRATOR)
    answer = client.get(reverse(f"admin:{name}_changelist"), query)
    assert answer.status_code == 200


def test_every_filter_that_a_list_offers_is_taken(market, alice, officer):
    place(alice, qty="10", limit="182.50")
    client = browser(Role.ADMINISTRATOR, "adam")
    for name in LISTS:
        page = client.get(reverse(f"admin:{name}_changelist"))
        listed = page.context["cl"]
        for spec in listed.filter_specs:
            for parameter in spec.expected_parameters():
                assert listed.model_admin.lookup_allowed(parameter, "1", page.wsgi_request)


@pytest.mark.parametrize("term", TOO_MUCH)
@pytest.mark.parametrize("page", ["changelist", "export"])
def test_a_search_for_too_much_is_refused_in_words(officer, term, page):
    answer = officer.get(reverse(f"admin:oms_order_{page}"), {"q": term}, follow=True)
    assert answer.redirect_chain[0][1] == 302
    assert SAID in answer.content.decode()


@pytest.mark.parametrize("term", ["alice " * 11, "alice".ljust(101, "x")])
def test_a_chooser_finds_nothing_for_too_much(market, alice, term):
    client = browser(Role.ADMINISTRATOR, "adam")
    asked = {"app_label": "oms", "model_name": "account", "field_name": "owner"}
    address = reverse("admin:autocomplete")
    found = client.get(address, {**asked, "term": "alice"}).json()["results"]
    assert [each["text"] for each in found] == ["alice"]
    assert client.get(address, {**asked, "term": term}).json()["results"] == []


def test_ten_words_are_looked_for(officer, market, alice):
    placed = place(alice, qty="10", limit="182.50")
    assert rows_of(officer, "oms_order", q="alice " * 10) == [Order.objects.get(id=placed.id)]
