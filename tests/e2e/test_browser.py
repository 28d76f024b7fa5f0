"""A person at the screen: signs in, sees prices move, trades, and finds the books agree."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.platform import Platform
from tests.e2e.screen import DESKTOP, PATIENCE_MS, PHONE, Screen
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.e2e]


@pytest.fixture(scope="module")
def replayed(market_data_pack: Path) -> Iterator[Platform]:
    """The platform on a recorded day."""
    recording = market_data_pack / "lean" / "equity" / "usa" / "tick"
    with Platform(FEED=f"replay:{recording}@20131007") as running:
        running.start()
        yield running
        running.stop()


@pytest.fixture
def screen(browser, replayed) -> Iterator[Screen]:
    made = Screen(browser, replayed, size=DESKTOP)
    yield made
    made.close()


def test_a_recorded_market_moves_in_the_browser(screen):
    screen.trade("alice", "BAC")
    expect(screen.page.get_by_test_id("mode-badge")).to_contain_text("REPLAY")
    last = screen.page.get_by_test_id("book-bid-size")
    first_seen = last.inner_text()
    expect(last).not_to_have_text(first_seen, timeout=PATIENCE_MS)
    expect(screen.page.get_by_test_id("chart")).to_be_visible()


def test_a_chosen_indicator_equals_the_api_grows_live_and_stays_chosen(screen, replayed):
    page, client = screen.page, replayed.client("alice")
    screen.trade("alice", "BAC")
    page.get_by_test_id("indicator-menu").locator("summary").click()
    page.get_by_test_id("indicator-vwap").click()
    page.get_by_test_id("indicator-sma200").click()
    legend = page.get_by_test_id("indicator-legend")
    expect(legend).to_contain_text("SMA 200")
    expect(page.get_by_test_id("indicator-count")).to_have_text("2")
    shown = legend.locator("dd").nth(1)  # as they stand in the menu: the average first
    expect(shown).to_have_text(re.compile(r"^\d+\.\d+$"), timeout=PATIENCE_MS)
    expect(legend.locator("dd").nth(0)).to_have_text("—")  # 200 bars are not there yet

    def told() -> float:
        query = {"names": "vwap", "timeframe": "1Min", "limit": 1}
        answer = client.get("/v2/stocks/BAC/indicators", params=query).json()
        return float(answer["indicators"]["vwap"][-1])

    def agree() -> bool:
        return abs(float(shown.inner_text()) - told()) < 0.01

    until(agree, what="the chart's VWAP and the API's to agree")
    first = told()
    until(lambda: told() != first, what="the live bar to move the VWAP")
    until(agree, what="the chart's VWAP to follow")
    page.reload()
    expect(page.get_by_test_id("indicator-count")).to_have_text("2", timeout=PATIENCE_MS)


def test_the_screen_says_which_source_a_price_came_from(screen):
    screen.trade("alice", "BAC")
    recorded = re.compile(r"^recorded Oct 7, 2013, \d\d:\d\d:\d\d ET$")
    expect(screen.page.get_by_test_id("quote-source")).to_have_text(recorded)


def test_the_staff_sees_how_the_feeds_are_without_reloading(browser, replayed):
    screen = Screen(browser, replayed, size=DESKTOP)
    page = screen.page
    screen.sign_in("officer")
    page.goto("/admin/marketdata/provider/feeds/")
    expect(page.get_by_test_id("feed-name")).to_have_text("Replay")
    accepted = page.get_by_test_id("counter-row").filter(has_text="ACCEPTED").locator(".num")
    page.evaluate("window.isStillThePage = true")
    expect(accepted).not_to_have_text(accepted.inner_text(), timeout=PATIENCE_MS)
    assert page.evaluate("window.isStillThePage")
    screen.close()


def test_an_administrator_sets_a_provider_up_and_no_key_comes_back(browser, replayed):
    screen = Screen(browser, replayed, size=PHONE)
    page = screen.page
    screen.sign_in("admin")
    page.goto("/admin/marketdata/provider/tiingo/change/")
    expect(page.get_by_test_id("provider-note")).to_contain_text("set by the environment")
    expect(page.get_by_label("Stream from it")).to_be_disabled()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_label("Token").first.fill("a-token-that-nobody-sees")
    page.get_by_label("Reason").fill("daily prices")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("One is set, ending in …sees")).to_be_visible()
    assert "a-token-that-nobody-sees" not in page.content()
    page.goto("/admin/eventlog/event/?q=config:provider:tiingo")
    expect(page.get_by_text("ProviderConfigured").first).to_be_visible()
    screen.close()


def test_a_market_buy_fills_and_everything_agrees_to_the_cent(screen, replayed):
    page = screen.page
    screen.trade("alice", "BAC")  # whose quote is never so old that it is refused as stale
    page.get_by_test_id("ticket-type").select_option("market")
    page.get_by_test_id("ticket-amount").fill("10")
    expect(page.get_by_test_id("preview-checks-summary")).to_contain_text(re.compile("pass"))
    submit = page.get_by_test_id("ticket-submit")
    expect(submit).to_have_text(re.compile("Buy 10 BAC"))
    submit.click()
    expect(page.get_by_test_id("position-BAC-qty")).to_have_text("10", timeout=PATIENCE_MS)

    client = replayed.client("alice")
    (order,) = client.get("/v2/orders", params={"status": "all"}).json()
    assert order["status"] == "filled"
    spent = Decimal(order["filled_avg_price"]) * 10
    account = client.get("/v2/account").json()
    assert Decimal(account["cash"]) == Decimal(100000) - spent
    (position,) = client.get("/v2/positions").json()
    assert Decimal(position["cost_basis"]) == spent
    expect(page.get_by_test_id("cash")).to_have_text(f"${Decimal(account['cash']):,.2f}")
    replayed.require_true_books()


def test_a_limit_order_is_worked_and_taken_back(screen, replayed):
    page = screen.page
    screen.trade("bob", "BAC")
    page.get_by_test_id("ticket-type").select_option("limit")
    page.get_by_test_id("ticket-amount").fill("100")
    page.get_by_test_id("ticket-limit").fill("13.00")
    submit = page.get_by_test_id("ticket-submit")
    expect(submit).to_be_enabled()
    submit.click()
    page.get_by_test_id("tab-orders").click()
    working = page.get_by_test_id("working-order")
    expect(working).to_have_count(1, timeout=PATIENCE_MS)
    order_id = working.get_attribute("data-order")
    page.get_by_test_id(f"cancel-{order_id}").click()
    expect(working).to_have_count(0, timeout=PATIENCE_MS)
    order = replayed.client("bob").get(f"/v2/orders/{order_id}").json()
    assert order["status"] == "canceled"


def test_a_refusal_names_every_reason(screen):
    page = screen.page
    screen.trade("charlie", "IBM")
    page.get_by_test_id("ticket-type").select_option("limit")
    page.get_by_test_id("ticket-amount").fill("5000")
    page.get_by_test_id("ticket-limit").fill("400.00")
    reasons = page.get_by_test_id("preview-reasons")
    expect(reasons).to_contain_text("buying power", timeout=PATIENCE_MS)
    expect(reasons).to_contain_text("order value")
    expect(reasons).to_contain_text("above the market")


def test_the_orders_page_tells_an_orders_life(screen, replayed):
    page = screen.page
    client = replayed.client("charlie")
    order = {"symbol": "BAC", "qty": "5", "side": "buy", "type": "market", "time_in_force": "day"}
    placed = client.post("/v2/orders", json=order).json()
    screen.sign_in("charlie")
    page.goto("/orders")
    page.get_by_test_id(f"unfold-{placed['id']}").click()
    life = page.get_by_test_id(f"life-{placed['id']}")
    expect(life).to_contain_text("Taken in by the market", timeout=PATIENCE_MS)
    expect(life).to_contain_text(re.compile("buying power", re.IGNORECASE))


def test_a_key_is_shown_once_works_and_can_be_revoked(screen, replayed):
    page = screen.page
    screen.sign_in("charlie")
    page.goto("/keys")
    page.get_by_test_id("key-label").fill("phone")
    page.get_by_test_id("create-key").click()
    key_id = page.get_by_test_id("new-key-id").inner_text()
    secret = page.get_by_test_id("new-secret").inner_text()
    headers = {"APCA-API-KEY-ID": key_id, "APCA-API-SECRET-KEY": secret}
    stranger = replayed.stranger()
    assert stranger.get("/v2/account", headers=headers).status_code == 200
    page.goto("/keys")
    assert secret not in page.content()
    revoke = page.get_by_test_id("key-row").filter(has_text=key_id).get_by_test_id("revoke-key")
    revoke.click()
    expect(revoke).to_have_text("Revoke this key?")
    revoke.click()
    expect(page.get_by_test_id("flash")).to_contain_text("revoked")
    assert stranger.get("/v2/account", headers=headers).status_code == 401


def test_signing_out_ends_every_screen_of_the_session(screen):
    screen.trade("bob", "IBM")
    other = screen.page.context.new_page()
    other.goto("/")
    expect(other.get_by_test_id("equity")).to_have_text(re.compile(r"\$"), timeout=PATIENCE_MS)
    other.get_by_test_id("user-menu").locator("summary").click()
    other.get_by_test_id("sign-out").click()
    expect(screen.page.get_by_text("Your session has ended").first).to_be_visible()


def test_on_a_phone_nothing_runs_out_of_the_screen(browser, replayed):
    screen = Screen(browser, replayed, size=PHONE)
    screen.sign_in("alice")
    page = screen.page
    expect(page.get_by_test_id("equity")).to_have_text(re.compile(r"\$"), timeout=PATIENCE_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_test_id("phone-buy").click()
    expect(page.get_by_test_id("ticket-submit")).to_be_in_viewport()
    screen.close()


def test_the_compliance_officer_reads_an_orders_whole_life(browser, replayed):
    screen = Screen(browser, replayed, size=DESKTOP)
    page = screen.page
    client = replayed.client("bob")
    order = {"symbol": "BAC", "qty": "1", "side": "buy", "type": "market", "time_in_force": "day"}
    placed = client.post("/v2/orders", json=order).json()
    screen.sign_in("officer")
    page.goto(f"/admin/oms/order/{placed['id']}/change/")
    for words in ("OrderPlaced", "OrderAccepted", "OrderFilled", "Buying power"):
        expect(page.get_by_text(words).first).to_be_visible()
    assert page.get_by_role("button", name="Save").count() == 0
    page.goto("/admin/eventlog/event/?q=" + placed["id"])
    expect(page.get_by_text("OrderFilled").first).to_be_visible()
    screen.close()


def test_a_trader_cannot_enter_the_admin_site(screen):
    screen.sign_in("alice")
    screen.page.goto("/admin/oms/order/")
    expect(screen.page).to_have_url(re.compile("/admin/login"))
