"""
Changes of symbol that were read before the old symbol was kept are read again.

Without the old symbol nothing follows from them, and days that are held are not asked for.
"""

from django.db import migrations

FILES = ["recording", "lean"]  # nobody can be asked for these again


def let_go(apps, schema_editor):
    alias = schema_editor.connection.alias
    actions = apps.get_model("marketdata", "CorporateAction").objects.using(alias)
    coverage = apps.get_model("marketdata", "Coverage").objects.using(alias)
    of_no_use = actions.filter(kind="SYMBOL_CHANGE", old_symbol="").exclude(source__in=FILES)
    coverage.filter(
        kind="CORPORATE_ACTIONS", instrument_id__in=of_no_use.values("instrument_id")
    ).exclude(source__in=FILES).delete()


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0021_one_row_per_change_of_symbol")]

    operations = [migrations.RunPython(let_go, migrations.RunPython.noop)]
