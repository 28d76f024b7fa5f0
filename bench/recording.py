"""A made-up recording in the shape of a real one, for machines without the market data pack."""

import random
import zipfile
from pathlib import Path

DATE = "20240102"
SYMBOLS = ("BAC", "IBM", "SPY")
QUOTE_CHANGES = 120_000  # a symbol
TRADES = 40_000
_OPEN_MS = 34_200_000
_CLOSE_MS = 57_600_000
_EXCHANGES = ("N", "P", "Q", "Z", "K")


def write_recording(folder: Path) -> None:
    """Write quotes and trades of three symbols below ``folder``, always the same ones."""
    for symbol in SYMBOLS:
        numbers = random.Random(symbol)  # noqa: S311 - prices, not secrets
        place = folder / "tick" / symbol.lower()
        place.mkdir(parents=True)
        _write(place, symbol, "quote", _quotes(numbers))
        _write(place, symbol, "trade", _trades(numbers))


def _write(place: Path, symbol: str, kind: str, rows: list[str]) -> None:
    with zipfile.ZipFile(place / f"{DATE}_{kind}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        member = f"{DATE}_{symbol.lower()}_{kind}_tick.csv"
        archive.writestr(member, "".join(f"{row}\n" for row in rows))


def _times(numbers: random.Random, count: int) -> list[int]:
    return sorted(numbers.randrange(_OPEN_MS, _CLOSE_MS) for _ in range(count))


def _quotes(numbers: random.Random) -> list[str]:
    """Each change is one row a side: the bid, then the offer, the other side being 0,0."""
    rows: list[str] = []
    bid = 1_000_000
    for at in _times(numbers, QUOTE_CHANGES):
        bid = max(10_000, bid + numbers.choice((-100, 0, 0, 100)))
        sizes = numbers.randrange(1, 40) * 100, numbers.randrange(1, 40) * 100
        venue = numbers.choice(_EXCHANGES)
        rows.append(f"{at},{bid},{sizes[0]},0,0,{venue},1,0")
        rows.append(f"{at},0,0,{bid + 100},{sizes[1]},{venue},1,0")
    return rows


def _trades(numbers: random.Random) -> list[str]:
    rows: list[str] = []
    price = 1_000_000
    for at in _times(numbers, TRADES):
        price = max(10_000, price + numbers.choice((-100, 0, 0, 100)))
        rows.append(
            f"{at},{price},{numbers.randrange(1, 10) * 100},{numbers.choice(_EXCHANGES)},1,0"
        )
    return rows
