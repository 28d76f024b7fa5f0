"""
Load what a provider lists into the security master: all of it or nothing.

It is read whole first, then applied in one transaction with the fact of it. An answer that lacks a
page changes nothing, so nothing is retired for want of it.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta

from marketdata.contracts import LoadedListings
from marketdata.domain.listings import is_plausible, takeable
from marketdata.events import ListingsLoaded, listings_stream
from marketdata.operations import read_listings
from marketdata.operations.load_security_master import instrument_id
from marketdata.store import instruments, listings as store
from trading.eventlog.readers import find_last
from trading.eventlog.record import NewEvent, record
from trading.infra.transactions import transaction
from trading.kernel.clock import to_ns
from trading.kernel.errors import TradingError

# The longest that reading may take: a free plan gives five pages a minute.
TIMEOUT_S = 900.0
DAILY_ACTOR = "system:daily-listings"
FIRST_RETRY = timedelta(hours=1)

# What became of the daily loads of this process.
counters: Counter[str] = Counter()
_first_failed_at: datetime | None = None

log = logging.getLogger(__name__)


class ImplausibleListings(TradingError):
    """
    The listing holds fewer than half of the symbols that it held the last time. Look at it first.

    Half the market is not delisted between two days; an answer that ends early, or a filter in
    between, looks just like that. Taken for the whole it would stop trading in all that it lacks.
    """

    code = "IMPLAUSIBLE_LISTINGS"


class NothingListed(TradingError):
    """
    The provider lists nothing at all. Nothing was changed; it is asked again in its time.

    If that goes on, see whether its plan and its address are right.
    """

    code = "NOTHING_LISTED"


def load(
    *,
    source: str,
    actor: str,
    now: datetime,
    request_id: str = "",
    timeout_s: float = TIMEOUT_S,
    accepts_fewer: bool = False,
    is_stopping: Callable[[], bool] = lambda: False,
    on_progress: Callable[[int], object] = lambda _rows: None,
) -> LoadedListings:
    """
    Make the security master say what a provider lists; return what that meant.

    New symbols become instruments that nobody follows, and nobody may do with them what the
    provider does not allow. Known ones are corrected, those that this provider listed and no longer
    does are retired. ``on_progress`` hears how many rows have been read. Never inside a
    transaction: it waits for somebody else's machine.

    :raises ImplausibleListings: if it cannot be all of it, unless that is accepted
    :raises NothingListed: if there is none, which nobody can accept
    :raises NoListingSource, ListingsNotRead, ProviderError, Stopping: as reading it does
    """
    rows = read_listings.read(
        source=source, timeout_s=timeout_s, is_stopping=is_stopping, on_progress=on_progress
    )
    found, refused = takeable(rows)
    if not found:
        raise NothingListed(
            f"{source} lists nothing that the platform can take ({refused:,} rows refused); the"
            " security master stays as it was",
            source=source,
        )
    with transaction():
        store.lock()
        before = 0 if accepts_fewer else _listed_before(source)
        _require_plausible(source, listed=len(found), listed_before=before)
        written = store.write(
            source=source,
            ids=[instrument_id(symbol=each.symbol) for each in found],
            listings=found,
        )
        loaded = LoadedListings(
            source=source, listed=len(found), refused=refused, **written._asdict()
        )
        record(
            [
                NewEvent(
                    stream=listings_stream(source),
                    fact=ListingsLoaded(**asdict(loaded), loaded_by=actor),
                    ts_event=to_ns(now),
                    actor=actor,
                    request_id=request_id,
                )
            ]
        )
    instruments.forget()
    return loaded


def load_daily(*, now: datetime, is_stopping: Callable[[], bool]) -> LoadedListings | None:
    """
    Load what the best provider lists; None if there is none, or it failed.

    Never raises: a failure is logged and counted, and tomorrow is another day.
    """
    try:
        sources = read_listings.names()
        if not sources:
            return None
        loaded = load(source=sources[0], actor=DAILY_ACTOR, now=now, is_stopping=is_stopping)
    except read_listings.Stopping:
        return None
    except NothingListed as error:
        log.warning("the daily listings: %s: %s", error.code, error.message)
    except TradingError as error:
        log.error("the daily listings: %s: %s", error.code, error.message)  # noqa: TRY400 - it names it
    except Exception:
        log.exception("the daily listings were not loaded")
    else:
        log.info("the daily listings of %s: %s", loaded.source, loaded)
        return loaded
    counters["LISTINGS_FAILED"] += 1
    return None


def load_first(*, now: datetime, is_stopping: Callable[[], bool]) -> LoadedListings | None:
    """
    Load what the best provider lists if that never was: a new key does not wait for the morning.

    Never raises. After a failure it does nothing for an hour.
    """
    global _first_failed_at  # noqa: PLW0603 - of this process
    if _first_failed_at is not None and now - _first_failed_at < FIRST_RETRY:
        return None
    sources = read_listings.names()
    if not sources or find_last(stream=listings_stream(sources[0])) is not None:
        return None
    loaded = load_daily(now=now, is_stopping=is_stopping)
    _first_failed_at = None if loaded is not None else now
    return loaded


def _listed_before(source: str) -> int:
    last = find_last(stream=listings_stream(source))
    return 0 if last is None else int(json.loads(last.payload)["listed"])


def _require_plausible(source: str, *, listed: int, listed_before: int) -> None:
    if not is_plausible(listed=listed, listed_before=listed_before):
        raise ImplausibleListings(
            f"{source} lists {listed:,} symbols, and listed {listed_before:,} the last time; if "
            f"that is right: manage.py load_listings --source {source} --accept-fewer",
            source=source,
            listed=listed,
            listed_before=listed_before,
        )
