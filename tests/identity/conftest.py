"""Alice, and a clock that stands still."""

from datetime import datetime
from uuid import UUID

import pytest

from tests.identity.signing_in import Go, make
from trading.kernel import clock
from trading.kernel.clock import utc_now


@pytest.fixture
def alice() -> UUID:
    return make("alice")


@pytest.fixture
def go_to(monkeypatch) -> Go:
    """Let time stand still, and be another one."""
    moment = utc_now()

    class Still(datetime):
        @classmethod
        def now(cls, tz=None):
            return moment.astimezone(tz)

    monkeypatch.setattr(clock, "datetime", Still)

    def go(at: datetime) -> None:
        nonlocal moment
        moment = at

    return go
