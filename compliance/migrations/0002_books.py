"""A night also checks the books, and counts what it found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial")]

    operations = [
        migrations.AlterField(
            "verificationrun",
            "outcome",
            models.CharField(
                blank=True,
                choices=[
                    ("CLEAN", "Clean"),
                    ("TAMPERED", "Tampered"),
                    ("UNBALANCED", "Unbalanced"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddField(
            "verificationrun",
            "rows",
            models.BigIntegerField(null=True, verbose_name="rows that records tell"),
        ),
        migrations.AddField(
            "verificationrun",
            "problems",
            models.BigIntegerField(null=True, verbose_name="problems of the records"),
        ),
        migrations.AddField(
            "verificationrun",
            "breaks",
            models.BigIntegerField(null=True, verbose_name="breaks of the books"),
        ),
    ]
