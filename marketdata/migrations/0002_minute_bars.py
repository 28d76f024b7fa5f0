import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0001_instruments")]

    operations = [
        migrations.CreateModel(
            name="MinuteBar",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ts_start", models.DateTimeField()),
                ("open", models.FloatField()),
                ("high", models.FloatField()),
                ("low", models.FloatField()),
                ("close", models.FloatField()),
                ("volume", models.FloatField()),
                ("trade_count", models.IntegerField()),
                ("vwap", models.FloatField()),
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
                "ordering": ["-ts_start"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("instrument", "ts_start"), name="one_bar_per_instrument_and_minute"
                    )
                ],
            },
        ),
    ]
