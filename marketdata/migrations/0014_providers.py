from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0013_minute_bars_natural_key")]

    operations = [
        migrations.CreateModel(
            name="Provider",
            fields=[
                ("name", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("is_enabled", models.BooleanField(default=False, verbose_name="Stream from it")),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="The lowest is the best; the others step in where it is not well.",
                    ),
                ),
                ("options", models.JSONField(blank=True, default=dict)),
                ("secrets", models.JSONField(blank=True, default=dict)),
            ],
            options={
                "ordering": ["priority", "name"],
                "default_permissions": ("change", "view"),
            },
        ),
    ]
