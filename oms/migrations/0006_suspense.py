"""Reports that could not be booked, and what became of them; both are written once."""

import django.db.models.deletion
from django.db import migrations, models

from trading.infra.operations import InsertOnly
from trading.kernel.identifiers import new_id


class Migration(migrations.Migration):
    dependencies = [("oms", "0005_adopt_day_starts")]

    operations = [
        migrations.CreateModel(
            "SuspendedReport",
            [
                (
                    "id",
                    models.UUIDField(
                        primary_key=True, default=new_id, editable=False, serialize=False
                    ),
                ),
                ("exec_id", models.TextField()),
                ("order_id", models.UUIDField()),
                ("exec_type", models.TextField()),
                ("last_qty", models.TextField(blank=True)),
                ("last_px", models.TextField(blank=True)),
                ("ts_event", models.TextField()),
                ("text", models.TextField(blank=True)),
                ("code", models.TextField()),
                ("reason", models.TextField()),
                ("suspended_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        "oms.account",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["exec_id"], name="oms_suspendedreport_exec_id")],
                "default_permissions": ("view", "change"),
            },
        ),
        migrations.CreateModel(
            "SuspenseResolution",
            [
                (
                    "suspended",
                    models.OneToOneField(
                        "oms.suspendedreport",
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="resolution",
                        serialize=False,
                    ),
                ),
                (
                    "outcome",
                    models.TextField(choices=[("BOOKED", "Booked"), ("DISMISSED", "Dismissed")]),
                ),
                ("reason", models.TextField()),
                ("resolved_by", models.TextField()),
                ("resolved_at", models.DateTimeField()),
            ],
            options={"default_permissions": ("view",)},
        ),
        InsertOnly("oms_suspendedreport"),
        InsertOnly("oms_suspenseresolution"),
    ]
