from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0002_minute_bars")]

    operations = [
        migrations.CreateModel(
            name="TradingDay",
            fields=[
                ("trade_date", models.DateField(primary_key=True, serialize=False)),
                ("pre_opens_at", models.DateTimeField()),
                ("opens_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField()),
                ("post_closes_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-trade_date"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closes_at__lte", models.F("post_closes_at")),
                            ("opens_at__lt", models.F("closes_at")),
                            ("pre_opens_at__lte", models.F("opens_at")),
                        ),
                        name="trading_day_is_in_order",
                    )
                ],
            },
        ),
    ]
