"""What issuers did that changed prices."""

from django.db import models

from marketdata.models.instruments import Instrument


class CorporateAction(models.Model):
    """
    What a source has told of an action; ``domain.actions`` says which of it is in force.

    ``ex_date`` is the day from which prices show it. Rates mean what the contract says. Rows are
    never taken away: what a source says no longer has its ``withdrawn_at``.
    """

    instrument = models.ForeignKey(
        Instrument, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=24)
    ex_date = models.DateField()
    source = models.CharField(max_length=32)
    rate = models.FloatField(null=True, blank=True)
    old_rate = models.FloatField(null=True, blank=True)
    new_rate = models.FloatField(null=True, blank=True)
    old_symbol = models.CharField(
        max_length=16, blank=True, default="", help_text="Of a change of symbol: the one given up."
    )
    new_symbol = models.CharField(max_length=16, blank=True, default="")
    record_date = models.DateField(null=True, blank=True)
    payable_date = models.DateField(null=True, blank=True)
    factor = models.FloatField(
        null=True, blank=True, help_text="What earlier prices are multiplied by, if recorded."
    )

    told_at = models.DateTimeField(help_text="When the read began that said so last.")
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, help_text="When its source was found to say so no longer."
    )

    class Meta:
        ordering = ["instrument", "-ex_date"]
        constraints = [
            # Of one day two dividends differ in their rates, two changes of symbol in the new one.
            models.UniqueConstraint(
                fields=[
                    "instrument",
                    "kind",
                    "ex_date",
                    "source",
                    "rate",
                    "old_rate",
                    "new_rate",
                    "new_symbol",
                ],
                name="one_row_per_corporate_action_and_source",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.kind} {self.ex_date:%Y-%m-%d}"
