"""An officer's day in a browser: why an order was refused, its export, a halt, a second person."""

import csv
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.screen import DESKTOP, PATIENCE_MS, Screen

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("officer")]

LIMIT = {"side": "buy", "type": "limit", "limit_price": "20", "time_in_force": "gtc"}


@pytest.fixture
def staff(browser, platform) -> Iterator[Callable[[str], Page]]:
    opened: list[Screen] = []

    def sign_in(username: str) -> Page:
        screen = Screen(browser, platform, size=DESKTOP)
        opened.append(screen)
        screen.sign_in(username)
        screen.page.wait_for_url("**/admin/")
        return screen.page

    yield sign_in
    for screen in opened:
        assert screen.complaints == []
        screen.page.context.close()


def place(platform, **terms):
    return platform.client("alice").post("/v2/orders", json={"symbol": "IBM", "qty": "3", **terms})


def choose(page: Page, field: str, typed: str, words: str) -> None:
    """Type into a chooser and take what it finds."""
    page.locator(f"#id_{field} + .select2 .select2-selection").click()
    page.locator(".select2-search__field").fill(typed)
    page.get_by_role("option", name=re.compile(words)).first.click()


def test_an_officer_finds_why_an_order_was_refused_and_exports_it(platform, staff, tmp_path):
    refused = place(platform, **LIMIT | {"qty": "100000"})
    assert refused.status_code == 403
    page = staff("officer")
    row = page.get_by_test_id("refused-row").filter(has_text="BUY 100000 IBM")
    expect(row).to_contain_text("Alice (alice)")
    expect(row).to_contain_text("order value")
    page.get_by_test_id("all-refused").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    with page.expect_download() as started:
        page.get_by_test_id("export").click()
    path = tmp_path / "refused.csv"
    started.value.save_as(path)
    assert started.value.suggested_filename.startswith("openbell-orders-")
    (told,) = csv.DictReader(path.read_text().splitlines())
    assert told["Id"] == refused.json()["order_id"]
    assert "order value" in told["Why"]


def test_an_officer_has_the_records_verified_and_sees_the_outcome(platform, staff):
    page = staff("officer")
    page.get_by_test_id("verify-now").click()
    expect(page.get_by_test_id("desk-records")).to_contain_text(
        re.compile(r"Intact.*asked for by officer", re.DOTALL), timeout=PATIENCE_MS
    )
    expect(page.get_by_test_id("verify-now")).to_be_enabled()


def see_halted(page: Page) -> None:
    """The symbol is marked where its price is, and no other one."""
    expect(page.get_by_test_id("halted-IBM")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_test_id("watch-IBM").click()
    expect(page.get_by_test_id("quote-halt")).to_have_text("HaltedTrading in IBM is halted")
    expect(page.get_by_test_id("halted-AAPL")).to_be_hidden()


def see_resumed(page: Page) -> None:
    """The mark has gone on the page that the trader comes back to."""
    with page.expect_response(re.compile("/web/halts")):
        page.goto("/#IBM")
    expect(page.get_by_test_id("quote-symbol")).to_have_text("IBM")
    expect(page.get_by_test_id("halted-IBM")).to_be_hidden()
    expect(page.get_by_test_id("quote-halt")).to_be_hidden()


def test_a_halt_says_what_it_cancels_the_trader_who_did_and_a_second_person_lifts_it(
    browser, platform, staff
):
    placed = place(platform, **LIMIT).json()
    trader = Screen(browser, platform, size=DESKTOP)
    trader.enter("alice")

    page = staff("officer")
    page.get_by_role("link", name="Stop trading…").click()
    told = page.get_by_test_id("working-orders")
    expect(told).to_have_text("Choose what is stopped.")
    page.get_by_text("The whole firm", exact=True).click()
    expect(told).to_contain_text("cancels one working order")
    page.get_by_text("One symbol", exact=True).click()
    choose(page, "symbol", "bac", "^BAC ")
    expect(told).to_contain_text("No order works there now")
    choose(page, "symbol", "ibm", "^IBM ")
    expect(told).to_contain_text("cancels one working order")
    page.locator("#id_reason").fill("a rumour")
    stop = page.get_by_test_id("stop-trading")
    expect(stop).to_have_text("Stop trading in IBM")
    stop.click()
    expect(page.get_by_text("One working order was canceled.")).to_be_visible()

    # The trader is told who and why, where the order is listed and in its life.
    words = "Canceled by the firm: trading in IBM is halted"
    reason = trader.page.get_by_test_id(f"reason-{placed['id']}")
    expect(reason).to_have_text(words, timeout=PATIENCE_MS)
    see_halted(trader.page)
    trader.page.goto(f"/orders#{placed['id']}")
    expect(trader.page.get_by_test_id(f"life-{placed['id']}")).to_contain_text(words)
    assert trader.complaints == []

    # The officer is not offered to lift it; a second person is, and then nobody is any more.
    page.goto("/admin/risk/killswitch/")
    assert page.locator("[hx-get$='/lift/']").count() == 0
    second = staff("principal")
    second.goto("/admin/risk/killswitch/")
    lift(second)
    expect(second.get_by_text("The kill switch is lifted.")).to_be_visible()
    see_resumed(trader.page)
    row = second.locator("#result_list tbody tr").first
    expect(row).to_contain_text("officer")
    expect(row).to_contain_text("principal")
    assert second.locator("[hx-get$='/lift/']").count() == 0


def lift(page: Page) -> None:
    page.goto("/admin/risk/killswitch/")
    page.locator("[hx-get$='/lift/']").click()
    dialog = page.locator("#dialog")
    dialog.locator("[name=reason]").fill("it is over")
    dialog.get_by_role("button", name="Lift").click()
    page.wait_for_url("**/admin/risk/killswitch/")


def test_an_engaged_switch_stands_at_home(platform, staff):
    page = staff("officer")
    page.goto("/admin/risk/killswitch/add/")
    page.get_by_text("One account", exact=True).click()
    choose(page, "account_id", "char", "charlie")
    page.locator("#id_reason").fill("asked by the bank")
    page.get_by_test_id("stop-trading").click()
    page.goto("/admin/")
    row = page.get_by_test_id("switch-row").filter(has_text="charlie")
    expect(row).to_contain_text("asked by the bank")
    expect(row).to_contain_text("officer")


def test_what_is_wrong_in_a_form_is_brought_into_sight(platform, staff):
    page = staff("admin")
    page.set_viewport_size({"width": 1280, "height": 560})
    page.goto("/admin/identity/user/add/")
    page.locator("#id_username").fill("dora")
    for number in (1, 2):
        page.locator(f"#id_password{number}").fill("123")
    page.get_by_role("button", name="Save", exact=True).click()
    error = page.locator(".errorlist").first
    expect(error).to_be_in_viewport(ratio=1)
    bottom = error.evaluate("node => node.getBoundingClientRect().bottom")
    footer = page.locator("#submit-row").evaluate("node => node.getBoundingClientRect().top")
    assert bottom <= footer
    expect(page.locator("#id_password2")).to_be_focused()
