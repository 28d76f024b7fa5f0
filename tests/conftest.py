"""What every test may use."""

import os
from pathlib import Path

import pytest

_PACK = Path(__file__).resolve().parent.parent / ".." / "shared" / "data"


@pytest.fixture(scope="session")
def market_data_pack() -> Path:
    """The folder of recorded market data; tests that need it are skipped where it is absent."""
    pack = Path(os.environ.get("MARKET_DATA_PACK") or _PACK).resolve()
    if not (pack / "MANIFEST.md").exists():
        pytest.skip(f"recorded market data is absent: no {pack}")
    return pack
