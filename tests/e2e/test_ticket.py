"""The ticket keeps its promises: whose order it is, whether it was sent, what it foretells."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.e2e.lost import ORDERS, Lost, lose, market_buy
from tests.e2e.platform import Platform, until
from tests.e2e.screen import DESKTOP, PATIENCE_MS, PHONE, Screen, in_sight

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

SMALL = ({"width": 1366, "height": 657}, {"width": 1280, "height": 720})


@pytest.fixture
def screen(browser, platform: Platform) -> Iterator[Screen]:
    made = Screen(browser, platform, size=DESKTOP)
    yield made
    made.close()


def by_client_id(client: httpx.Client, body: dict[str, Any]) -> httpx.Response:
    query = {"client_order_id": body["client_order_id"]}
    return client.get("/v2/orders:by_client_order_id", params=query)


def sign_out(page: Page) -> None:
    page.get_by_test_id("user-menu").locator("summary").click()
    page.get_by_test_id("sign-out").click()
    expect(page.get_by_test_id("sign-in")).to_be_visible()


def kept(page: Page) -> str:
    """Return all that the tab's session storage holds."""
    return str(page.evaluate("JSON.stringify({ ...sessionStorage })"))


# --- Whose order it is ----------------------------------------------------------------------------


def test_nobody_is_offered_the_order_that_another_left_in_the_tab(screen, platform):
    page = screen.page
    screen.trade("alice", "AAPL")
    lost, _ = lose(page, "7")
    assert lost.bodies[0]["client_order_id"] in kept(page)
    sign_out(page)
    assert lost.bodies[0]["client_order_id"] not in kept(page)
    lost.give_back_the_network()
    screen.trade("bob", "AAPL")
    expect(page.get_by_test_id("unsettled")).to_have_count(0)
    expect(page.get_by_test_id("ticket-amount")).to_be_enabled()
    for name in ("alice", "bob"):
        assert by_client_id(platform.client(name), lost.bodies[0]).status_code == 404


def test_what_was_left_without_signing_out_is_left_too(screen, platform):
    """A session may end by itself, and an older version named no user."""
    page = screen.page
    screen.trade("alice", "AAPL")
    lost, _ = lose(page, "7")
    page.evaluate("""(body) => sessionStorage.setItem("openbell.unsettled-order", body)""",
                  json.dumps(lost.bodies[0]))  # fmt: skip
    page.context.clear_cookies()
    lost.give_back_the_network()
    screen.trade("bob", "AAPL")
    expect(page.get_by_test_id("unsettled")).to_have_count(0)
    assert lost.bodies[0]["client_order_id"] not in kept(page)
    page.context.clear_cookies()
    screen.trade("alice", "AAPL")
    expect(page.get_by_test_id("unsettled")).to_have_count(0)


def test_a_page_of_somebody_who_signed_out_cannot_order_for_whoever_came_after(screen, platform):
    """One browser has one session: a tab that was left open would send with the new one's."""
    page = screen.page
    screen.trade("alice", "AAPL")
    page.route("**/ws/account*", lambda route: route.abort())
    other = page.context.new_page()
    other.goto("/")
    sign_out(other)
    other.get_by_test_id("username").fill("bob")
    other.get_by_test_id("password").fill(platform.users()["bob"]["password"])
    other.get_by_test_id("sign-in").click()
    expect(other.get_by_test_id("user-menu")).to_contain_text("Bob")
    before = len(platform.client("bob").get("/v2/orders", params={"status": "all"}).json())
    order = {"symbol": "AAPL", "qty": "1", "side": "buy", "type": "market", "time_in_force": "day"}
    answer = page.evaluate(
        """async (body) => {
          const http = await import("/static/js/http.js");
          try { return await http.placeOrder(body); } catch (error) { return error.status; }
        }""",
        order,
    )
    assert answer == 401
    after = platform.client("bob").get("/v2/orders", params={"status": "all"}).json()
    assert len(after) == before
    expect(page.get_by_text("Your session has ended").first).to_be_visible(timeout=PATIENCE_MS)


