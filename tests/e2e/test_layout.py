"""Every page at every usual width, in our typeface and in the widest that a machine may have."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e import orders
from tests.e2e.layout import PHONES, WIDE, require_all_in_sight
from tests.e2e.platform import Platform
from tests.e2e.screen import DESKTOP, PATIENCE_MS, PHONE, Screen
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

OUR_FONT = "**/Inter-*.woff2*"
# The widest usual ones; Debian's base system has the first alone.
WIDEST = '--sans: "DejaVu Sans", Verdana, sans-serif;'
MESSAGES = ("403.html", "403_csrf.html", "404.html", "500.html", "web/no_account.html")
ADMIN_LISTS = (
    "oms/order", "oms/execution", "oms/account", "oms/position", "oms/journalentry",
    "eventlog/event", "compliance/verificationrun", "risk/killswitch", "risk/restriction",
    "risk/limit", "marketdata/provider", "marketdata/backfill", "marketdata/tradingday",
    "marketdata/instrument", "identity/user",
)  # fmt: skip


@pytest.fixture(scope="module")
def traded(platform: Platform) -> Platform:
    """Alice holds a stock, and one of her orders rests."""
    client = platform.client("alice")
    orders.place(client, orders.body(qty="10"))
    orders.place(client, orders.resting())
    return platform


def in_the_widest_font(page: Page) -> None:
    """Let the page's own font fail, and name the widest fallback whatever this machine has."""

    def widen(route: Route) -> None:
        tokens = route.fetch().text()
        assert tokens.count("--sans:") == 1
        route.fulfill(body=re.sub(r"--sans:[^;]*;", WIDEST, tokens), content_type="text/css")

    page.context.route(OUR_FONT, lambda route: route.abort())
    page.context.route("**/css/tokens*.css*", widen)


@pytest.fixture(params=["our font", "the widest font"])
def screen(request, browser, traded) -> Iterator[Screen]:
    made = Screen(browser, traded, size=DESKTOP)
    made.page.emulate_media(reduced_motion="reduce")  # a sheet that still moves is not in place
    if request.param == "the widest font":
        in_the_widest_font(made.page)
    yield made
    made.close()


def answer_with(html: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=html, content_type="text/html")


def expect_prices(page: Page) -> None:
    expect(page.get_by_test_id("equity")).to_have_text(re.compile(r"\$"), timeout=PATIENCE_MS)
    expect(page.get_by_test_id("book-ask")).to_have_text(re.compile(r"\d"), timeout=PATIENCE_MS)


def test_signing_in_and_the_pages_that_only_say_something(screen):
    page = screen.page
    page.goto("/login")
    require_all_in_sight(page, "login")
    page.get_by_test_id("username").fill("nobody")
    page.get_by_test_id("password").fill("wrong")
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("login-error")).to_be_visible()
    require_all_in_sight(page, "login refused")
    page.goto("/register")
    page.get_by_test_id("username").fill("dora")
    page.get_by_test_id("password1").fill("short")
    page.get_by_test_id("password2").fill("other")
    page.get_by_test_id("register").click()
    expect(page.get_by_test_id("password2-problem")).to_be_visible()
    require_all_in_sight(page, "registration refused")
    page.goto("/nowhere")
    require_all_in_sight(page, "an unknown address")
    for name in MESSAGES:
        written = render_to_string(name, {"user": {"username": "alice"}})
        page.context.route("**/message", answer_with(written))
        page.goto("/message")
        expect(page.get_by_test_id("message")).to_be_visible()
        require_all_in_sight(page, name)


def test_the_trade_page_in_each_of_its_views(screen):
    page = screen.page
    screen.enter("alice")
    page.goto("/#BRK.A")
    expect_prices(page)
    require_all_in_sight(page, "trade")
    for tab in ("orders", "recent", "positions"):
        page.get_by_test_id(f"tab-{tab}").click()
        require_all_in_sight(page, tab, widths=WIDE)
    page.set_viewport_size(PHONE)
    for view in ("watchlist", "orders", "positions"):
        page.get_by_test_id(f"dock-{view}").click()
        require_all_in_sight(page, view, widths=PHONES)
    page.get_by_test_id("tab-recent").click()
    require_all_in_sight(page, "recent", widths=PHONES)
    page.get_by_test_id("dock-trade").click()
    for width in PHONES:
        page.set_viewport_size({"width": width, "height": 568})
        for button in ("phone-buy", "phone-sell"):
            expect(page.get_by_test_id(button)).to_be_in_viewport(ratio=1)


