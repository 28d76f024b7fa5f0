"""Two changes of symbol of one day have no rates to tell them apart: the new symbol does."""

from django.db import migrations, models
from django.db.models import F, Window
from django.db.models.functions import RowNumber

RATES = ["instrument", "kind", "ex_date", "source", "rate", "old_rate", "new_rate"]
NAME = "one_row_per_corporate_action_and_source"


def keep_the_last_told(apps, schema_editor):
    """The earlier constraint holds one row of a day: the one that its source told last."""
    alias = schema_editor.connection.alias
    rows = apps.get_model("marketdata", "CorporateAction").objects.using(alias)
    numbered = rows.annotate(
        place=Window(
            RowNumber(),
            partition_by=[F(name) for name in RATES],
            order_by=[F("told_at").desc(), F("id").desc()],
        )
    )
    rows.filter(pk__in=[row.pk for row in numbered if row.place > 1]).delete()


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0020_made_up_days")]

    operations = [
        migrations.RemoveConstraint(model_name="corporateaction", name=NAME),
        migrations.RunPython(migrations.RunPython.noop, keep_the_last_told),
        migrations.AddConstraint(
            model_name="corporateaction",
            constraint=models.UniqueConstraint(
                fields=[*RATES, "new_symbol"], name=NAME, nulls_distinct=False
            ),
        ),
    ]
