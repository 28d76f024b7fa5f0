"""axe-core finds nothing on any page, in both themes, on a desk and on a phone."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e import orders
from tests.e2e.platform import Platform
from tests.e2e.screen import DESKTOP, PATIENCE_MS, PHONE, Screen

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

# Level A and AA, and what axe counts as good practice; the admin's framework is held to A and AA.
OURS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
ADMIN = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
ADMIN_PAGES = ("", "identity/user/", "identity/user/add/", "oms/account/add/", "oms/account/")


def faults(page: Page, options: dict[str, Any] = OURS) -> list[str]:
    """Return what axe finds: the rule, and the first things that break it."""
    response = Axe().run(page, options=options).response
    return [
        f"{page.url} {found['id']} ({found['impact']}): "
        + "; ".join(node["html"][:160] for node in found["nodes"][:4])
        for found in response["violations"]
    ]


@pytest.fixture(scope="module")
def traded(platform: Platform) -> Platform:
    client = platform.client("alice")
    orders.await_status(client, orders.place(client, orders.body(qty="5"))["id"], "filled")
    orders.place(client, orders.resting())
    client.post("/v2/orders", json=orders.resting(qty="900000"))
    return platform


@pytest.fixture(params=["dark", "light"])
def theme(request) -> str:
    found: str = request.param
    return found


@pytest.fixture(params=["desk", "phone"])
def screen(request, browser, traded: Platform, theme: str) -> Iterator[Screen]:
    is_phone = request.param == "phone"
    made = Screen(browser, traded, size=PHONE if is_phone else DESKTOP, by_finger=is_phone)
    made.page.emulate_media(reduced_motion="reduce")
    # Before anything is drawn, whatever the page keeps under whose name.
    made.page.add_init_script(
        f"const put = () => document.documentElement.dataset.theme = '{theme}';"
        "document.addEventListener('DOMContentLoaded', put);"
    )
    yield made
    made.close()


def test_pages_of_a_stranger(screen: Screen) -> None:
    page = screen.page
    page.goto("/login")
    found = faults(page)
    page.get_by_test_id("username").fill("alice")
    page.get_by_test_id("password").fill("wrong")
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("login-error")).to_be_visible()
    found += faults(page)
    page.goto("/register")
    found += faults(page)
    assert found == []


def test_pages_of_a_trader(screen: Screen) -> None:
    page = screen.page
    screen.enter("alice")
    expect(page.get_by_test_id("quote-symbol")).not_to_have_text("—", timeout=PATIENCE_MS)
    found = faults(page)
    page.get_by_test_id("user-menu").locator("summary").click()
    found += faults(page)
    page.keyboard.press("Escape")
    page.goto("/orders")
    page.get_by_test_id("order-row").first.click()
    expect(page.locator(".life")).to_be_visible()
    found += faults(page)
    for place in ("/keys", "/password", "/nothing"):
        page.goto(place)
        found += faults(page)
    assert found == []


def test_the_search_and_the_ticket(screen: Screen) -> None:
    page = screen.page
    screen.enter("alice")
    page.evaluate("document.body.dataset.search = 'open'")
    page.get_by_test_id("search").focus()
    expect(page.get_by_test_id("search-option").first).to_be_visible()
    found = faults(page)
    page.keyboard.press("Escape")
    if page.get_by_test_id("phone-buy").is_visible():
        page.get_by_test_id("phone-buy").click()
    page.get_by_test_id("ticket-amount").fill("1")
    found += faults(page)
    assert found == []


def test_the_admin_site(screen: Screen) -> None:
    page = screen.page
    page.goto("/admin/login/")
    found = faults(page, ADMIN)
    page.locator("#id_username").fill("admin")
    page.locator("#id_password").fill(screen._platform.users()["admin"]["password"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/")
    for place in ADMIN_PAGES:
        page.goto(f"/admin/{place}")
        found += faults(page, ADMIN)
    assert found == []
