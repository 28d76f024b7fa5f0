import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0009_corporate_actions")]

    operations = [
        migrations.CreateModel(
            name="InstrumentSymbol",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("symbol", models.CharField(db_index=True, max_length=16)),
                ("from_date", models.DateField()),
                (
                    "to_date",
                    models.DateField(blank=True, help_text="Empty: until today.", null=True),
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
                "ordering": ["instrument", "from_date"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("instrument", "from_date"), name="one_symbol_per_instrument_and_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("to_date__isnull", True),
                            ("to_date__gte", models.F("from_date")),
                            _connector="OR",
                        ),
                        name="instrument_symbol_ends_after_it_begins",
                    ),
                ],
            },
        ),
    ]
