"""The least value of an order for a fraction of a share: none until now, one dollar from now on."""

from datetime import UTC, datetime
from decimal import Decimal

from django.db import migrations, models

from trading.kernel.clock import utc_now

SET_BY = "system:install"
NAME = "LEAST_ORDER_VALUE"
SINCE = datetime(2000, 1, 1, tzinfo=UTC)  # before any order
NAMES = (
    ("ORDER_VALUE", "Order value"),
    ("POSITION_VALUE", "Position value"),
    ("DAILY_LOSS", "Daily loss"),
    ("PRICE_COLLAR_PCT", "Price collar pct"),
    ("QUOTE_AGE_MS", "Quote age ms"),
    ("MARKET_RESERVE_PCT", "Market reserve pct"),
)


def set_default(apps, schema_editor):
    alias = schema_editor.connection.alias
    limit = apps.get_model("risk", "Limit")
    limit.objects.using(alias).bulk_create(
        limit(
            scope="FIRM", name=NAME, value=value, effective_from=since, set_by=SET_BY, reason=reason
        )
        for value, since, reason in (
            (Decimal(0), SINCE, "no least value was asked of orders"),
            (
                Decimal(1),
                utc_now(),
                "the firm's first least value: what the contract's original asks",
            ),
        )
    )


def remove_default(apps, schema_editor):
    # Limits are written once; going back takes the rule away with its rows.
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("ALTER TABLE risk_limit DISABLE TRIGGER insert_only")
        cursor.execute("DELETE FROM risk_limit WHERE name = %s", [NAME])
        cursor.execute("ALTER TABLE risk_limit ENABLE TRIGGER insert_only")


class Migration(migrations.Migration):
    dependencies = [("risk", "0003_limits_insert_only")]

    operations = [
        migrations.AlterField(
            "limit",
            "name",
            models.CharField(choices=[*NAMES, (NAME, "Least order value")], max_length=32),
        ),
        migrations.RunPython(set_default, remove_default),
    ]
