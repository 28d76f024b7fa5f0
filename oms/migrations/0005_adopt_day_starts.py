"""Day starts of before they were recorded: each account's is recorded as it was found, once."""

from django.db import migrations

from trading.eventlog.adoption import Found, adopt
from trading.kernel.clock import utc_now
from trading.kernel.quantities import plain


def adopt_day_starts(apps, schema_editor):
    accounts = apps.get_model("oms", "Account").objects.using(schema_editor.connection.alias)
    columns = ("day_start_equity", "day_start_date")
    found = [
        Found(
            stream=f"account:{account['id']}",
            table="oms_account",
            key=str(account["id"]),
            columns={
                "day_start_equity": plain(account["day_start_equity"]),
                "day_start_date": account["day_start_date"].isoformat(),
            },
        )
        for account in accounts.order_by("id").values("id", *columns)
    ]
    with schema_editor.connection.cursor() as cursor:
        adopt(rows=found, cursor=cursor, now=utc_now())


class Migration(migrations.Migration):
    dependencies = [("oms", "0004_day_base"), ("eventlog", "0002_insert_only")]

    # What is recorded stays recorded: going back takes nothing away.
    operations = [migrations.RunPython(adopt_day_starts, migrations.RunPython.noop)]
