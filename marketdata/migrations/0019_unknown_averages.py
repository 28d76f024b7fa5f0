"""Averages and counts of trades that a source had not told stood as zero: they are not known."""

from django.db import migrations

_TABLES = ("marketdata_minutebar", "marketdata_dailybar")


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0018_corporate_action_tellings")]

    operations = [
        migrations.RunSQL(
            sql=[
                *(f"UPDATE {table} SET vwap = 'NaN' WHERE vwap = 0" for table in _TABLES),
                *(
                    f"UPDATE {table} SET trade_count = -1 WHERE trade_count = 0"
                    " AND source IN ('tiingo', 'nasdaq_data_link') AND volume > 0"
                    for table in _TABLES
                ),
            ],
            reverse_sql=[
                *(f"UPDATE {table} SET vwap = 0 WHERE vwap = 'NaN'" for table in _TABLES),
                *(
                    f"UPDATE {table} SET trade_count = 0 WHERE trade_count = -1"
                    for table in _TABLES
                ),
            ],
        ),
    ]
