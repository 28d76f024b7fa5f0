import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0004_bar_sources")]

    operations = [
        migrations.AlterField(
            model_name="minutebar",
            name="instrument",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketdata.instrument",
            ),
        ),
    ]
