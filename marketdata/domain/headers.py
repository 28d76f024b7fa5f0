"""The header of an imported table of text."""

from collections.abc import Sequence

# UTF-8, with the mark that spreadsheets put first or without.
ENCODING = "utf-8-sig"


def first_wrong_column(*, found: Sequence[str], expected: Sequence[str]) -> str | None:
    """Say which column is the first that is not as expected; None if all are."""
    if list(found) == list(expected):
        return None
    for place, name in enumerate(expected, start=1):
        if place > len(found):
            return f"column {place}, {name!r}, is missing"
        if found[place - 1] != name:
            return f"column {place} is {found[place - 1]!r} and must be {name!r}"
    return f"column {len(expected) + 1}, {found[len(expected)]!r}, is one too many"
