"""A limit is superseded by a new row, never changed: old verdicts stay explainable."""

from django.db import migrations

from trading.infra.operations import InsertOnly


class Migration(migrations.Migration):
    dependencies = [("risk", "0002_default_limits")]

    operations = [InsertOnly("risk_limit")]
