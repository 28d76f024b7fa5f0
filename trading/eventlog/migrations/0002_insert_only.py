"""Events are written once: their ids come from a sequence, and no row ever changes."""

from django.db import migrations

from trading.infra.operations import InsertOnly


class Migration(migrations.Migration):
    dependencies = [("eventlog", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE eventlog_event_id_seq OWNED BY eventlog_event.id",
            "DROP SEQUENCE eventlog_event_id_seq",
        ),
        InsertOnly("eventlog_event"),
    ]
