"""What the application's database role may do: read and write, except what is written once."""

from typing import Any

from django.db import connections
from psycopg import sql

from trading.infra.embedded import APPLICATION_ROLE
from trading.infra.operations import INSERT_ONLY_TRIGGER


def grant_application_rights(*, using: str, **_: Any) -> None:
    """
    Give the application role its rights on every table; run after each migration.

    Tables that carry the insert-only trigger get SELECT and INSERT, the rest UPDATE and DELETE too;
    nothing gets TRUNCATE. Does nothing where the role does not exist or is the one migrating.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_roles WHERE rolname = %s AND rolname <> current_user",
            [APPLICATION_ROLE],
        )
        if cursor.fetchone() is None:
            return
        role = sql.Identifier(APPLICATION_ROLE)
        cursor.execute(
            sql.SQL(
                "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};"
                "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"
            ).format(role=role)
        )
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = %s",
            [INSERT_ONLY_TRIGGER],
        )
        for (table,) in cursor.fetchall():
            cursor.execute(
                sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}").format(
                    table=sql.Identifier(table), role=role
                )
            )
