import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0007_coverage")]

    operations = [
        migrations.CreateModel(
            name="Backfill",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("MINUTE_BARS", "minute bars"),
                            ("DAILY_BARS", "daily bars"),
                            ("CORPORATE_ACTIONS", "corporate actions"),
                        ],
                        max_length=24,
                    ),
                ),
                ("source", models.CharField(max_length=32)),
                ("first_date", models.DateField()),
                ("last_date", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("WAITING", "waiting"),
                            ("RUNNING", "running"),
                            ("STOPPED", "stopped"),
                            ("FAILED", "failed"),
                            ("DONE", "done"),
                        ],
                        default="WAITING",
                        max_length=8,
                    ),
                ),
                ("pieces_total", models.IntegerField(default=0)),
                ("pieces_done", models.IntegerField(default=0)),
                ("rows_done", models.BigIntegerField(default=0)),
                ("rows_refused", models.BigIntegerField(default=0)),
                ("piece_first_date", models.DateField(null=True)),
                ("piece_last_date", models.DateField(null=True)),
                ("page_token", models.TextField(blank=True, default="")),
                ("attempts", models.IntegerField(default=0)),
                ("due_at", models.DateTimeField()),
                ("claim", models.UUIDField(null=True)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True, default="")),
                ("requested_by", models.CharField(max_length=150)),
                ("requested_at", models.DateTimeField()),
                (
                    "instrument",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketdata.instrument",
                    ),
                ),
            ],
            options={
                "ordering": ["-requested_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["DONE"]), _negated=True),
                        fields=("instrument", "kind", "source", "first_date", "last_date"),
                        name="one_unfinished_backfill_per_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("last_date__gte", models.F("first_date"))),
                        name="backfill_ends_after_it_begins",
                    ),
                ],
            },
        ),
    ]
