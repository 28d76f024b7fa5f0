"""The orders page, the words of the search box, and the way back, as a trader meets them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import orders
from tests.e2e.platform import Platform
from tests.e2e.screen import DESKTOP, PATIENCE_MS, Screen

pytestmark = [pytest.mark.browser, pytest.mark.e2e]


@pytest.fixture
def screen(browser, platform: Platform) -> Iterator[Screen]:
    made = Screen(browser, platform, size=DESKTOP)
    yield made
    made.close()


def test_the_orders_page_shows_refusals_and_cancels(screen: Screen, platform: Platform) -> None:
    client = platform.client("bob")
    client.post("/v2/orders", json=orders.resting(qty="900000"))
    waiting = orders.place(client, orders.resting(qty="2"))
    screen.enter("bob")
    page = screen.page
    page.get_by_test_id("nav-orders").click()
    page.get_by_test_id("filter-refused").check(force=True)
    expect(page.get_by_test_id("order-row")).to_have_count(1)
    expect(page.get_by_test_id("order-reason")).not_to_be_empty()
    page.get_by_test_id("filter-open").check(force=True)
    page.get_by_test_id(f"cancel-{waiting['id']}").click()
    expect(page.get_by_text("No working orders.")).to_be_visible()
    page.get_by_test_id("filter-all").check(force=True)
    expect(page.get_by_test_id("order-row")).to_have_count(2)
    page.get_by_test_id("filter-to").fill("2001-01-01")
    expect(page.get_by_text("No such orders in these days.")).to_be_visible()
    page.get_by_test_id("filter-from").fill("2001-01-02")
    expect(page.get_by_text("The days are reversed: From is after To.")).to_be_visible()
    page.get_by_test_id("filter-from").fill("")
    with page.expect_download() as download:
        page.get_by_test_id("export").click()
    # The headings alone: that day had no orders.
    assert download.value.path().read_text().count("\n") == 1
    orders.await_status(client, waiting["id"], "canceled")


def test_from_trade_to_orders_and_back_is_where_one_was(screen: Screen) -> None:
    screen.trade("charlie", "MSFT")
    page = screen.page
    page.get_by_test_id("timeframe-1h").click()
    page.get_by_test_id("nav-orders").click()
    page.get_by_test_id("nav-trade").click()
    expect(page.get_by_test_id("quote-symbol")).to_have_text("MSFT", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("timeframe-1h")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("place", ["/", "/orders"])
def test_escape_closes_an_open_menu(screen: Screen, place: str) -> None:
    screen.enter("charlie")
    page = screen.page
    page.goto(place)
    menu = page.get_by_test_id("user-menu")
    menu.locator("summary").click()
    expect(page.get_by_test_id("sign-out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("sign-out")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_a_part_of_a_symbol_names_the_symbols_that_begin_so(screen: Screen) -> None:
    screen.enter("bob")
    page = screen.page
    page.goto("/orders")
    page.get_by_test_id("filter-symbol").fill("aap")
    expect(page.get_by_text("No orders in AAP. Symbols that begin so: AAPL.")).to_be_visible()


def test_no_order_is_offered_in_what_is_not_traded(screen: Screen) -> None:
    screen.trade("charlie", "IBM")
    page = screen.page
    page.get_by_test_id("search").fill("buy 10 zzzz")
    expect(page.get_by_test_id("search-list")).to_have_text("ZZZZ is not traded here.")
    page.get_by_test_id("search").fill("buy 10 msft")
    expect(page.get_by_test_id("search-option")).to_have_text(
        "Fill the ticket: Buy 10 MSFT · Market"
    )


def test_the_pages_of_a_phone_have_a_way_back_at_the_lower_edge(screen: Screen) -> None:
    screen.enter("charlie")
    page = screen.page
    page.set_viewport_size({"width": 390, "height": 844})
    for place in ("/orders", "/keys"):
        page.goto(place)
        page.get_by_test_id("dock-trade").click()
        expect(page.get_by_test_id("phone-buy")).to_be_in_viewport()


def type_wish(page: Page, words: str) -> None:
    page.get_by_test_id("search").fill(words)
    expect(page.get_by_test_id("search-option")).to_have_count(1)
    page.keyboard.press("Enter")


def test_what_is_typed_in_words_asks_or_fills_and_sends_nothing(
    screen: Screen, platform: Platform
) -> None:
    client = platform.client("charlie")
    for qty in "12":
        orders.place(client, orders.resting(qty=qty))
    bought = orders.place(client, orders.body(qty="3", symbol="KO"))
    orders.await_status(client, bought["id"], "filled")
    screen.trade("charlie", "IBM")
    page = screen.page
    type_wish(page, "buy $500 msft")
    expect(page.get_by_test_id("quote-symbol")).to_have_text("MSFT")
    expect(page.get_by_test_id("unit-dollars")).to_be_checked()
    expect(page.get_by_test_id("ticket-amount")).to_have_value("500")
    type_wish(page, "sell all ko")
    expect(page.get_by_test_id("side-sell")).to_be_checked()
    expect(page.get_by_test_id("ticket-amount")).to_have_value("3")
    type_wish(page, "help")
    expect(page.get_by_test_id("help")).to_be_visible()
    page.keyboard.press("Escape")
    type_wish(page, "cancel all")
    expect(page.get_by_test_id("confirm-dialog")).to_contain_text("Cancel 2 working orders?")
    page.keyboard.press("Enter")  # the safe button has the focus
    expect(page.get_by_test_id("confirm-dialog")).to_have_count(0)
    assert len(client.get("/v2/orders", params={"status": "open"}).json()) == 2
    type_wish(page, "cancel all")
    page.get_by_test_id("confirm-yes").click()
    expect(page.get_by_test_id("open-orders")).to_have_text("0", timeout=PATIENCE_MS)
    # Nothing else was sent.
    assert client.get("/v2/orders", params={"status": "all"}).json()[0]["symbol"] == "KO"
