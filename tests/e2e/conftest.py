"""One running platform and one Chromium for all tests of a module."""

import importlib
import warnings
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.platform import Platform
from tests.e2e.screen import CHROMIUM, FLAGS

# alpaca-py's streams still import what its own dependency has deprecated; met once, here.
with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
    importlib.import_module("alpaca.trading.stream")


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    """The platform on its simulated market; stopped in good order after the module's last test."""
    with Platform() as running:
        running.start()
        yield running
        running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM HERE: the browser tests are skipped")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Show the end of each running platform's log beside a failure."""
    report = yield
    if report.failed:
        report.sections += [
            (f"the platform on {one.base_url}", one.log_tail()) for one in Platform.running
        ]
    return report
