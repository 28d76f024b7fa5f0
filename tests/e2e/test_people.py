"""What a new person meets: an account of one's own, pages that are light, come back, and speak."""

import gzip
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.platform import Platform
from tests.e2e.screen import DESKTOP, PATIENCE_MS, Screen

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

FIRST_VIEW_BYTES_MAX = 250_000
PASSWORD = "correct horse battery"


@pytest.fixture
def screen(browser, platform: Platform) -> Iterator[Screen]:
    made = Screen(browser, platform, size=DESKTOP)
    yield made
    made.close()


def weigh(page: Page) -> dict[str, int]:
    """Return, filled as the page loads, how many bytes came over the wire for each address."""
    weights: dict[str, int] = {}
    addresses: dict[str, str] = {}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on(
        "Network.responseReceived",
        lambda event: addresses.update({event["requestId"]: event["response"]["url"]}),
    )
    session.on(
        "Network.loadingFinished",
        lambda event: weights.update(
            {addresses.get(event["requestId"], ""): int(event["encodedDataLength"])}
        ),
    )
    return weights


# --- Weight ---------------------------------------------------------------------------------------


def test_the_first_view_is_light_and_the_next_one_nearly_nothing(screen: Screen) -> None:
    page = screen.page
    page.goto("/login")
    page.context.clear_cookies()
    weights = weigh(page)
    screen.enter("alice")
    page.wait_for_load_state("networkidle")
    first = sum(weights.values())
    heaviest = sorted(weights.items(), key=lambda one: -one[1])[:8]
    assert first < FIRST_VIEW_BYTES_MAX, (first, heaviest)
    weights.clear()
    page.reload()
    page.wait_for_load_state("networkidle")
    kept = [address for address in weights if "/static/" in address and weights[address]]
    assert kept == []


def test_static_files_are_compressed_and_kept_for_good(platform: Platform) -> None:
    stranger = platform.stranger()
    page = stranger.get("/login").text
    (style,) = re.findall(r'href="(/static/css/base\.[0-9a-f]{12}\.css)"', page)
    with httpx.stream(
        "GET", platform.base_url + style, headers={"Accept-Encoding": "gzip"}
    ) as answer:
        raw = b"".join(answer.iter_raw())
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
        assert answer.headers["Vary"] == "Accept-Encoding"
    assert b".skip" in gzip.decompress(raw)
    assert stranger.get("/static/css/nothing.css").status_code == 404


def test_scripts_load_each_other_by_their_kept_names(screen: Screen) -> None:
    loaded: list[str] = []
    screen.page.on("request", lambda request: loaded.append(request.url))
    screen.enter("alice")
    scripts = [url for url in loaded if url.endswith(".js")]
    assert len(scripts) > 20
    assert [url for url in scripts if not re.search(r"\.[0-9a-f]{12}\.js$", url)] == []


# --- An account -----------------------------------------------------------------------------------


def test_a_visitor_opens_an_account_and_sees_his_money(screen: Screen) -> None:
    page = screen.page
    page.goto("/login")
    page.get_by_test_id("register-link").click()
    page.get_by_test_id("username").fill("Dora")
    page.get_by_test_id("password1").fill(PASSWORD)
    page.get_by_test_id("password2").fill(PASSWORD)
    page.get_by_test_id("account-margin").check()
    page.get_by_test_id("register").click()
    expect(page.get_by_test_id("equity")).to_have_text("$100,000.00", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("buying-power")).to_have_text("$200,000.00")


def test_after_a_wrong_password_the_cursor_is_where_it_is_typed_again(screen: Screen) -> None:
    page = screen.page
    page.goto("/login")
    expect(page.get_by_test_id("username")).to_be_focused()
    page.get_by_test_id("username").fill("charlie")
    page.get_by_test_id("password").fill("wrong")
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("login-error")).to_contain_text("do not match")
    expect(page.get_by_test_id("password")).to_be_focused()


# --- Outages --------------------------------------------------------------------------------------


def test_a_page_comes_back_with_its_server_and_with_its_network(browser) -> None:
    """How soon is a matter of the pauses: tests/web/js/sockets.test.mjs."""
    with Platform() as platform:
        platform.start()
        screen = Screen(browser, platform, size=DESKTOP)
        screen.enter("alice")
        page = screen.page
        line = page.get_by_test_id("connection")
        platform.kill()
        expect(page.get_by_test_id("banner-retry")).to_be_visible(timeout=PATIENCE_MS)
        platform.start()
        expect(line).to_have_attribute("data-state", "unreal", timeout=PATIENCE_MS)
        page.context.set_offline(True)
        expect(line).to_contain_text("Offline")
        page.context.set_offline(False)
        expect(line).to_have_attribute("data-state", "unreal", timeout=PATIENCE_MS)
        screen.close()
        platform.stop()