def test_what_opens_over_the_trade_page(screen):
    page = screen.page
    screen.trade("alice", "IBM")
    for menu in ("user-menu", "indicator-menu"):
        summary = page.get_by_test_id(menu).locator("summary")
        summary.click()
        require_all_in_sight(page, menu)
        summary.click()
    page.get_by_test_id("indicator-menu").locator("summary").click()
    for name in ("sma200", "bollinger20", "vwap", "rsi14", "macd"):
        page.get_by_test_id(f"indicator-{name}").click()
    page.get_by_test_id("indicator-menu").locator("summary").click()
    require_all_in_sight(page, "indicators")
    page.get_by_test_id("search").click()
    page.keyboard.type("in")
    expect(page.get_by_test_id("search-option").first).to_be_visible()
    require_all_in_sight(page, "search")
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.get_by_test_id("help")).to_be_visible()
    require_all_in_sight(page, "help")
    page.keyboard.press("Escape")
    page.goto("/#NOSUCH")
    page.reload()
    expect(page.get_by_test_id("toast").first).to_be_visible()
    require_all_in_sight(page, "toast")
    page.context.set_offline(True)
    expect(page.get_by_test_id("banner")).to_contain_text("You are offline")
    require_all_in_sight(page, "offline")


def test_the_account_strip_holds_large_numbers(screen):
    page = screen.page
    screen.enter("alice")
    page.evaluate(r"""() => {
      const strip = document.getElementById("account-strip");
      const rich = strip.cloneNode(true); // the page goes on writing into the other, out of sight
      const numbers = [
        "$12,345,678.90", "\u2212$1,234,567.89 (\u221210.00%)", "$49,382,715.60",
        "\u2212$12,345,678.90", "1,234",
      ];
      rich.querySelectorAll("dd").forEach((cell, index) => { cell.textContent = numbers[index]; });
      rich.querySelector("p").hidden = false;
      rich.querySelectorAll("[id]").forEach((one) => one.removeAttribute("id"));
      strip.style.display = "none";
      strip.after(rich);
    }""")
    require_all_in_sight(page, "large numbers")


def test_the_ticket_from_the_first_touch_to_the_receipt(screen):
    page = screen.page
    screen.trade("alice", "IBM")
    require_all_in_sight(page, "ticket", widths=WIDE)
    page.set_viewport_size(PHONE)
    page.get_by_test_id("phone-sell").click()
    require_all_in_sight(page, "ticket to sell", widths=PHONES)
    page.get_by_test_id("sheet-close").click()
    page.get_by_test_id("phone-buy").click()
    page.get_by_test_id("ticket-amount").fill("0.1234")
    expect(page.get_by_test_id("preview-cost")).to_have_text(re.compile(r"\$"))
    require_all_in_sight(page, "ticket with its cost", widths=PHONES)
    for side in ("side-buy", "side-sell"):
        expect(page.get_by_test_id(side).locator("..")).to_be_in_viewport(ratio=1)
    page.get_by_test_id("unit-dollars").check()
    page.get_by_test_id("ticket-amount").fill("98765.43")
    expect(page.get_by_test_id("ticket-shares")).to_be_visible()
    require_all_in_sight(page, "ticket in dollars", widths=PHONES)
    page.get_by_test_id("unit-shares").check()
    page.get_by_test_id("ticket-amount").fill("50000")
    expect(page.get_by_test_id("preview-reasons")).to_contain_text("buying power")
    require_all_in_sight(page, "ticket with reasons", widths=PHONES)
    page.get_by_test_id("ticket-submit").click()
    expect(page.get_by_test_id("refusal")).to_be_visible()
    require_all_in_sight(page, "ticket refused", widths=PHONES)
    page.get_by_test_id("ticket-limit").fill("200.00")
    page.get_by_test_id("ticket-amount").fill("1")
    page.get_by_test_id("ticket-submit").click()
    expect(page.get_by_test_id("receipt")).to_be_visible()
    require_all_in_sight(page, "receipt", widths=PHONES)
    require_all_in_sight(page, "receipt", widths=WIDE)


def test_orders_and_keys(screen, traded):
    page = screen.page
    screen.enter("alice")
    page.goto("/orders")
    page.locator("[data-testid^=unfold-]").last.click()
    expect(page.locator("[data-testid^=life-]")).to_contain_text("Risk checks")
    require_all_in_sight(page, "an order's life")
    page.get_by_test_id("filter-symbol").fill("TSLA")
    expect(page.get_by_test_id("activity")).to_contain_text("No orders in TSLA")
    require_all_in_sight(page, "no orders")
    page.goto("/keys")
    page.get_by_test_id("key-label").fill("The morning's rebalancing of the household's accounts")
    page.get_by_test_id("create-key").click()
    expect(page.get_by_test_id("new-secret")).to_be_visible()
    require_all_in_sight(page, "a new key")
    page.goto("/keys")
    page.get_by_test_id("revoke-key").last.click()  # the first press asks: Revoke this key?
    require_all_in_sight(page, "keys")
    page.goto("/password")
    require_all_in_sight(page, "password")


