"""What a fact is: something that happened, named in the past tense, never changed."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Fact:
    """
    Base of every event dataclass in an app's ``events.py``.

    Subclasses are frozen dataclasses that hold only kernel values, contracts, strings, numbers,
    UUIDs and Decimals. ``type`` is the name in the log and never changes once written; ``version``
    goes up when the fields do.
    """

    __slots__ = ()

    type: ClassVar[str]
    version: ClassVar[int] = 1
