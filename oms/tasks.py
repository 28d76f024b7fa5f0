"""Background work of order management. What is due is in the rows; a task only looks."""

from celery import shared_task

from oms import interface
from trading.kernel.clock import utc_now


@shared_task(name="oms.expire_orders")
def expire_orders(**_: object) -> None:
    """End the orders whose ``expires_at`` has passed."""
    interface.expire_orders(now=utc_now())
