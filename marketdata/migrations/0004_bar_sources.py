from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0003_trading_days")]

    operations = [
        migrations.AddField(
            model_name="minutebar",
            name="source",
            field=models.CharField(blank=True, db_default="", default="", max_length=32),
        ),
    ]
