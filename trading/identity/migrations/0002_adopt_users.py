"""Users of before their changes were recorded: each is recorded as it was found, once."""

from django.db import migrations

from trading.eventlog.adoption import Found, adopt
from trading.kernel.clock import utc_now

COLUMNS = (
    "username",
    "first_name",
    "last_name",
    "email",
    "role",
    "is_active",
    "is_staff",
    "is_superuser",
)


def adopt_users(apps, schema_editor):
    users = apps.get_model("identity", "User").objects.using(schema_editor.connection.alias)
    found = [
        Found(
            stream=f"user:{user['id']}",
            table="identity_user",
            key=str(user["id"]),
            columns={name: user[name] for name in COLUMNS},
        )
        for user in users.order_by("id").values("id", *COLUMNS)
    ]
    with schema_editor.connection.cursor() as cursor:
        adopt(rows=found, cursor=cursor, now=utc_now())


class Migration(migrations.Migration):
    dependencies = [("identity", "0001_initial"), ("eventlog", "0002_insert_only")]

    # What is recorded stays recorded: going back takes nothing away.
    operations = [migrations.RunPython(adopt_users, migrations.RunPython.noop)]
