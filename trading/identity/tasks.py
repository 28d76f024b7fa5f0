"""Background work of identity."""

from celery import shared_task

from trading.identity import interface


@shared_task(name="identity.clear_expired_sessions")
def clear_expired_sessions(**_: object) -> None:
    interface.clear_expired_sessions()