CARD_PX_MAX = 110


def heights(cards: Locator) -> list[int]:
    return [round(height) for height in cards.evaluate_all(
        "(cards) => cards.map((card) => card.getBoundingClientRect().height)"
    )]  # fmt: skip


def test_an_order_is_a_short_card_on_a_phone_until_it_is_unfolded(screen, traded):
    client = traded.client("charlie")
    resting = orders.place(client, orders.resting(qty="25"))
    filled = orders.place(client, orders.body(symbol="KO"))
    orders.await_status(client, filled["id"], "filled")
    refused = client.post("/v2/orders", json=orders.body(qty="999999"))
    assert refused.status_code == 403
    page = screen.page
    screen.enter("charlie")
    for width in (320, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto("/orders")
        cards = page.get_by_test_id("order-row")
        expect(cards.nth(2)).to_be_visible()
        assert max(heights(cards)) <= CARD_PX_MAX
        card = page.locator(f"[data-order='{resting['id']}']")
        for words in ("IBM", "Buy", "25", "200.00"):
            expect(card).to_contain_text(words)
        expect(card.locator("[data-label='Lasts']")).to_be_hidden()
        expect(card.get_by_test_id(f"cancel-{resting['id']}")).to_be_in_viewport(ratio=1)
        require_all_in_sight(page, "short cards", widths=(width,))
        card.get_by_test_id(f"unfold-{resting['id']}").click()
        expect(card.locator("[data-label='Lasts']")).to_be_visible()
        page.goto("/")
        expect_prices(page)
        page.get_by_test_id("dock-orders").click()
        for tab, name in (("orders", "working-order"), ("recent", "recent-order")):
            page.get_by_test_id(f"tab-{tab}").click()
            cards = page.get_by_test_id(name)
            expect(cards.first).to_be_visible()
            assert max(heights(cards)) <= CARD_PX_MAX
            require_all_in_sight(page, f"short cards, {tab}", widths=(width,))
            expect(cards.first.locator("[data-label='Filled']")).to_be_hidden()
            cards.first.get_by_role("button", name=re.compile("^More about")).click()
            expect(cards.first.locator("[data-label='Filled']")).to_be_visible()
            require_all_in_sight(page, f"an unfolded card, {tab}", widths=(width,))
    client.delete(f"/v2/orders/{resting['id']}")


def test_the_admin_site(screen):
    page = screen.page
    page.goto("/admin/login/")
    require_all_in_sight(page, "admin login")
    screen.sign_in("admin")
    expect(page).to_have_url(re.compile("/admin/"))
    for path in ("", "risk/killswitch/add/", "marketdata/provider/feeds/"):
        page.goto(f"/admin/{path}")
        require_all_in_sight(page, f"admin {path}")
    for path in ADMIN_LISTS:
        page.goto(f"/admin/{path}/")
        require_all_in_sight(page, f"admin {path}", widths=(320, 390, 1440))
    page.goto("/admin/oms/order/")
    detail = page.locator("#result_list a[href*='/change/']").first.get_attribute("href")
    assert detail is not None
    page.goto(detail)
    require_all_in_sight(page, "admin order", widths=(*PHONES, 1440))


def test_a_page_does_not_wait_for_its_font_and_then_wears_it(browser, traded):
    screen = Screen(browser, traded, size=PHONE)
    page = screen.page
    waiting: list[Route] = []
    page.context.route(OUR_FONT, lambda route: waiting.append(route))  # noqa: PLW0108 (a builtin takes no mark)
    page.goto("/login", wait_until="commit")  # it is loaded once the font is there
    screen.fill_in("alice")
    # Preloads that are still on their way hold back nothing that a person sees.
    expect_prices(page)
    assert not page.evaluate("document.fonts.check('13px Inter')")
    require_all_in_sight(page, "while the font is on its way")
    for route in waiting:
        route.continue_()
    until(lambda: page.evaluate("document.fonts.check('13px Inter')"), what="our font")
    faces = "[...document.fonts].filter(({ status }) => status === 'loaded')"
    loaded = page.evaluate(f"{faces}.map(({{ weight }}) => weight)")
    assert set(loaded) <= {"400", "500", "600"}
    # Numbers stand still: every digit is as wide as every other.
    narrow, wide = page.evaluate("""() => ["1111111", "8888888"].map((digits) => {
      const number = document.createElement("span");
      number.textContent = digits;
      document.body.append(number);
      const { width } = number.getBoundingClientRect();
      number.remove();
      return width;
    })""")
    assert narrow == pytest.approx(wide, abs=0.01)
    screen.close()
