"""The firm's limits on the first day. A later row supersedes each of them."""

from datetime import UTC, datetime
from decimal import Decimal

from django.db import migrations

SET_BY = "system:install"
SINCE = datetime(2000, 1, 1, tzinfo=UTC)  # before any order
DEFAULTS = {
    "ORDER_VALUE": Decimal(250_000),
    "POSITION_VALUE": Decimal(500_000),
    "DAILY_LOSS": Decimal(25_000),
    "PRICE_COLLAR_PCT": Decimal(10),
    "QUOTE_AGE_MS": Decimal(5_000),
    "MARKET_RESERVE_PCT": Decimal(3),
}


def set_defaults(apps, schema_editor):
    alias = schema_editor.connection.alias
    apps.get_model("risk", "Limit").objects.using(alias).bulk_create(
        apps.get_model("risk", "Limit")(
            scope="FIRM",
            name=name,
            value=value,
            effective_from=SINCE,
            set_by=SET_BY,
            reason="the default of a new installation",
        )
        for name, value in DEFAULTS.items()
    )


def remove_defaults(apps, schema_editor):
    alias = schema_editor.connection.alias
    apps.get_model("risk", "Limit").objects.using(alias).filter(set_by=SET_BY).delete()


class Migration(migrations.Migration):
    dependencies = [("risk", "0001_initial")]

    operations = [migrations.RunPython(set_defaults, remove_defaults)]
