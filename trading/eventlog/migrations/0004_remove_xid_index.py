"""Nobody reads by (xid, id) any more, so no index is kept for it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("eventlog", "0003_read_by_id")]

    operations = [migrations.RemoveIndex(model_name="event", name="eventlog_event_xid_id")]
