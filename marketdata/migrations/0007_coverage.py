import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0006_daily_bars")]

    operations = [
        migrations.CreateModel(
            name="Coverage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=24)),
                ("trade_date", models.DateField()),
                ("source", models.CharField(max_length=32)),
                ("held_at", models.DateTimeField()),
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
                "verbose_name_plural": "coverage",
                "ordering": ["instrument", "kind", "-trade_date"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("instrument", "kind", "trade_date"),
                        name="one_source_per_day_of_bars",
                    )
                ],
            },
        ),
    ]
