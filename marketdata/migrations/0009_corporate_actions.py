import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0008_backfills")]

    operations = [
        migrations.CreateModel(
            name="CorporateAction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=24)),
                ("ex_date", models.DateField()),
                ("source", models.CharField(max_length=32)),
                ("rate", models.FloatField(blank=True, null=True)),
                ("old_rate", models.FloatField(blank=True, null=True)),
                ("new_rate", models.FloatField(blank=True, null=True)),
                ("new_symbol", models.CharField(blank=True, default="", max_length=16)),
                ("record_date", models.DateField(blank=True, null=True)),
                ("payable_date", models.DateField(blank=True, null=True)),
                (
                    "factor",
                    models.FloatField(
                        blank=True,
                        help_text="What earlier prices are multiplied by, if recorded.",
                        null=True,
                    ),
                ),
                (
                    "instrument",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketdata.instrument",
                    ),
                ),
            ],
            options={
                "ordering": ["instrument", "-ex_date"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "instrument",
                            "kind",
                            "ex_date",
                            "source",
                            "rate",
                            "old_rate",
                            "new_rate",
                        ),
                        name="one_row_per_corporate_action_and_source",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
    ]
