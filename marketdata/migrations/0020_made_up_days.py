"""To look for made-up daily bars costs nothing where there are none."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0019_unknown_averages")]

    operations = [
        migrations.AddIndex(
            model_name="dailybar",
            index=models.Index(
                condition=models.Q(
                    ("source__in", ["simulated", "stream:simulated", "stream:replay"])
                ),
                fields=["source"],
                name="daily_bars_made_up",
            ),
        ),
    ]
