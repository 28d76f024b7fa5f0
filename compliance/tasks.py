"""Compliance's work by the clock."""

from celery import shared_task

from compliance import interface
from trading.kernel.clock import utc_now


@shared_task(name="compliance.verify_records_nightly")
def verify_records_nightly(**_: object) -> None:
    """Verify tonight's records. The row of the run is the intent; this only wakes it."""
    interface.verify_records_nightly(now=utc_now())


@shared_task(name="compliance.extend_expectation")
def extend_expectation(**_: object) -> None:
    """Note outside the database what was recorded since the last time."""
    interface.extend_expectation(now=utc_now())
