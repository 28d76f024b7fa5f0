"""
Supervision: one shape for every part that has to live as long as the process does.

A part runs in a thread of its own. When it dies, or ends without being asked to, the reason is
kept, and after a growing pause it is started again by the same path as at first: whatever a part
does to recover it does at each start. It is told apart from a part that hangs by its beats.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread

import structlog
from django.db import connections

from trading.kernel.clock import utc_now

log = structlog.get_logger(__name__)

PAUSE_SECONDS_MIN = 0.1
PAUSE_SECONDS_MAX = 5.0
# A part that has stood this long before it died starts again after the shortest pause.
SETTLED_SECONDS = 10.0
# A part that waits for a server that is silent cannot be ended; the process ends all the same.
_STOP_SECONDS_MAX = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """When a part ended unasked, and why."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartState:
    """How a part is: its trouble ("" if none), seconds since its last beat, how it died."""

    trouble: str
    lag_seconds: float | None
    deaths: int
    last_death: Death | None


class Part:
    """
    One long-lived part and the thread that keeps it alive.

    ``live`` recovers, calls ``stands``, works until ``is_stopping`` and returns; it calls ``beat``
    whenever nothing waits for it. ``wake`` ends a wait inside ``live`` when the part is to stop. If
    no beat comes for ``lag_seconds_max`` the part is in trouble, though it may only be slow.
    """

    def __init__(
        self,
        *,
        name: str,
        live: Callable[["Part"], object],
        wake: Callable[[], object] = lambda: None,
        lag_seconds_max: float | None = None,
        pause_seconds_max: float = PAUSE_SECONDS_MAX,
    ) -> None:
        self.name = name
        self._live = live
        self._wake = wake
        self._lag_seconds_max = lag_seconds_max
        self._pause_seconds_max = pause_seconds_max
        self._stopping = Event()
        self._standing = Event()
        self._stood_at = 0.0
        self._beat_at: float | None = None
        self._failures_in_row = 0
        self._deaths = 0
        self._last_death: Death | None = None
        self._thread: Thread | None = None

    # --- For those who own it ---------------------------------------------------------------------

    def start(self) -> None:
        """Start it; returns at once."""
        assert self._thread is None, f"{self.name} runs already"
        self._stopping.clear()
        self._thread = Thread(target=self._keep_alive, name=self.name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it and wait until it has ended. A part that waits to restart is not started again."""
        self._stopping.set()
        self._wake()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS_MAX)
            if self._thread.is_alive():
                log.error("a part does not end; it is left behind", part=self.name)
            self._thread = None

    def wait_until_standing(self, seconds: float) -> bool:
        """Wait until it stands, through as many deaths as come; False once the time is over."""
        return self._standing.wait(seconds)

    def trouble(self) -> str:
        """Return why it does not do its work, or an empty string. Cheap: asked for each order."""
        if self._thread is None:
            return "not started"
        if not self._thread.is_alive():
            return "the thread has ended"
        if not self._standing.is_set():
            return self._reason()
        lag = self.lag_seconds()
        if lag is not None and self._lag_seconds_max is not None and lag > self._lag_seconds_max:
            return f"behind by {lag:.1f} s"
        return ""

    def lag_seconds(self) -> float | None:
        """Return the seconds since its last beat; None while it does not stand."""
        beat_at = self._beat_at
        return None if beat_at is None else time.monotonic() - beat_at

    def state(self) -> PartState:
        return PartState(
            trouble=self.trouble(),
            lag_seconds=self.lag_seconds(),
            deaths=self._deaths,
            last_death=self._last_death,
        )

    # --- For the part itself ----------------------------------------------------------------------

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def stands(self) -> None:
        """Say that it has recovered and works."""
        self._stood_at = time.monotonic()
        self.beat()
        self._standing.set()

    def beat(self) -> None:
        """Say that it has come round: nothing waits for it at this moment."""
        self._beat_at = time.monotonic()

    def wait(self, seconds: float) -> bool:
        """Wait, but not longer than until it is asked to stop; True once it is."""
        return self._stopping.wait(seconds)

    # --- Keeping it alive -------------------------------------------------------------------------

    def _keep_alive(self) -> None:
        while not self._stopping.is_set():
            failure = self._one_life()
            if self._stopping.is_set():
                return
            self._note_death(failure)
            self._stopping.wait(self._pause())

    def _one_life(self) -> str:
        try:
            self._live(self)
        except (Exception, SystemExit) as error:
            log.warning("a part died", part=self.name, error=str(error), exc_info=self._is_news())
            return f"{type(error).__name__}: {' '.join(str(error).split())}"
        else:
            return "it ended unasked"
        finally:
            self._standing.clear()
            self._beat_at = None
            connections.close_all()

    def _is_news(self) -> bool:
        """Tell whether its stack is worth a log: not each time that it fails to start again."""
        return self._failures_in_row == 0 or self._standing.is_set()

    def _note_death(self, reason: str) -> None:
        if self._stood_at and time.monotonic() - self._stood_at > SETTLED_SECONDS:
            self._failures_in_row = 0
        self._stood_at = 0.0
        self._failures_in_row += 1
        self._deaths += 1
        self._last_death = Death(at=utc_now(), reason=reason)

    def _pause(self) -> float:
        doublings = min(self._failures_in_row - 1, 16)
        return float(min(self._pause_seconds_max, PAUSE_SECONDS_MIN * 2**doublings))

    def _reason(self) -> str:
        death = self._last_death
        return "starting" if death is None else f"starting again after {death.reason}"
