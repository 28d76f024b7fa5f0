"""What every test may use."""

import os
from pathlib import Path

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import settings

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("any_machine", deadline=None)
settings.load_profile("any_machine")

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
    sql_flush, execute_sql_flush = (
        DatabaseOperations.sql_flush,
        DatabaseOperations.execute_sql_flush,
    )

    def without_limits(self, style, tables, **options):
        return sql_flush(self, style, [name for name in tables if name != "risk_limit"], **options)

    def past_triggers(self, sql_list):
        execute_sql_flush(
            self,
            [
                "SET LOCAL session_replication_role = replica",
                *sql_list,
                "DELETE FROM risk_limit WHERE set_by <> 'system:install'",
                "SET LOCAL session_replication_role = origin",
            ],
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", without_limits)
        patch.setattr(DatabaseOperations, "execute_sql_flush", past_triggers)
        yield
