"""What issuers did that changed prices."""

from django.db import models

from marketdata.models.instruments import Instrument


class CorporateAction(models.Model):
    """``ex_date`` is the day from which prices show it. Rates mean what the contract says."""

    instrument = models.ForeignKey(
        Instrument, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=24)
    ex_date = models.DateField()
    source = models.CharField(max_length=32)
    rate = models.FloatField(null=True, blank=True)
    old_rate = models.FloatField(null=True, blank=True)
    new_rate = models.FloatField(null=True, blank=True)
    new_symbol = models.CharField(max_length=16, blank=True, default="")
    record_date = models.DateField(null=True, blank=True)
    payable_date = models.DateField(null=True, blank=True)
    factor = models.FloatField(
        null=True, blank=True, help_text="What earlier prices are multiplied by, if recorded."
    )

    class Meta:
        ordering = ["instrument", "-ex_date"]
        constraints = [
            # Two dividends of one day differ in their rates.
            models.UniqueConstraint(
                fields=["instrument", "kind", "ex_date", "source", "rate", "old_rate", "new_rate"],
                name="one_row_per_corporate_action_and_source",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.kind} {self.ex_date:%Y-%m-%d}"
