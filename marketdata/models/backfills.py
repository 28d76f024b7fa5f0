"""History that somebody wants: the row is the intent, whoever works on it may come and go."""

from django.db import models

from marketdata.contracts import BackfillState, HistoryKind
from marketdata.models.instruments import Instrument

_FINISHED = [BackfillState.DONE.value]


class Backfill(models.Model):
    """
    A range of one instrument's history, and how far it has come.

    ``claim`` names the worker that has it, until ``claimed_until``; a worker that dies lets it run
    out. ``page_token`` goes on with the piece of ``piece_first_date`` to ``piece_last_date``.
    """

    id = models.UUIDField(primary_key=True)
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(
        max_length=24,
        choices=[(kind.value, kind.value.replace("_", " ").lower()) for kind in HistoryKind],
    )
    source = models.CharField(max_length=32)
    first_date = models.DateField()
    last_date = models.DateField()
    state = models.CharField(
        max_length=8,
        choices=[(state.value, state.value.lower()) for state in BackfillState],
        default=BackfillState.WAITING.value,
    )
    pieces_total = models.IntegerField(default=0)
    pieces_done = models.IntegerField(default=0)
    rows_done = models.BigIntegerField(default=0)
    rows_refused = models.BigIntegerField(default=0)
    piece_first_date = models.DateField(null=True)
    piece_last_date = models.DateField(null=True)
    page_token = models.TextField(default="", blank=True)
    attempts = models.IntegerField(default=0)
    due_at = models.DateTimeField()
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    error = models.TextField(default="", blank=True)
    requested_by = models.CharField(max_length=150)
    requested_at = models.DateTimeField()

    class Meta:
        ordering = ["-requested_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "kind", "source", "first_date", "last_date"],
                condition=~models.Q(state__in=_FINISHED),
                name="one_unfinished_backfill_per_range",
            ),
            models.CheckConstraint(
                condition=models.Q(last_date__gte=models.F("first_date")),
                name="backfill_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} from {self.source}, {self.first_date} to {self.last_date}"
