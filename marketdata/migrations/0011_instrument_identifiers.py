from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0010_instrument_symbols")]

    operations = [
        migrations.AddField(
            model_name="instrument",
            name="mic",
            field=models.CharField(blank=True, default="", max_length=4, verbose_name="MIC"),
        ),
        migrations.AddField(
            model_name="instrument",
            name="cusip",
            field=models.CharField(blank=True, default="", max_length=9, verbose_name="CUSIP"),
        ),
        migrations.AddField(
            model_name="instrument",
            name="isin",
            field=models.CharField(blank=True, default="", max_length=12, verbose_name="ISIN"),
        ),
        migrations.AddField(
            model_name="instrument",
            name="figi",
            field=models.CharField(blank=True, default="", max_length=12, verbose_name="FIGI"),
        ),
    ]
