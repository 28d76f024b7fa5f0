"""Whether the tables whose rows are written once still refuse every change."""

from collections.abc import Iterator

from django.db.migrations.loader import MigrationLoader

from compliance.contracts import BadRecord, Problem
from trading.infra.database import ask
from trading.infra.operations import REFUSAL, TRIGGERS, InsertOnly

# A trigger that is off, or is skipped by who says that he replicates, guards nothing.
_STANDING = """
SELECT tgrelid::regclass::text, tgname
FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE tgname = ANY(%s) AND tgenabled IN ('O', 'A') AND prosrc = %s
"""


def find_unguarded() -> Iterator[BadRecord]:
    """Yield each insert-only table that a trigger is missing on, or is off, or does nothing."""
    standing = set(ask(_STANDING, [list(TRIGGERS), REFUSAL]).fetchall())
    for table in _insert_only_tables():
        missing = sorted(name for name in TRIGGERS if (table, name) not in standing)
        if missing:
            yield BadRecord(
                table=table, id=None, stream="", seq=0, problem=Problem.UNGUARDED,
                detail=f"trigger {', '.join(missing)} is not in force",
            )  # fmt: skip


def _insert_only_tables() -> list[str]:
    migrations = MigrationLoader(connection=None).disk_migrations.values()
    return sorted(
        operation.table
        for migration in migrations
        for operation in migration.operations
        if isinstance(operation, InsertOnly)
    )
