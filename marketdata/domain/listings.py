"""What of a provider's listing the security master can take, and whether it is all of it."""

from collections.abc import Iterable
from dataclasses import replace

from marketdata.contracts import Listing
from marketdata.domain.identifiers import is_figi, is_mic, is_symbol

NAME_LENGTH_MAX = 200


def takeable(listings: Iterable[Listing]) -> tuple[list[Listing], int]:
    """
    Return those whose symbol is one of ours, each once, and how many others there were.

    Of several with one symbol the first stays. A name becomes printable and no longer than we keep
    it; an identifier whose form is wrong is not known.
    """
    found: dict[str, Listing] = {}
    refused = 0
    for each in listings:
        if each.symbol in found or not is_symbol(each.symbol):
            refused += 1
        else:
            found[each.symbol] = replace(
                each,
                name="".join(filter(str.isprintable, each.name)).strip()[:NAME_LENGTH_MAX],
                mic=each.mic if is_mic(each.mic) else "",
                figi=each.figi if is_figi(each.figi) else "",
            )
    return list(found.values()), refused


def is_plausible(*, listed: int, listed_before: int) -> bool:
    """Return whether so many symbols can be the whole: at least half of those of the last time."""
    return listed > 0 and 2 * listed >= listed_before
