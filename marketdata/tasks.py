"""Background work of market data."""

from celery import shared_task
from celery.worker import state

from marketdata import interface
from trading.infra.one_at_a_time import one_at_a_time
from trading.kernel.clock import utc_now


def _is_stopping() -> bool:
    return state.should_stop is not None


@shared_task(name="marketdata.run_backfills")
def run_backfills(**_: object) -> None:
    interface.run_backfills(is_stopping=_is_stopping)


@shared_task(name="marketdata.keep_tick_archive")
@one_at_a_time
def keep_tick_archive(**_: object) -> None:
    """Join the archive's small files and let old ones go."""
    interface.keep_tick_archive(now=utc_now())


@shared_task(name="marketdata.load_listings")
@one_at_a_time
def load_listings(**_: object) -> None:
    """Take up what the best provider lists, if there is one."""
    interface.load_listings_daily(now=utc_now(), is_stopping=_is_stopping)


@shared_task(name="marketdata.load_first_listings")
@one_at_a_time
def load_first_listings(**_: object) -> None:
    """Take up what the best provider lists, if that never was."""
    interface.load_listings_first(now=utc_now(), is_stopping=_is_stopping)
