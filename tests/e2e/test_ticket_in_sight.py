"""What an order is written in and decided by is in sight, on a low screen and on a phone's side."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.lost import lose
from tests.e2e.platform import Platform
from tests.e2e.screen import PATIENCE_MS, Screen, in_sight

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

LOW = {"width": 1366, "height": 657}
FIELDS = ("ticket-tif", "ticket-amount", "ticket-limit")


@pytest.fixture
def screen(browser, platform: Platform) -> Iterator[Screen]:
    made = Screen(browser, platform, size=LOW)
    made.page.emulate_media(reduced_motion="reduce")  # a sheet that still moves is not in place
    yield made
    made.close()


def test_a_limit_order_and_its_cost_stand_above_the_button(screen: Screen) -> None:
    page = screen.page
    screen.trade("alice", "AAPL")
    page.get_by_test_id("ticket-amount").fill("10")
    expect(page.get_by_test_id("preview-cost")).to_have_text(re.compile(r"^\$[\d,]+\.\d\d$"))
    in_sight(page, "side-buy", *FIELDS, "preview-cost", "ticket-submit")


def test_on_a_phone_on_its_side_the_fields_stand_beside_the_button(screen: Screen) -> None:
    page = screen.page
    screen.trade("alice", "AAPL")
    page.set_viewport_size({"width": 844, "height": 390})
    page.get_by_test_id("phone-buy").click()
    in_sight(page, "side-buy", *FIELDS, "preview-cost", "ticket-submit")


def test_what_to_decide_of_a_lost_order_stands_beside_the_button(screen: Screen) -> None:
    page = screen.page
    screen.trade("charlie", "AAPL")
    page.get_by_test_id("ticket-amount").fill("1")
    expect(page.get_by_test_id("preview-checks-box")).to_be_visible()
    page.locator("#ticket-body").evaluate("(body) => { body.scrollTop = body.scrollHeight; }")
    _, box = lose(page, "7")
    in_sight(page, "unsettled-title", "unsettled-send", "unsettled-drop", "ticket-submit")
    expect(page.get_by_test_id("ticket-submit")).to_have_text(
        "Decide about the earlier order first"
    )
    box.get_by_test_id("unsettled-drop").click()


def test_after_a_refusal_the_button_stays_refused_and_the_fields_in_sight(screen: Screen) -> None:
    page = screen.page
    screen.trade("alice", "AAPL")
    page.get_by_test_id("ticket-amount").fill("50000")
    submit = page.get_by_test_id("ticket-submit")
    expect(submit).to_have_text(re.compile("^Would be refused: order value"))
    assert submit.evaluate("(button) => button.scrollHeight <= button.clientHeight")
    tones = submit.evaluate_handle("""(button) => {
      const tones = [];
      const look = () => button.disabled || tones.push(button.dataset.tone);
      new MutationObserver(look).observe(button, { attributes: true });
      return tones;
    }""")
    with page.expect_response(re.compile("orders:preview")):  # the one after the refusal
        submit.click()
        expect(page.get_by_test_id("refusal")).to_be_visible()
    expect(submit).to_have_text("Would be refused again")
    in_sight(page, "ticket-amount", "ticket-limit", "refusal", "ticket-submit")
    assert "ready" not in tones.json_value()
    page.get_by_test_id("ticket-amount").fill("5")
    expect(submit).to_have_text(re.compile("^Buy 5 AAPL"))
    expect(submit).to_have_attribute("data-tone", "ready")


def test_the_last_indicator_can_be_reached(screen: Screen) -> None:
    page = screen.page
    screen.trade("alice", "AAPL")
    page.get_by_test_id("indicator-menu").locator("summary").click()
    last = page.locator("#indicator-choices button").last
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport(ratio=1)
    last.click()  # Playwright presses only what nothing cuts or covers
    expect(page.get_by_test_id("indicator-count")).to_have_text("1", timeout=PATIENCE_MS)
    last.click()


def test_the_most_in_dollars_is_told_and_filled_in_dollars(screen: Screen) -> None:
    page = screen.page
    screen.trade("alice", "AAPL")
    page.get_by_test_id("unit-dollars").check(force=True)
    most = page.get_by_test_id("ticket-max")
    expect(most).to_have_text(re.compile(r"^max \$[\d,]+\.\d\d$"))
    told = most.inner_text().removeprefix("max $").replace(",", "")
    most.click()
    expect(page.get_by_test_id("unit-dollars")).to_be_checked()
    assert float(page.get_by_test_id("ticket-amount").input_value()) == float(told)
    expect(page.get_by_test_id("preview-checks-summary")).to_contain_text("pass")
    expect(page.get_by_test_id("ticket-submit")).to_have_text(re.compile(r"^Buy \$[\d,.]+ of AAPL"))
