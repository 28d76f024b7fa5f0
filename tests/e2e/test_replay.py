"""A recorded day is traded: the prices are the recorded ones, and the money follows to the cent."""

import re
from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.e2e import orders
from tests.e2e.platform import Platform
from tests.e2e.recordings import DATE, NINE_THIRTY_MS, read_offers, ticks_folder
from tests.e2e.screen import DESKTOP, Screen

pytestmark = pytest.mark.e2e

MINUTES_MAX = 5  # that the replay may have gone on before the order was filled


@pytest.fixture(scope="module")
def platform(market_data_pack):
    with Platform(FEED=f"replay:{ticks_folder(market_data_pack)}@{DATE}") as running:
        running.start()
        yield running
        running.stop()


@pytest.fixture(scope="module")
def alice(platform):
    return platform.client("alice")


def offers_from_the_open(pack):
    """Return the best offer at 09:30 and those that followed within some minutes."""
    at_open, later = None, set()
    last_ms = NINE_THIRTY_MS + MINUTES_MAX * 60_000
    for ms, price in read_offers(pack, symbol="IBM", until_ms=last_ms):
        if ms <= NINE_THIRTY_MS:
            at_open = price
        else:
            later.add(price)
    return later | {at_open}


def test_the_clock_says_that_the_market_is_a_replay(alice):
    clock = alice.get("/v2/clock").json()
    assert clock["market_data"] == "replay"
    assert clock["session_source"] == "replay"
    assert clock["is_open"] is True


def test_a_market_buy_fills_at_a_recorded_offer_to_the_cent(alice, market_data_pack):
    before = orders.cash(alice)
    placed = orders.place(alice, orders.body(symbol="IBM", qty="100"))
    filled = orders.await_status(alice, placed["id"], "filled")
    executions = orders.list_executions(alice, placed["id"])
    assert sum(qty for qty, _ in executions) == 100
    assert {price for _, price in executions} <= offers_from_the_open(market_data_pack)

    paid = sum((qty * price for qty, price in executions), Decimal(0))
    assert Decimal(filled["filled_avg_price"]) == paid / 100
    assert before - orders.cash(alice) == paid
    position = alice.get("/v2/positions/IBM").json()
    assert (position["qty"], Decimal(position["cost_basis"])) == ("100", paid)
    assert Decimal(position["avg_entry_price"]) == paid / 100


def test_a_symbol_that_was_not_recorded_has_no_price(alice):
    answer = alice.post("/v2/orders", json=orders.body(symbol="AAPL"))
    assert answer.status_code == 403
    assert "NO_REFERENCE_PRICE" in {one["code"] for one in answer.json()["violations"]}


def test_the_books_balance_afterwards(platform):
    platform.require_true_books()


@pytest.mark.browser
def test_the_screen_names_the_recorded_day_and_what_is_not_in_it(platform, browser):
    screen = Screen(browser, platform, size=DESKTOP)
    screen.enter("alice")
    day = f"{date.fromisoformat(DATE):%b} {int(DATE[6:])}, {DATE[:4]}"
    line = screen.page.get_by_test_id("connection")
    expect(line).to_have_text(re.compile(rf"Replay of {day}, \d\d:\d\d:\d\d ET"))
    assert line.get_attribute("data-state") == "unreal"
    screen.page.goto("/#IBM")
    expect(screen.page.locator("#quote-source")).to_have_text(re.compile(rf"recorded {day}"))
    screen.page.goto("/#KO")
    expect(screen.page.locator("#quote-source")).to_have_text("no ticks of KO in this recording")
    assert screen.complaints == []
