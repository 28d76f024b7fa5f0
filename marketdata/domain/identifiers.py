"""The forms and check digits of a security's identifiers, so that a mistyped one is refused."""

import re

SYMBOL_LENGTH_MAX = 16
_SYMBOL = re.compile(rf"[0-9A-Z.]{{1,{SYMBOL_LENGTH_MAX}}}")
_MIC = re.compile(r"[0-9A-Z]{4}")
_CUSIP = re.compile(r"[0-9A-Z*@#]{8}[0-9]")
_ISIN = re.compile(r"[A-Z]{2}[0-9A-Z]{9}[0-9]")
_FIGI = re.compile(r"(?!BS|BM|GG|GB|GH|KY|VG)[B-DF-HJ-NP-TV-Z]{2}G[B-DF-HJ-NP-TV-Z0-9]{8}[0-9]")
_SPECIAL = {"*": 36, "@": 37, "#": 38}


def is_symbol(text: str) -> bool:
    """Capitals, digits and dots; the platform knows no other symbols."""
    return bool(_SYMBOL.fullmatch(text))


def is_mic(text: str) -> bool:
    """Four characters (ISO 10383), without a check digit."""
    return bool(_MIC.fullmatch(text))


def is_cusip(text: str) -> bool:
    """Nine characters (ANSI X9.6), the last a modulus 10 double-add-double digit."""
    return bool(_CUSIP.fullmatch(text)) and int(text[8]) == _check_digit(text[:8])


def is_isin(text: str) -> bool:
    """Twelve characters (ISO 6166): letters count as two digits, then Luhn."""
    if not _ISIN.fullmatch(text):
        return False
    digits = "".join(str(int(character, 36)) for character in text)
    odd, even = digits[-1::-2], digits[-2::-2]
    return (sum(map(int, odd)) + sum(sum(divmod(2 * int(d), 10)) for d in even)) % 10 == 0


def is_figi(text: str) -> bool:
    """Twelve characters of consonants and digits (OMG FIGI), the last a check digit."""
    return bool(_FIGI.fullmatch(text)) and int(text[11]) == _check_digit(text[:11])


def _check_digit(body: str) -> int:
    total = 0
    for place, character in enumerate(body):
        value = _SPECIAL[character] if character in _SPECIAL else int(character, 36)
        total += sum(divmod(value * (2 if place % 2 else 1), 10))
    return -total % 10
