"""What the tests of providers share."""

import os
from pathlib import Path

import pytest

_FIXTURES = Path(__file__).resolve().parents[3] / ".." / "shared" / "fixtures"


@pytest.fixture(scope="session")
def vendor_fixtures() -> Path:
    """The folder of recorded answers; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("VENDOR_FIXTURES") or _FIXTURES).resolve()
    if not (folder / "MANIFEST.md").exists():
        pytest.skip(f"recorded answers of vendors are absent: no {folder}")
    return folder
