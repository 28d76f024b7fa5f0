"""Readers go by the event's id alone: bookmarks move to the first event that is not read yet."""

from django.db import migrations

# Up to the first unread event, by the order in which it was read until now. An event behind it that
# was read is read again, which no reader minds; none is passed over.
_TO_ID = """
UPDATE eventlog_bookmark AS mark SET event_id = coalesce(
    (SELECT min(id) - 1 FROM eventlog_event WHERE (xid, id) > (mark.xid, mark.event_id)),
    (SELECT max(id) FROM eventlog_event),
    0
)
"""
# Back to before the lowest transaction with an unread event, which may be lower than one that was
# read: events that were read are read again, none is passed over.
_TO_XID = """
UPDATE eventlog_bookmark AS mark SET xid = coalesce(
    (SELECT min(xid) - 1 FROM eventlog_event WHERE id > mark.event_id),
    (SELECT max(xid) FROM eventlog_event),
    0
)
"""


class Migration(migrations.Migration):
    dependencies = [("eventlog", "0002_insert_only")]

    operations = [migrations.RunSQL(_TO_ID, _TO_XID)]
