"""Captures for tests: recorded ones where they are, and small ones made here."""

import os
from pathlib import Path

import pytest

_FIXTURES = Path(__file__).resolve().parents[3] / ".." / "shared" / "fixtures"


@pytest.fixture(scope="session")
def iex_fixtures() -> Path:
    """The folder of IEX's recorded captures; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("VENDOR_FIXTURES") or _FIXTURES).resolve() / "iex"
    if not folder.is_dir():
        pytest.skip(f"recorded vendor answers are absent: no {folder}")
    return folder
