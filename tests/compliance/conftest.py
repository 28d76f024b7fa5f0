"""Each test has its own file of what is expected of the log."""

from pathlib import Path

import pytest

from compliance.interface import extend_expectation
from tests.compliance.scene import Scene, play
from tests.oms.conftest import alice, instruments, market  # noqa: F401 - fixtures
from trading.kernel.clock import utc_now


@pytest.fixture(autouse=True)
def expectation(settings, tmp_path: Path) -> Path:
    path = tmp_path / "records.expected"
    settings.RECORDS_EXPECTATION = path
    return path


@pytest.fixture
def scene(market, alice, expectation) -> Scene:  # noqa: F811 - fixtures
    """A firm at work, and what is expected of its log noted."""
    played = play(alice)
    extend_expectation(now=utc_now())
    return played
