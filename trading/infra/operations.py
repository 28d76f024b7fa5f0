"""Migration operations of the house."""

from typing import Any

from django.db.migrations.operations.base import Operation

INSERT_ONLY_TRIGGER = "insert_only"

TRIGGERS = frozenset({INSERT_ONLY_TRIGGER, f"{INSERT_ONLY_TRIGGER}_truncate"})

REFUSAL = """
BEGIN
    RAISE EXCEPTION '% on % is refused: its rows are written once', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END """
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $${REFUSAL}$$
"""


class InsertOnly(Operation):
    """
    Let rows of ``table`` be inserted and read, never changed or removed, by anybody.

    One trigger refuses UPDATE and DELETE of rows, another TRUNCATE. The application role's rights
    are taken away too: ``trading.infra.rights`` reads which tables carry the trigger.
    """

    reversible = True

    def __init__(self, table: str) -> None:
        self.table = table

    def state_forwards(self, app_label: str, state: Any) -> None:  # noqa: ANN401
        pass  # the models do not change

    def database_forwards(
        self,
        app_label: str,  # noqa: ARG002 - Django's signature
        schema_editor: Any,  # noqa: ANN401
        from_state: Any,  # noqa: ANN401, ARG002
        to_state: Any,  # noqa: ANN401, ARG002
    ) -> None:
        table = schema_editor.quote_name(self.table)
        schema_editor.execute(_FUNCTION, params=None)  # its % are its own
        schema_editor.execute(
            f"CREATE TRIGGER {INSERT_ONLY_TRIGGER} BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {INSERT_ONLY_TRIGGER}_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )

    def database_backwards(
        self,
        app_label: str,  # noqa: ARG002 - Django's signature
        schema_editor: Any,  # noqa: ANN401
        from_state: Any,  # noqa: ANN401, ARG002
        to_state: Any,  # noqa: ANN401, ARG002
    ) -> None:
        table = schema_editor.quote_name(self.table)
        schema_editor.execute(f"DROP TRIGGER {INSERT_ONLY_TRIGGER} ON {table}")
        schema_editor.execute(f"DROP TRIGGER {INSERT_ONLY_TRIGGER}_truncate ON {table}")

    def describe(self) -> str:
        return f"Make {self.table} insert-only"
