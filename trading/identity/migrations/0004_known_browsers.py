"""Browsers are known by a cookie; addresses are not known any more."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0003_sign_in_counters"),
    ]

    operations = [
        migrations.RemoveField(model_name="attemptcounter", name="succeeded_at"),
    ]
