"""Who needs prices."""

from enum import StrEnum, unique


@unique
class Need(StrEnum):
    """
    Why the feed should follow a symbol that it does not always follow.

    The most important first: where a provider's plan has little room, that is who gets it.
    """

    TRADING = "TRADING"  # somebody holds it, or has or had an order in it
    STREAMS = "STREAMS"  # an API client listens to it
    SCREENS = "SCREENS"  # it is on somebody's screen
