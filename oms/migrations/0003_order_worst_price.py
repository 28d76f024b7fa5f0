"""The worst price at which a market buy may fill; empty for other orders and those placed before."""

from django.db import migrations

from trading.infra.fields import PriceField


class Migration(migrations.Migration):
    dependencies = [("oms", "0002_insert_only")]

    operations = [migrations.AddField("order", "worst_price", PriceField(null=True))]
