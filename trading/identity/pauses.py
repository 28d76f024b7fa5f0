"""How long to wait after many wrong tries: a few are free, then each costs twice the last."""

from datetime import timedelta
from enum import StrEnum, unique
from typing import Final

# A pause of at least so long is called a lock and is recorded.
LOCK: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(hours=1)
# Without an attempt for so long, those before are forgotten.
FORGOTTEN_AFTER: Final = timedelta(days=1)
# For so long a browser is known that a user signed in from: others do not pause that user there.
KNOWN_FOR: Final = timedelta(days=90)


@unique
class Purpose(StrEnum):
    SIGN_IN = "SIGN_IN"
    REGISTRATION = "REGISTRATION"


@unique
class Counted(StrEnum):
    """What attempts are counted of. The narrowest has the fewest: it harms nobody else."""

    BROWSER = "BROWSER"
    NAME_AT_ADDRESS = "NAME_AT_ADDRESS"
    ADDRESS = "ADDRESS"
    NAME = "NAME"
    REGISTRATIONS = "REGISTRATIONS"


FREE: Final = {
    Counted.BROWSER: 3,
    Counted.NAME_AT_ADDRESS: 3,
    Counted.ADDRESS: 30,
    Counted.NAME: 100,
    Counted.REGISTRATIONS: 5,
}
_DOUBLINGS_MAX = 12  # 2 ** 12 seconds is more than LONGEST


def pause_after(*, counted: Counted, attempts: int) -> timedelta:
    """Return the pause that follows the attempt of this number: 2, 4, 8 seconds to an hour."""
    over = attempts - FREE[counted]
    if over <= 0:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(over, _DOUBLINGS_MAX)), LONGEST)


def in_words(remaining: timedelta) -> str:
    """Return a waiting time as a person says it, never too short: ``2 minutes``, ``9 seconds``."""
    seconds = -(-remaining // timedelta(seconds=1))
    if seconds <= 0:
        return "1 second"
    if seconds >= 90:  # noqa: PLR2004 - from here on minutes are easier to read
        count, unit = -(-seconds // 60), "minute"
    else:
        count, unit = seconds, "second"
    return f"{count} {unit}{'' if count == 1 else 's'}"
