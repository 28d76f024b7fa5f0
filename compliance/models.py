"""What compliance keeps: the nights on which the records were verified."""

from django.db import models

from compliance.contracts import RunOutcome


class VerificationRun(models.Model):
    """
    One verification of the records: a night's, or one that somebody asked for.

    ``requested_by`` is the actor who asked, empty for the schedule, which asks once a day.

    The row is the intent: it is there before the work begins, and has no ``finished_at`` until the
    outcome is stored with it. Whatever a crash left unfinished is found by that.
    """

    business_date = models.DateField()
    requested_by = models.TextField(blank=True, default="")
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(
        max_length=16,
        choices=[(outcome.value, outcome.value.capitalize()) for outcome in RunOutcome],
        blank=True,
    )
    records = models.BigIntegerField(null=True)
    # Not known of nights that were verified before these were counted.
    rows = models.BigIntegerField("rows accounted for", null=True)
    problems = models.BigIntegerField("problems of the records", null=True)
    breaks = models.BigIntegerField("breaks of the books", null=True)
    detail = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="compliance_run_one_a_night",
                fields=["business_date"],
                condition=models.Q(requested_by=""),
            ),
            models.CheckConstraint(
                name="compliance_run_finished_whole",
                condition=models.Q(finished_at__isnull=True, outcome="", records__isnull=True)
                | (
                    models.Q(started_at__isnull=False, finished_at__isnull=False)
                    & models.Q(records__isnull=False)
                    & ~models.Q(outcome="")
                ),
            ),
        ]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"Verification of {self.business_date}"
