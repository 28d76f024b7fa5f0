"""Which provider listed an instrument last; its exchange may be unknown."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0016_followed_instruments")]

    operations = [
        migrations.AddField(
            model_name="instrument",
            name="listed_by",
            field=models.CharField(
                blank=True,
                default="",
                help_text="The provider that listed it last. Empty: it came from a file.",
                max_length=32,
            ),
        ),
        migrations.AlterField(
            model_name="instrument",
            name="exchange",
            field=models.CharField(
                blank=True,
                choices=[
                    ("AMEX", "AMEX"),
                    ("ARCA", "ARCA"),
                    ("BATS", "BATS"),
                    ("NYSE", "NYSE"),
                    ("NASDAQ", "NASDAQ"),
                    ("OTC", "OTC"),
                ],
                default="",
                max_length=8,
            ),
        ),
    ]