def test_the_server_serves_a_page_only_while_its_user_is_signed_in(platform):
    ids = {}
    for name in ("alice", "bob"):
        found = re.search(r'data-user="([^"]+)"', platform.browser(name).get("/").text)
        assert found is not None
        ids[name] = found[1]
    session = platform.browser("alice")
    order = {"symbol": "AAPL", "qty": "1", "side": "buy", "type": "market", "time_in_force": "day"}
    for owner, status in (("alice", 200), ("bob", 401), ("", 401)):
        headers = {
            "X-Signed-In-As": ids.get(owner, ""),
            "X-CSRFToken": session.cookies["csrftoken"],
            "Referer": platform.base_url,
        }
        assert session.get("/v2/account", headers=headers).status_code == status
        answer = session.post("/v2/orders:preview", json=order, headers=headers)
        assert answer.status_code == status
        address = f"{platform.base_url.replace('http', 'ws')}/ws/account?user={ids.get(owner, 'x')}"
        cookie = {"Cookie": f"sessionid={session.cookies['sessionid']}"}
        origin = Origin(platform.base_url)
        with connect(address, additional_headers=cookie, origin=origin) as socket:
            if status == 200:
                assert json.loads(socket.recv())["type"] == "snapshot"
                continue
            with pytest.raises(ConnectionClosed):
                socket.recv()
            assert socket.close_code == 4401


def test_an_order_of_another_is_not_found_by_its_client_order_id(platform):
    alice, bob = platform.client("alice"), platform.client("bob")
    body = {"symbol": "IBM", "qty": "1", "side": "buy", "type": "limit", "limit_price": "100.00",
            "time_in_force": "day", "client_order_id": "one-name-for-two"}  # fmt: skip
    mine = alice.post("/v2/orders", json=body).json()
    assert by_client_id(bob, body).status_code == 404
    theirs = bob.post("/v2/orders", json=body)
    assert theirs.status_code == 200
    assert theirs.json()["id"] != mine["id"]
    assert by_client_id(alice, body).json()["id"] == mine["id"]
    for client, placed in ((alice, mine), (bob, theirs.json())):
        assert client.delete(f"/v2/orders/{placed['id']}").status_code == 204
    assert bob.get(f"/v2/orders/{mine['id']}").status_code == 404


def test_what_a_page_keeps_in_the_browser_is_its_users(screen):
    page = screen.page
    screen.enter("alice")
    page.get_by_test_id("theme-toggle").click()
    page.get_by_test_id("indicator-menu").locator("summary").click()
    page.get_by_test_id("indicator-vwap").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    alice = page.locator("html").get_attribute("data-user")
    keys = page.evaluate("Object.keys({ ...localStorage, ...sessionStorage })")
    assert keys
    assert all(key.startswith(f"openbell.{alice}.") for key in keys)
    sign_out(page)
    screen.enter("bob")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_test_id("indicator-count")).to_have_text("")
    sign_out(page)
    screen.enter("alice")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.get_by_test_id("indicator-count")).to_have_text("1")


# --- Whether it was sent --------------------------------------------------------------------------


def test_a_lost_order_is_sent_only_by_the_button_that_says_so_and_once(screen, platform):
    page, client = screen.page, platform.client("charlie")
    screen.trade("charlie", "AAPL")
    lost, box = lose(page, "7")
    expect(box).to_contain_text("Buy 7 AAPL · Market · Day")
    lost.give_back_the_network()
    page.reload()
    send = page.get_by_test_id("unsettled-send")
    expect(send).to_have_text("Send it now at today's price", timeout=PATIENCE_MS)
    assert by_client_id(client, lost.bodies[0]).status_code == 404
    send.dblclick()
    expect(page.get_by_test_id("receipt-title")).to_have_text("Buy 7 AAPL · Market · Day")
    expect(page.get_by_test_id("unsettled")).to_have_count(0)
    orders = client.get("/v2/orders", params={"status": "all", "symbols": "AAPL"}).json()
    assert [one["client_order_id"] for one in orders] == [lost.bodies[0]["client_order_id"]]


