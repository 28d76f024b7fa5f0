import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0005_minute_bars_unconstrained")]

    operations = [
        migrations.CreateModel(
            name="DailyBar",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("trade_date", models.DateField()),
                ("open", models.FloatField()),
                ("high", models.FloatField()),
                ("low", models.FloatField()),
                ("close", models.FloatField()),
                ("volume", models.FloatField()),
                ("trade_count", models.IntegerField()),
                ("vwap", models.FloatField()),
                ("source", models.CharField(blank=True, db_default="", default="", max_length=32)),
                (
                    "instrument",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketdata.instrument",
                    ),
                ),
            ],
            options={
                "ordering": ["-trade_date"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("instrument", "trade_date"), name="one_bar_per_instrument_and_day"
                    )
                ],
            },
        ),
    ]
