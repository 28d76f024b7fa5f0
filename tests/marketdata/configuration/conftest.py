"""What the tests of the configuration share: nothing is set outside, and keys can be sealed."""

from typing import Any

import pytest

from marketdata import interface
from trading.kernel.clock import utc_now

KEY_ID, SECRET_KEY = "PK-alices-key-id", "alices-secret-key"


@pytest.fixture(autouse=True)
def _nothing_is_set_outside(settings):
    settings.FEED, settings.PROVIDERS = "", {}
    settings.PROVIDER_SECRETS_KEY = "only-for-tests"
    settings.TICK_ARCHIVE = False


def configure(name: str = "alpaca", **said: Any) -> bool:
    """Change a provider as an administrator does; return whether that changed anything."""
    entered: dict[str, Any] = {
        "name": name,
        "is_enabled": False,
        "priority": 1,
        "options": {},
        "secrets": {},
        "cleared": [],
        "actor": "user:bob",
        "reason": "a new plan",
        "now": utc_now(),
    }
    return interface.configure_provider(**entered | said)


def enable_alpaca(**said: Any) -> bool:
    keys: dict[str, Any] = {"secrets": {"key_id": KEY_ID, "secret_key": SECRET_KEY}}
    return configure(is_enabled=True, **keys | said)
