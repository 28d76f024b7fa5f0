"""Executions and the journal are written once, and an entry must sum to zero to be written."""

from django.db import migrations

from trading.infra.operations import InsertOnly

# Checked per statement: the lines of an entry are always written together.
_BALANCE = """
CREATE FUNCTION refuse_unbalanced_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unbalanced uuid;
BEGIN
    SELECT entry_id INTO unbalanced FROM written GROUP BY entry_id HAVING sum(amount) <> 0 LIMIT 1;
    IF unbalanced IS NOT NULL THEN
        RAISE EXCEPTION 'journal entry % does not sum to zero', unbalanced
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_balances AFTER INSERT ON oms_posting REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION refuse_unbalanced_entry();
"""


class Migration(migrations.Migration):
    dependencies = [("oms", "0001_initial")]

    operations = [
        InsertOnly("oms_execution"),
        InsertOnly("oms_journalentry"),
        InsertOnly("oms_posting"),
        migrations.RunSQL(
            _BALANCE,
            "DROP TRIGGER entry_balances ON oms_posting; DROP FUNCTION refuse_unbalanced_entry()",
        ),
    ]
