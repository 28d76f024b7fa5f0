"""The staff sees how the feeds are, without being able to change anything."""

import re
from collections import Counter

import pytest
from django.urls import reverse

from marketdata import interface
from marketdata.admin.feeds import _MEANINGS
from marketdata.domain.quality import Refusal
from marketdata.domain.stream_messages import Encoding
from marketdata.operations import load_listings, run_feed, stream_market
from tests.marketdata.build import quote, trade
from tests.marketdata.configuration.conftest import enable_alpaca
from tests.marketdata.fakes import SilentFeed
from trading.identity.roles import Role
from trading.kernel import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("master")]


def shown(client) -> str:
    response = client.get(reverse("admin:marketdata_feeds"))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("role", sorted({*Role} - {Role.TRADER}))
def test_everybody_on_the_staff_sees_it(sign_in, role):
    assert "Sources" in shown(sign_in(role))


def test_what_came_is_counted_by_what_became_of_it(sign_in):
    interface.start_feed(feed=SilentFeed())
    now = clock.now_ns()
    interface.accept_ticks(
        ticks=[
            *(trade(trade_id=n, ts_event=now) for n in range(1, 1235)),
            quote(bid_px=10, ask_px=9, ts_event=now),
            quote(symbol="XYZ", ts_event=now),
        ]
    )
    page = shown(sign_in(Role.COMPLIANCE_OFFICER))
    for words in (
        '<b data-testid="feed-name">Simulated</b>',
        "not a real market",
        '>ACCEPTED</th><td data-label="Updates" class="num">1,234</td>',
        '>CROSSED</th><td data-label="Updates" class="num">1</td>',
        '>UNKNOWN_SYMBOL</th><td data-label="Updates" class="num">1</td>',
    ):
        assert words in page
    assert re.search(r"last tick \d+ s ago", page)


def test_each_source_says_how_it_is(sign_in, settings):
    enable_alpaca()
    settings.PROVIDER_SECRETS_KEY = "another"
    interface.start_feed()
    page = shown(sign_in(Role.COMPLIANCE_OFFICER))
    assert page.count('data-testid="source-row"') == 1
    assert "CREDENTIALS_UNREADABLE: the key of alpaca cannot be read" in page
    assert "not connected" in page
    assert "Not arriving" in page


def test_without_a_feed_it_says_so(sign_in):
    page = shown(sign_in(Role.COMPLIANCE_OFFICER))
    assert "the feed is not running" in page
    assert "Nothing has arrived yet." in page
    assert "—" in page


def test_failed_loads_of_what_is_listed_are_counted(sign_in, monkeypatch):
    monkeypatch.setattr(load_listings, "counters", Counter({"LISTINGS_FAILED": 3}))
    page = shown(sign_in(Role.COMPLIANCE_OFFICER))
    assert '>LISTINGS_FAILED</th><td data-label="Updates" class="num">3</td>' in page


def test_who_is_connected_is_counted(sign_in):
    browser = run_feed.hub.open()
    program = stream_market.hub.open(encoding=Encoding.JSON)
    try:
        page = shown(sign_in(Role.COMPLIANCE_OFFICER))
    finally:
        run_feed.hub.close(browser)
        stream_market.hub.close(program)
    assert '<b data-testid="quote-sockets">1</b>' in page
    assert '<b data-testid="market-streams">1</b>' in page


@pytest.mark.parametrize("reason", list(Refusal))
def test_every_refusal_is_explained(reason):
    assert _MEANINGS[reason]
