"""Cells of CSV files that people open in a spreadsheet."""

import re

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
# What makes a spreadsheet take a cell for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Where other languages' spreadsheets begin a new cell.
_PART = re.compile(r"([;|]\s*|(?<!^)[\t\r\n]\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")


def guarded(text: str) -> str:
    """
    Put an apostrophe before what a spreadsheet would run as a formula; numbers stay.

    Before each part, too, that a spreadsheet with another separator takes for a cell.
    """
    if _NUMBER.fullmatch(text):
        return text
    text = _PART.sub(r"\1'", text)
    is_formula = text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA)
    return f"'{text}" if is_formula else text
