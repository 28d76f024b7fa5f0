"""The tables of the event log."""

from django.db import models


class Event(models.Model):
    """
    One fact, written in the transaction that made it true.

    ``seq`` is dense in its ``stream``. ``id`` is in the order of the commits: readers follow it.
    ``xid`` is the number of the writing transaction in the server that ran it. ``hash`` covers
    every other column.
    """

    # From a sequence, but taken before the row is written: it is part of what is hashed.
    id = models.BigIntegerField(primary_key=True)
    stream = models.TextField()
    seq = models.IntegerField("number in its stream")
    type = models.TextField()
    version = models.SmallIntegerField()
    ts_event = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.TextField()
    request_id = models.TextField()
    correlation_id = models.TextField()
    xid = models.BigIntegerField()
    payload = models.BinaryField()
    prev_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "seq"], name="eventlog_event_stream_seq"),
        ]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.stream} #{self.seq} {self.type}"


class StreamHead(models.Model):
    """Where a stream ends. Its row lock orders the writers; a missing tail shows against it."""

    stream = models.TextField(primary_key=True)
    seq = models.IntegerField()
    hash = models.BinaryField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.stream} ends at {self.seq}"


class Bookmark(models.Model):
    """How far a reader has come. Moves in the transaction that holds the reader's effects."""

    reader = models.TextField(primary_key=True)
    xid = models.BigIntegerField(default=0)  # unused: of versions that went by (xid, id)
    event_id = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.reader} at {self.event_id}"
