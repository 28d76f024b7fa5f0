"""What every test may use."""

import os
from pathlib import Path

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations

_PACK = Path(__file__).resolve().parent.parent / ".." / "shared" / "data"


@pytest.fixture(scope="session")
def market_data_pack() -> Path:
    """The folder of recorded market data; tests that need it are skipped where it is absent."""
    pack = Path(os.environ.get("MARKET_DATA_PACK") or _PACK).resolve()
    if not (pack / "MANIFEST.md").exists():
        pytest.skip(f"recorded market data is absent: no {pack}")
    return pack


@pytest.fixture(autouse=True, scope="session")
def _flush_what_is_written_once():
    """
    Let tests with real commits empty the tables afterwards, past the triggers that forbid it.

    The limits that the migrations set stay, as they are part of the schema's start.
    """
    original = DatabaseOperations.execute_sql_flush

    def flush(self, sql_list):
        original(
            self,
            [
                "SET LOCAL session_replication_role = replica",
                *(statement.replace('"risk_limit", ', "") for statement in sql_list),
                "DELETE FROM risk_limit WHERE set_by <> 'system:install'",
                "SET LOCAL session_replication_role = origin",
            ],
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", flush)
        yield
