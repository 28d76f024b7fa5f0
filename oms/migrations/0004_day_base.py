"""What a day's result is measured from: which closes are missing, the last ones known, write-downs."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from trading.infra.fields import PriceField


class Migration(migrations.Migration):
    dependencies = [("oms", "0003_order_worst_price")]

    operations = [
        migrations.AddField(
            "account", "day_start_missing", ArrayField(models.TextField(), default=list)
        ),
        # Not so for what is there: it may have been taken at cost, and is worked out again.
        migrations.AddField("account", "day_start_is_final", models.BooleanField(default=False)),
        migrations.AddField("position", "last_close", PriceField(null=True)),
        migrations.AddField("position", "last_close_before", models.DateField(null=True)),
        migrations.AddField("position", "written_down_at", models.DateTimeField(null=True)),
    ]
