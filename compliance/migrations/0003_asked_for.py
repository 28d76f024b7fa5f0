"""A verification may be asked for by a person, beside the one of each night."""

from django.db import migrations, models


def forget_asked_for(apps, schema_editor):
    """Before this, a day had one verification: those that people asked for have no place."""
    runs = apps.get_model("compliance", "VerificationRun")
    runs.objects.using(schema_editor.connection.alias).exclude(requested_by="").delete()


class Migration(migrations.Migration):
    dependencies = [("compliance", "0002_books")]

    operations = [
        migrations.AddField(
            "verificationrun", "requested_by", models.TextField(blank=True, default="")
        ),
        migrations.AlterField("verificationrun", "business_date", models.DateField()),
        migrations.AddConstraint(
            "verificationrun",
            models.UniqueConstraint(
                condition=models.Q(("requested_by", "")),
                fields=("business_date",),
                name="compliance_run_one_a_night",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, forget_asked_for),
    ]
