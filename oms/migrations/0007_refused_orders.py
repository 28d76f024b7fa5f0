"""Refused orders are found by their time without reading all the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oms", "0006_suspense")]

    operations = [
        migrations.AddIndex(
            "order",
            models.Index(
                condition=models.Q(("status__in", ["DENIED", "REJECTED"])),
                fields=["-created_at"],
                name="oms_order_refused",
            ),
        ),
    ]
