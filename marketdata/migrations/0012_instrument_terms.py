import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0011_instrument_identifiers")]

    operations = [
        migrations.CreateModel(
            name="InstrumentTerms",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("effective_date", models.DateField()),
                (
                    "tick_size",
                    models.DecimalField(decimal_places=6, help_text="Dollars.", max_digits=10),
                ),
                ("round_lot", models.IntegerField(help_text="Shares.")),
                (
                    "luld_tier",
                    models.SmallIntegerField(blank=True, null=True, verbose_name="LULD tier"),
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
                "verbose_name_plural": "instrument terms",
                "ordering": ["instrument", "-effective_date"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("instrument", "effective_date"), name="one_set_of_terms_per_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("round_lot__gt", 0), ("tick_size__gt", 0)),
                        name="terms_are_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("luld_tier__isnull", True), ("luld_tier__in", [1, 2]), _connector="OR"
                        ),
                        name="luld_tier_is_known",
                    ),
                ],
            },
        ),
    ]
