"""Reports that could not be booked, kept as they came until somebody says what becomes of them."""

from django.db import models

from oms.models.account import Account
from trading.kernel.identifiers import new_id


class SuspendedReport(models.Model):
    """
    A report of a market that the books could not take. Written once.

    Its numbers are kept as text, as reported: they may be what no number column holds. The order
    may be one that we do not have; then ``account`` is empty.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    exec_id = models.TextField("execution id")
    order_id = models.UUIDField()
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    exec_type = models.TextField("kind of report")
    last_qty = models.TextField(blank=True)
    last_px = models.TextField(blank=True)
    ts_event = models.TextField("time as reported, ns since 1970")
    text = models.TextField(blank=True)
    code = models.TextField()
    reason = models.TextField()
    suspended_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["exec_id"], name="oms_suspendedreport_exec_id")]
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return f"{self.exec_type} {self.exec_id}"


class SuspenseResolution(models.Model):
    """What became of a suspended report, who said so and why. Written once."""

    suspended = models.OneToOneField(
        SuspendedReport, on_delete=models.PROTECT, primary_key=True, related_name="resolution"
    )
    outcome = models.TextField(choices=[("BOOKED", "Booked"), ("DISMISSED", "Dismissed")])
    reason = models.TextField()
    resolved_by = models.TextField()
    resolved_at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.outcome
