"""Cells of CSV files that people open in a spreadsheet."""

import re

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
# What makes a spreadsheet take a cell for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def guarded(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run as a formula; numbers stay."""
    if _NUMBER.fullmatch(text):
        return text
    is_formula = text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA)
    return f"'{text}" if is_formula else text
