"""What a source tells of an action may change: when it said so last, and when no longer."""

from datetime import UTC, datetime

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0017_listings")]

    operations = [
        migrations.AddField(
            model_name="corporateaction",
            name="old_symbol",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Of a change of symbol: the one given up.",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="corporateaction",
            name="told_at",
            # Before anything that is read from now on.
            field=models.DateTimeField(
                default=datetime(1970, 1, 1, tzinfo=UTC),
                help_text="When the read began that said so last.",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="corporateaction",
            name="withdrawn_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When its source was found to say so no longer.",
                null=True,
            ),
        ),
    ]
