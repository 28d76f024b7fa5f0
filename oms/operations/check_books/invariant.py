"""What an invariant of the books is: a sentence, and the query that finds what breaks it."""

from dataclasses import dataclass
from typing import LiteralString


@dataclass(frozen=True, slots=True)
class Invariant:
    """A sentence that must hold, and the query whose rows are what breaks it."""

    sentence: str
    query: LiteralString
