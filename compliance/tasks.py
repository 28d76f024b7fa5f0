"""Compliance's work by the clock."""

from celery import shared_task

from compliance import interface
from trading.kernel.clock import utc_now


@shared_task(name="compliance.verify_records_nightly")
def verify_records_nightly(**_: object) -> None:
    """Verify tonight's records. The row of the run is the intent; this only wakes it."""
    interface.verify_records_nightly(now=utc_now())
