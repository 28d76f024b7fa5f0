from django.db import migrations, models


class Migration(migrations.Migration):
    """The key that bars are found by becomes the only one. Django cannot say so in SQL itself."""

    dependencies = [("marketdata", "0012_instrument_terms")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    """
                    ALTER TABLE marketdata_minutebar
                        DROP COLUMN id,
                        DROP CONSTRAINT one_bar_per_instrument_and_minute,
                        ADD PRIMARY KEY (instrument_id, ts_start)
                    """
                ),
            ],
            state_operations=[
                migrations.RemoveConstraint(
                    model_name="minutebar", name="one_bar_per_instrument_and_minute"
                ),
                migrations.RemoveField(model_name="minutebar", name="id"),
                migrations.AddField(
                    model_name="minutebar",
                    name="pk",
                    field=models.CompositePrimaryKey(
                        "instrument_id",
                        "ts_start",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
        ),
    ]
