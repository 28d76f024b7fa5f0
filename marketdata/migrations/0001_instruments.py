from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Instrument",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("symbol", models.CharField(max_length=16, unique=True)),
                ("name", models.CharField(max_length=200)),
                (
                    "exchange",
                    models.CharField(
                        choices=[
                            ("AMEX", "AMEX"),
                            ("ARCA", "ARCA"),
                            ("BATS", "BATS"),
                            ("NYSE", "NYSE"),
                            ("NASDAQ", "NASDAQ"),
                            ("OTC", "OTC"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "Active"), ("inactive", "Inactive")], max_length=8
                    ),
                ),
                ("tradable", models.BooleanField()),
                ("marginable", models.BooleanField()),
                ("shortable", models.BooleanField()),
                ("easy_to_borrow", models.BooleanField()),
                ("fractionable", models.BooleanField()),
                (
                    "reference_price",
                    models.FloatField(
                        help_text="Dollars. The level at which a simulated market starts; never a quote."
                    ),
                ),
            ],
            options={
                "ordering": ["symbol"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["active", "inactive"])),
                        name="instrument_status_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reference_price__gt", 0)),
                        name="instrument_reference_price_is_positive",
                    ),
                ],
            },
        ),
    ]
