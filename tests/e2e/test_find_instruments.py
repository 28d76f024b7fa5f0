"""A person finds what is listed but not followed, opens it, keeps it, and takes it away again."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Route, expect

from marketdata.operations.load_security_master import COLUMNS
from tests.e2e import orders
from tests.e2e.platform import Platform
from tests.e2e.screen import DESKTOP, PATIENCE_MS, PHONE, Screen

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

LISTED = (
    'QZBR,"Quagga Zebra Holdings, Inc. Class A Common Stock",NASDAQ,active,true',
    "QZBRW,Quagga Zebra Holdings Warrants,NASDAQ,active,true",
    "QOLD,Quondam Zebra Company,NYSE,inactive,false",
)
# Carried by the feed, which has started with it, but followed no more.
NO_MORE_FOLLOWED = "KO"


@pytest.fixture(scope="module")
def market(platform: Platform) -> Platform:
    """The platform with instruments that it does not follow."""
    path = platform.var / "listed.csv"
    rows = [f"{row},true,true,true,true,10.00" for row in LISTED]
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    loaded = platform.manage("load_security_master", str(path))
    assert loaded.returncode == 0, loaded.stderr
    symbols = [row.partition(",")[0] for row in LISTED]
    with platform.database(role="openbell") as connection:
        connection.execute(
            "UPDATE marketdata_instrument SET is_followed = false WHERE symbol = ANY(%s)",
            [[*symbols, NO_MORE_FOLLOWED]],
        )
    return platform


@pytest.fixture
def screen(browser, market) -> Iterator[Screen]:
    made = Screen(browser, market, size=DESKTOP)
    yield made
    made.close()


def expect_open(screen: Screen, symbol: str) -> None:
    expect(screen.page.get_by_test_id("quote-symbol")).to_have_text(symbol)
    expect(screen.page.get_by_test_id("ticket-symbol")).to_have_text(symbol)
    expect(screen.page).to_have_url(re.compile(f"#{symbol}$"))


def test_what_is_not_followed_is_found_by_name_opened_kept_and_taken_away(screen):
    page = screen.page
    screen.enter("alice")
    row, option = page.get_by_test_id("watch-QZBR"), page.get_by_test_id("search-option")
    expect(page.get_by_test_id("watch-IBM")).to_be_visible()
    expect(row).to_have_count(0)

    page.keyboard.press("/")
    page.keyboard.type("zebra hold")
    expect(option).to_have_count(2)
    expect(option.first).to_contain_text("Quagga Zebra Holdings, Inc.")
    expect(option.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(option.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect_open(screen, "QZBR")
    expect(page.get_by_test_id("quote-name")).to_have_text(re.compile("Quagga Zebra Holdings"))
    expect(row).to_have_class(re.compile("selected"))
    expect(row).to_be_in_viewport()
    # Nothing says its price, so nothing is shown as one.
    expect(page.get_by_test_id("last-QZBR")).to_have_text("—")

    page.goto("/orders")
    page.goto("/")
    expect(row).to_contain_text("Quagga Zebra Holdings")
    row.click()
    expect_open(screen, "QZBR")
    expect(page.get_by_test_id("remove-IBM")).to_be_hidden()
    remove = page.get_by_role("button", name="Remove QZBR from the watchlist")
    remove.focus()
    page.keyboard.press("Enter")
    expect(row).to_have_count(0)
    expect(page.get_by_test_id("announcements")).to_have_text("QZBR is no longer on the watchlist.")
    expect(page.get_by_test_id("quote-symbol")).not_to_have_text("QZBR")
    focused = page.evaluate("document.activeElement.closest('tr')?.dataset.symbol")
    assert focused == page.get_by_test_id("quote-symbol").inner_text()
    page.reload()
    expect(page.get_by_test_id("watch-IBM")).to_be_visible()
    expect(row).to_have_count(0)


def test_a_link_opens_what_is_not_followed_and_says_when_there_is_nothing(screen):
    page = screen.page
    screen.enter("bob")
    page.goto("/orders")
    page.goto("/#QZBRW")
    expect_open(screen, "QZBRW")
    page.evaluate("location.hash = '#QZBR'")
    expect_open(screen, "QZBR")
    page.evaluate("location.hash = '#main'")  # the page's own link to its content
    expect(page.get_by_test_id("quote-symbol")).to_have_text("QZBR")
    page.goto("/orders")
    page.goto("/#QOLD")
    expect(page.get_by_test_id("toast")).to_contain_text("QOLD is not traded here.")
    expect(page.get_by_test_id("ticket-symbol")).not_to_have_text("")


def test_an_order_typed_for_what_is_not_followed_fills_the_ticket(screen):
    page = screen.page
    screen.enter("charlie")
    page.keyboard.press("/")
    page.keyboard.type("buy 10.5 qzbr 9.50")
    page.keyboard.press("Enter")
    expect_open(screen, "QZBR")
    expect(page.get_by_test_id("ticket-amount")).to_have_value("10.5")
    # Only whoever knows that it is fractionable takes half a share.
    expect(page.get_by_test_id("ticket-submit")).to_have_text("Buy 10.5 QZBR · Limit 9.50")

    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("sell 1 nosuch")
    expect(page.get_by_role("search")).to_contain_text("NOSUCH is not traded here.")
    expect(page.get_by_test_id("search-option")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("ticket-symbol")).to_have_text("QZBR")


def test_enter_before_the_answer_opens_what_the_answer_brings(screen):
    page = screen.page
    screen.enter("alice")
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route(re.compile("query=zebra"), hold)
    search = page.get_by_test_id("search")
    search.click()
    with page.expect_request(re.compile("query=zebra")):
        search.press_sequentially("zebra")
        search.press("Enter")
    expect(search).to_have_value("zebra")  # not what was in sight before
    waiting[-1].continue_()
    expect_open(screen, "QZBR")


def test_a_search_that_fails_says_so_and_can_be_tried_again(screen):
    page = screen.page
    screen.enter("alice")
    page.route("**/web/instruments?query=*", lambda route: route.abort())
    search = page.get_by_test_id("search")
    search.fill("zebra")
    expect(page.get_by_test_id("search-list")).to_contain_text("The server did not answer.")
    page.unroute("**/web/instruments?query=*")
    search.press("Enter")
    expect_open(screen, "QZBR")


def test_what_the_account_is_in_gets_a_row_that_stays(screen, market):
    page = screen.page
    screen.enter("bob")
    row = page.get_by_test_id(f"watch-{NO_MORE_FOLLOWED}")
    expect(page.get_by_test_id("watch-IBM")).to_be_visible()
    expect(row).to_have_count(0)
    resting = orders.resting(symbol=NO_MORE_FOLLOWED, limit_price="50.00")
    answer = market.client("bob").post("/v2/orders", json=resting)
    assert answer.status_code == 200, answer.text
    expect(row).to_contain_text("The Coca-Cola Company")
    expect(page.get_by_test_id(f"last-{NO_MORE_FOLLOWED}")).to_have_text(re.compile(r"^\d"))
    expect(page.get_by_test_id(f"remove-{NO_MORE_FOLLOWED}")).to_be_hidden()
    page.reload()
    expect(row).to_be_visible()
    page.goto("/orders")
    offered = page.locator(f"#symbols option[value='{NO_MORE_FOLLOWED}']")
    expect(offered).to_have_count(1)
    expect(page.locator("#symbols option[value='QZBR']")).to_have_count(0)
    market.client("bob").delete("/v2/orders")


def test_on_a_phone_a_finger_finds_it_and_takes_it_away(browser, market):
    screen = Screen(browser, market, size=PHONE, by_finger=True)
    page = screen.page
    screen.enter("charlie")
    page.get_by_test_id("search-open").tap()
    page.keyboard.type("quagga")
    page.get_by_test_id("search-option").filter(has_text="Class A").tap()
    expect_open(screen, "QZBR")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_test_id("dock-watchlist").tap()
    remove = page.get_by_test_id("remove-QZBR")
    expect(remove).to_be_visible()
    box = remove.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    remove.tap(timeout=PATIENCE_MS)
    expect(page.get_by_test_id("watch-QZBR")).to_have_count(0)
    screen.close()