def test_a_lost_order_can_be_dropped_and_leaves_other_symbols_free(screen, platform):
    page, client = screen.page, platform.client("charlie")
    screen.trade("charlie", "MSFT")
    lost, box = lose(page, "3")
    expect(page.get_by_test_id("ticket-amount")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(box).to_be_visible()
    page.get_by_test_id("watch-KO").click()
    expect(page.get_by_test_id("ticket-symbol")).to_have_text("KO")
    expect(page.get_by_test_id("ticket-amount")).to_be_enabled()
    expect(box).to_be_visible()
    lost.give_back_the_network()
    market_buy(page, "1")
    expect(page.get_by_test_id("receipt-title")).to_have_text("Buy 1 KO · Market · Day")
    box.get_by_test_id("unsettled-drop").click()
    expect(box).to_contain_text("arrives all the same")
    page.get_by_test_id("watch-MSFT").click()
    expect(page.get_by_test_id("ticket-amount")).to_be_enabled()
    assert by_client_id(client, lost.bodies[0]).status_code == 404
    page.reload()
    expect(box).to_contain_text("Dropped: Buy 3 MSFT")
    expect(box.get_by_test_id("unsettled-send")).to_be_hidden()


def test_a_dropped_order_that_arrives_all_the_same_is_shown(screen, platform):
    page, client = screen.page, platform.client("charlie")
    screen.trade("charlie", "JPM")
    lost, box = lose(page, "2")
    box.get_by_test_id("unsettled-drop").click()
    expect(box).to_contain_text("arrives all the same")
    assert client.post("/v2/orders", json=lost.bodies[0]).status_code == 200  # it was on its way
    expect(box).to_contain_text("Dropped, but it has arrived: Buy 2 JPM", timeout=PATIENCE_MS)
    expect(box).to_contain_text(re.compile(r"filled: 2 at \d+\.\d+"))
    expect(box.get_by_test_id("unsettled-send")).to_be_hidden()
    box.get_by_test_id("unsettled-dismiss").click()
    expect(page.get_by_test_id("unsettled")).to_have_count(0)


@pytest.mark.parametrize(
    ("symbol", "refusal"),
    [("BAC", "trading is halted"), ("WMT", "client_order_id must be unique")],
)
def test_the_first_one_is_watched_on_when_the_second_sending_is_refused(
    screen, platform, symbol: str, refusal: str
):
    page, client = screen.page, platform.client("charlie")
    screen.trade("charlie", symbol)
    lost, box = lose(page, "3")
    lost.give_back_the_network()

    def refuse(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=422, json={"code": 42210000, "message": refusal})
        else:
            route.continue_()

    page.context.route(ORDERS, refuse)
    box.get_by_test_id("unsettled-send").click()
    expect(box.get_by_test_id("unsettled-send")).to_be_visible(timeout=PATIENCE_MS)
    if symbol == "BAC":
        expect(box).to_contain_text("refused when it was sent again: trading is halted")
    page.reload()
    expect(box.get_by_test_id("unsettled-send")).to_be_visible(timeout=PATIENCE_MS)
    assert client.post("/v2/orders", json=lost.bodies[0]).status_code == 200  # the first one
    expect(page.get_by_test_id("receipt-title")).to_have_text(
        f"Buy 3 {symbol} · Market · Day", timeout=PATIENCE_MS
    )
    expect(page.get_by_test_id("unsettled")).to_have_count(0)
    orders = client.get("/v2/orders", params={"status": "all", "symbols": symbol}).json()
    assert [one["client_order_id"] for one in orders] == [lost.bodies[0]["client_order_id"]]


def test_an_order_that_arrived_without_an_answer_is_found_by_itself(screen, platform):
    """Only the answer was lost; in a copy of the tab it is the same order."""
    page, client = screen.page, platform.client("charlie")
    screen.trade("charlie", "DIS")

    def answer_is_lost(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.context.route(ORDERS, answer_is_lost)
    market_buy(page, "4")
    expect(page.get_by_test_id("receipt-title")).to_have_text(
        "Buy 4 DIS · Market · Day", timeout=PATIENCE_MS
    )
    expect(page.get_by_test_id("unsettled")).to_have_count(0)
    assert len(client.get("/v2/orders", params={"status": "all", "symbols": "DIS"}).json()) == 1


def test_two_tabs_with_the_same_lost_order_place_it_once(screen, platform):
    page, client = screen.page, platform.client("charlie")
    screen.trade("charlie", "F")
    lost, _ = lose(page, "6")
    kept_orders = page.evaluate("({ ...sessionStorage })")
    lost.give_back_the_network()
    copy = page.context.new_page()
    copy.goto("/login")  # redirects, and shares no session storage: it is copied as a browser does
    copy.evaluate("(kept) => Object.assign(sessionStorage, kept)", kept_orders)
    copy.goto("/#F")
    copy.reload()
    expect(copy.get_by_test_id("unsettled-send")).to_be_visible(timeout=PATIENCE_MS)
    copy.get_by_test_id("unsettled-send").click()
    expect(copy.get_by_test_id("receipt-title")).to_have_text(re.compile("^Buy 6 F"))
    expect(page.get_by_test_id("unsettled")).to_have_count(0, timeout=PATIENCE_MS)
    assert len(client.get("/v2/orders", params={"status": "all", "symbols": "F"}).json()) == 1


# --- What it keeps --------------------------------------------------------------------------------


def terms(page: Page) -> dict[str, str]:
    side = "buy" if page.get_by_test_id("side-buy").is_checked() else "sell"
    names = ("type", "tif", "amount")
    return {
        "side": side,
        **{name: page.get_by_test_id(f"ticket-{name}").input_value() for name in names},
    }


NEW = {"side": "buy", "type": "limit", "tif": "day", "amount": ""}


def arm(page: Page) -> None:
    page.get_by_test_id("side-sell").locator("..").click()
    page.get_by_test_id("ticket-type").select_option("market")
    page.get_by_test_id("ticket-tif").select_option("fok")
    page.get_by_test_id("ticket-amount").fill("100")


def by_another_symbol(page: Page) -> None:
    page.get_by_test_id("watch-BRK.A").click()
    expect(page.get_by_test_id("ticket-symbol")).to_have_text("BRK.A")


def by_escape(page: Page) -> None:
    page.get_by_test_id("ticket-amount").press("Escape")


@pytest.mark.parametrize("leave", [by_another_symbol, by_escape])
def test_nothing_stays_armed(screen, leave: Callable[[Page], None]):
    page = screen.page
    screen.trade("alice", "AAPL")
    arm(page)
    leave(page)
    assert terms(page) == NEW
    expect(page.get_by_test_id("ticket-submit")).to_have_text("Enter a quantity")


def test_a_closing_order_has_terms_of_its_own_and_leaves_none(screen, platform):
    page, client = screen.page, platform.client("bob")
    order = {
        "symbol": "AAPL",
        "qty": "4.5",
        "side": "buy",
        "type": "market",
        "time_in_force": "day",
    }
    assert client.post("/v2/orders", json=order).status_code == 200
    screen.trade("bob", "AAPL")
    page.get_by_test_id("side-sell").locator("..").click()
    page.get_by_test_id("ticket-tif").select_option("gtc")
    page.get_by_test_id("close-AAPL").click()
    assert terms(page) == {"side": "sell", "type": "market", "tif": "day", "amount": "4.5"}
    submit = page.get_by_test_id("ticket-submit")
    expect(submit).to_have_text("Sell 4.5 AAPL · Market")
    submit.click()
    expect(page.get_by_test_id("receipt-title")).to_have_text("Sell 4.5 AAPL · Market · Day")
    assert terms(page) == NEW
    until(lambda: client.get("/v2/positions").json() == [], what="the position to be closed")


# --- What it says beforehand ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "size", [*SMALL, {"width": 1920, "height": 1080}, {"width": 390, "height": 844}]
)
def test_the_verdict_and_the_likely_fill_are_in_sight(screen, size):
    page = screen.page
    screen.trade("alice", "AAPL")
    page.set_viewport_size(size)
    if size["width"] < 900:
        page.get_by_test_id("phone-buy").click()
    foreseen = ("preview-fill", "preview-checks-summary", "ticket-submit")
    page.get_by_test_id("ticket-amount").fill("10")
    page.get_by_test_id("ticket-limit").fill("100.00")
    expect(page.get_by_test_id("preview-fill")).to_have_text("Waits for 100.00")
    expect(page.get_by_test_id("preview-checks-summary")).to_contain_text("pass")
    in_sight(page, *foreseen)
    submit = page.get_by_test_id("ticket-submit")
    green = submit.evaluate("(button) => getComputedStyle(button).backgroundColor")
    page.get_by_test_id("ticket-amount").fill("100000")
    expect(submit).to_have_text(re.compile(
        r"^Would be refused: order value \$\d\d,\d{3},\d{3} at the market's \$\d{3}\.\d\d"
        r" is above your limit of \$250,000$"
    ))  # fmt: skip
    expect(page.get_by_test_id("preview-fill")).to_have_text("None: it would be refused")
    in_sight(page, *foreseen)
    assert submit.evaluate("(button) => getComputedStyle(button).backgroundColor") != green


def test_a_likely_fill_never_promises_more_than_is_shown(screen):
    page = screen.page
    screen.trade("alice", "F")  # cheap enough for more shares than are shown
    page.get_by_test_id("ticket-type").select_option("market")
    page.get_by_test_id("ticket-amount").fill("8000")
    fill = page.get_by_test_id("preview-fill")
    expect(fill).to_have_text(re.compile(r"^[\d,]+ now @ \d+\.\d+, [\d,]+ wait$"))
    now, rest = re.findall(r"([\d,]+) (?:now|wait)", fill.inner_text())
    assert int(now.replace(",", "")) + int(rest.replace(",", "")) == 8000
    page.get_by_test_id("ticket-tif").select_option("fok")
    expect(fill).to_have_text("Nothing now, would be canceled")


def test_the_most_that_can_be_bought_stands_before_and_does_not_move_while_one_types(screen):
    page = screen.page
    screen.trade("alice", "BAC")
    page.get_by_test_id("ticket-type").select_option("market")
    most = page.get_by_test_id("ticket-max")
    expect(most).to_have_text(re.compile(r"^max [\d,]+$"))

    def shares() -> int:
        return int(most.inner_text().removeprefix("max ").replace(",", ""))

    before = shares()
    for typed in ("5", "50", "500"):
        page.get_by_test_id("ticket-amount").fill(typed)
        expect(page.get_by_test_id("preview-checks-summary")).to_contain_text("pass")
        assert abs(shares() - before) <= before * 0.01  # the market moves, the margin does not
    most.click()
    expect(page.get_by_test_id("preview-checks-summary")).to_contain_text("pass")
    expect(page.get_by_test_id("preview-reserve")).to_have_text(re.compile(r"^\$[\d,]+\.\d\d$"))


def test_a_quote_that_stands_still_is_grey_with_its_age_while_trades_go_on(browser, platform):
    screen = Screen(browser, platform, size=DESKTOP)
    page = screen.page
    frozen: dict[str, dict[str, Any]] = {}

    def freeze(message: str | bytes) -> str:
        """Let each symbol's quote be the first one that came, two minutes old by now."""
        frame = json.loads(message)
        for tick in frame["data"] if frame["type"] == "ticks" else []:
            first = frozen.setdefault(tick["S"], {name: tick[name] for name in ("bp", "ap", "qt")})
            tick.update(first, qt=first["qt"] and first["qt"] - 120_000)
        return json.dumps(frame)

    def between(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(lambda message: route.send(freeze(message)))

    page.route_web_socket("**/ws/quotes?*", between)
    screen.trade("alice", "AAPL")
    expect(page.get_by_test_id("book")).to_have_class(re.compile("stale"))
    expect(page.get_by_test_id("book-age")).to_have_text(re.compile(r"^Quote \d+ min old$"))
    expect(page.locator("#quote-head")).not_to_have_class(re.compile("stale"))
    bid = page.get_by_test_id("book-bid")
    grey, green = bid.evaluate("""(bid) => {
      const look = () => getComputedStyle(bid).color;
      const book = bid.closest(".book");
      const before = look();
      book.classList.remove("stale");
      return [before, look()];
    }""")
    assert grey != green
    screen.close()


# --- What it tells --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [DESKTOP, {"width": 1024, "height": 768}, PHONE])
def test_news_of_an_order_are_one_line_over_no_control(browser, platform, size):
    screen = Screen(browser, platform, size=size)
    page = screen.page
    client = platform.client("bob")
    screen.enter("bob")
    toasts = page.get_by_test_id("toast")
    offer = client.get("/v2/stocks/F/quotes/latest").json()["quote"]["ap"]
    order = {"symbol": "F", "qty": "2500", "side": "buy", "type": "limit", "time_in_force": "day",
             "limit_price": f"{offer + 0.02:.2f}"}  # fmt: skip
    placed = client.post("/v2/orders", json=order).json()

    def is_part_filled() -> bool:
        return float(client.get(f"/v2/orders/{placed['id']}").json()["filled_qty"]) > 0

    until(is_part_filled, what="a fill")
    expect(toasts.first).to_contain_text(re.compile("Bought .* F at"))
    client.delete(f"/v2/orders/{placed['id']}")
    expect(toasts.first).to_contain_text(re.compile("Buy 2,500 F.* canceled|Order complete"))
    expect(toasts).to_have_count(1)
    covered = page.evaluate("""() => {
      const place = document.querySelector("#toasts").getBoundingClientRect();
      const isUnder = (element) => {
        const box = element.getBoundingClientRect();
        return element.checkVisibility() && box.left < place.right && box.right > place.left
          && box.top < place.bottom && box.bottom > place.top;
      };
      const kept = "button, a, input, select, summary, #account-strip dd";
      return [...document.querySelectorAll(kept)].filter(isUnder).map((each) => each.outerHTML);
    }""")
    assert covered == []
    screen.close()


# --- The server is stopped under the open page ----------------------------------------------------


def test_after_an_outage_the_page_asks_by_itself_and_sends_nothing(screen, platform):
    page = screen.page
    screen.trade("bob", "MSFT")
    submit, box = page.get_by_test_id("ticket-submit"), page.get_by_test_id("unsettled")
    lost = Lost(page)
    page.context.route("**/v2/orders:by_client_order_id*", lambda route: route.abort())
    market_buy(page, "7")
    expect(box).to_contain_text("No answer yet: Buy 7 MSFT")
    platform.stop()
    page.get_by_test_id("watch-KO").click()
    expect(submit).to_have_text("No connection to the server: nothing can be sent")
    expect(submit).to_be_disabled()
    expect(box).to_contain_text("No answer yet: Buy 7 MSFT")
    page.context.unroute("**/v2/orders:by_client_order_id*")
    lost.give_back_the_network()
    platform.start()
    expect(box.get_by_test_id("unsettled-send")).to_be_visible(timeout=PATIENCE_MS)
    client = platform.client("bob")
    assert client.get("/v2/orders", params={"status": "all", "symbols": "MSFT"}).json() == []
    expect(page.get_by_test_id("ticket-amount")).to_be_enabled()
    box.get_by_test_id("unsettled-drop").click()
    expect(box).to_contain_text("Dropped: Buy 7 MSFT")
    assert client.get("/v2/orders", params={"status": "all", "symbols": "MSFT"}).json() == []
