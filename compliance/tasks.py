"""Compliance's work by the clock."""

import structlog
from celery import shared_task

from compliance import interface
from trading.kernel.clock import utc_now

_log = structlog.get_logger(__name__)


@shared_task(name="compliance.verify_records_nightly")
def verify_records_nightly(**_: object) -> None:
    """Verify tonight's records. The row of the run is the intent; this only wakes it."""
    interface.verify_records_nightly(now=utc_now())


@shared_task(name="compliance.do_due_verifications")
def do_due_verifications(**_: object) -> None:
    """Do the verifications that wait. The rows of the runs are the intent."""
    interface.do_due_verifications(now=utc_now())


@shared_task(name="compliance.extend_expectation")
def extend_expectation(**_: object) -> None:
    """Note outside the database what was recorded since the last time."""
    try:
        interface.extend_expectation(now=utc_now())
    except (interface.LogShorterThanExpected, interface.ExpectationDamaged) as error:
        _log.critical("records_not_as_expected", error=error.message, code=error.code)
