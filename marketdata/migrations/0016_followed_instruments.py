"""Which instruments the feed always carries; those that were there before are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0015_made_up_bars")]

    operations = [
        migrations.AddField(
            model_name="instrument",
            name="is_followed",
            field=models.BooleanField(
                default=False,
                help_text="The feed always carries its prices; those of others while somebody "
                "needs them.",
                verbose_name="followed",
            ),
        ),
        migrations.RunSQL(
            "UPDATE marketdata_instrument SET is_followed = true",
            reverse_sql=migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name="instrument",
            name="reference_price",
            field=models.FloatField(
                blank=True,
                help_text="Dollars. The level at which a simulated market starts; never a quote. "
                "Empty: a simulated market has no price of it.",
                null=True,
            ),
        ),
    ]
