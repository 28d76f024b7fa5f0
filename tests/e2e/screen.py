"""What a person sees of the platform: a page of a real Chromium, signed in."""

import re
import shutil

from playwright.sync_api import Browser, Page, expect

from tests.e2e.platform import Platform

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 30_000


class Screen:
    """A page that complains about what a person would not see: script errors, refused content."""

    def __init__(
        self,
        browser: Browser,
        platform: Platform,
        *,
        size: dict[str, int],
        by_finger: bool = False,
    ) -> None:
        context = browser.new_context(
            base_url=platform.base_url,
            viewport=size,  # type: ignore[arg-type]
            has_touch=by_finger,
            is_mobile=by_finger,
        )
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if "Content Security Policy" in message.text
                else None
            ),
        )
        self._platform = platform

    def sign_in(self, username: str) -> None:
        self.page.goto("/login")
        self.fill_in(username)

    def fill_in(self, username: str) -> None:
        """Fill in the form that is open, and send it."""
        self.page.get_by_test_id("username").fill(username)
        self.page.get_by_test_id("password").fill(self._platform.users()[username]["password"])
        self.page.get_by_test_id("sign-in").click()

    def enter(self, username: str) -> None:
        """Sign in; returns once the account's numbers are there."""
        self.sign_in(username)
        expect(self.page.get_by_test_id("equity")).to_have_text(
            re.compile(r"\$[\d,.]+"), timeout=PATIENCE_MS
        )

    def trade(self, username: str, symbol: str) -> None:
        """Sign in and open a symbol; returns once its prices are there too."""
        self.enter(username)
        self.page.goto(f"/#{symbol}")
        self.page.get_by_test_id(f"watch-{symbol}").click()
        expect(self.page.get_by_test_id("quote-symbol")).to_have_text(symbol)
        expect(self.page.get_by_test_id("book-ask")).to_have_text(
            re.compile(r"[\d.]+"), timeout=PATIENCE_MS
        )

    def close(self) -> None:
        self.page.context.close()
        assert self.complaints == [], self.complaints


def in_sight(page: Page, *names: str) -> None:
    """Each of these is inside the window and the topmost thing where it is."""
    for name in names:
        element = page.get_by_test_id(name)
        expect(element).to_be_in_viewport(ratio=1)
        assert element.evaluate("""(element) => {
          const { left, top, width, height } = element.getBoundingClientRect();
          const found = document.elementFromPoint(left + width / 2, top + height / 2);
          return element.contains(found) || found.contains(element);
        }"""), name  # fmt: skip
