"""An order that the network loses between a page and the platform."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.screen import PATIENCE_MS

ORDERS = re.compile(r"/v2/orders$")


class Lost:
    """Requests to place an order that the network took; ``let_through`` sends one after all."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.bodies: list[dict[str, Any]] = []
        self.page.context.route(ORDERS, self._take)

    def _take(self, route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        self.bodies.append(dict(route.request.post_data_json or {}))
        route.abort("connectionreset")

    def give_back_the_network(self) -> None:
        self.page.context.unroute(ORDERS)


def market_buy(page: Page, qty: str) -> None:
    page.get_by_test_id("ticket-type").select_option("market")
    page.get_by_test_id("ticket-amount").fill(qty)
    submit = page.get_by_test_id("ticket-submit")
    expect(submit).to_have_text(re.compile(f"Buy {qty} "))
    submit.click()


def lose(page: Page, qty: str) -> tuple[Lost, Locator]:
    """Lose a market buy of the open symbol; return once the page knows that it did not arrive."""
    lost = Lost(page)
    market_buy(page, qty)
    box = page.get_by_test_id("unsettled")
    expect(box.get_by_test_id("unsettled-drop")).to_be_visible(timeout=PATIENCE_MS)
    return lost, box
