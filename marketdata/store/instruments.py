"""
The security master, read as contracts.

Instruments that were found are remembered for a few seconds, since every order asks for one. What
was not found is asked again each time, so a new instrument is known at once.
"""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Length, Replace

from marketdata.contracts import Instrument
from marketdata.domain.spellings import with_dots, without_dots
from marketdata.models import Instrument as InstrumentRow
from trading.infra.database import sql
from trading.kernel import clock

# Another process may have reloaded the master; this is how long we may not notice.
REMEMBERED_NS = 10 * clock.NS_PER_SECOND

# What an instrument has of its row; the names are the same.
_FIELDS = (
    "id",
    "symbol",
    "name",
    "exchange",
    "status",
    "tradable",
    "marginable",
    "shortable",
    "easy_to_borrow",
    "fractionable",
    "is_followed",
    "mic",
    "cusip",
    "isin",
    "figi",
)

# Thousands of symbols are one array: as many parameters would cost more than the question.
_OF_SYMBOLS = "SELECT * FROM marketdata_instrument WHERE symbol = ANY(%s)"
_SPELLED_LIKE = """
    SELECT symbol FROM marketdata_instrument
    WHERE symbol = ANY(%s) OR replace(symbol, '.', '') = ANY(%s)
"""
_LETTERS = Replace(F("symbol"), Value("."), Value(""))

_remembered: dict[str | UUID, tuple[int, Instrument]] = {}


def find(*, symbol: str) -> Instrument | None:
    if not _may_exist(symbol):
        return None
    return _recall(symbol) or _remember(InstrumentRow.objects.filter(symbol=symbol).first())


def find_by_id(*, instrument_id: UUID) -> Instrument | None:
    return _recall(instrument_id) or _remember(
        InstrumentRow.objects.filter(pk=instrument_id).first()
    )


def find_by_cusip(*, cusip: str) -> Instrument | None:
    """Return the instrument with this CUSIP: of several, the one that is still listed."""
    rows = list(InstrumentRow.objects.filter(cusip=cusip))
    if len(rows) > 1:
        rows = [row for row in rows if row.status == InstrumentRow.Status.ACTIVE]
    return _remember(rows[0]) if len(rows) == 1 else None


def find_many(*, symbols: Collection[str]) -> dict[str, Instrument]:
    """Return the instruments of those of the symbols that the master knows, by one question."""
    found = {symbol: known for symbol in symbols if (known := _recall(symbol)) is not None}
    asked = [symbol for symbol in symbols if symbol not in found and _may_exist(symbol)]
    for row in InstrumentRow.objects.raw(_OF_SYMBOLS, [asked]) if asked else ():
        instrument = _remember(row)
        if instrument is not None:
            found[row.symbol] = instrument
    return found


def find_many_by_id(*, instrument_ids: Collection[UUID]) -> dict[UUID, Instrument]:
    """Return the instruments with these ids, by one question."""
    found = {each: known for each in instrument_ids if (known := _recall(each)) is not None}
    asked = [each for each in instrument_ids if each not in found]
    for row in InstrumentRow.objects.filter(pk__in=asked) if asked else ():
        instrument = _remember(row)
        if instrument is not None:
            found[instrument.id] = instrument
    return found


def spelled_like(*, spellings: Collection[str]) -> set[str]:
    """Return every symbol that one of the spellings may mean; see ``domain.spellings``."""
    dotted = {with_dots(spelling) for spelling in spellings if _may_exist(spelling)}
    letters = [each for each in dotted if "." not in each]
    return {row[0] for row in sql(_SPELLED_LIKE, [list(dotted), letters]).fetchall()}


def among(*, symbols: Collection[str]) -> set[str]:
    """Return those of the symbols that the master knows."""
    asked = [symbol for symbol in symbols if _may_exist(symbol)]
    rows = InstrumentRow.objects.filter(symbol__in=asked)
    return set(rows.values_list("symbol", flat=True))


def list_all(
    *, symbols: Collection[str] | None = None, by_exchange: bool = False
) -> list[Instrument]:
    """
    Return instruments, by symbol, or by exchange and then symbol.

    ``symbols`` None means every one; those that are unknown are left out.
    """
    rows = InstrumentRow.objects.order_by(*(("exchange", "symbol") if by_exchange else ("symbol",)))
    if symbols is not None:
        rows = rows.filter(symbol__in=[symbol for symbol in symbols if _may_exist(symbol)])
    # There are thousands, and a row as a model costs more than the row.
    return [
        Instrument(**dict(zip(_FIELDS, row, strict=True))) for row in rows.values_list(*_FIELDS)
    ]


def list_by_cusips(*, cusips: Collection[str]) -> list[Instrument]:
    """Return the instruments of these CUSIPs, by symbol; those that are unknown are left out."""
    known = [cusip for cusip in cusips if cusip and _may_exist(cusip)]
    rows = InstrumentRow.objects.filter(cusip__in=known).order_by("symbol") if known else ()
    return [_contract(row) for row in rows]


def search(*, query: str, limit: int) -> list[Instrument]:
    """Return at most ``limit`` traded instruments whose symbol or name matches, best first."""
    words = " ".join(query.split())
    if not words:
        return list_followed_instruments()[:limit]
    if not _may_exist(words):
        return []
    symbol = with_dots(words)
    letters = without_dots(symbol) or symbol  # of nothing but separators nothing is left
    # The master is small enough to be read through: an index could not serve "contains".
    rows = _traded().annotate(letters=_LETTERS)
    begins = Q(symbol__startswith=symbol) | Q(letters__startswith=letters)
    ranked = rows.filter(begins | Q(name__icontains=words)).annotate(
        rank=Case(
            When(symbol__in=(words.upper(), symbol), then=0),
            When(letters=letters, then=1),
            When(symbol__startswith=symbol, then=2),
            When(Q(name__istartswith=words) | Q(name__icontains=f" {words}"), then=3),
            When(letters__startswith=letters, then=4),
            default=5,
        )
    )
    best = ranked.order_by("rank", "-is_followed", Length("symbol"), "symbol")
    return [_contract(row) for row in best[:limit]]


def list_symbols() -> list[str]:
    """Return every symbol of the master."""
    return list(InstrumentRow.objects.values_list("symbol", flat=True))


def list_followed() -> list[str]:
    """Return the symbols whose prices the feed always carries, in alphabetical order."""
    rows = _traded().filter(is_followed=True)
    return list(rows.order_by("symbol").values_list("symbol", flat=True))


def list_followed_instruments() -> list[Instrument]:
    """Return the instruments whose prices the feed always carries, by symbol."""
    return [_contract(row) for row in _traded().filter(is_followed=True).order_by("symbol")]


def reference_prices() -> dict[str, float]:
    """Return the level at which each symbol's simulated market starts, in dollars."""
    rows = InstrumentRow.objects.filter(
        status=InstrumentRow.Status.ACTIVE, is_followed=True, reference_price__isnull=False
    )
    return {
        symbol: price
        for symbol, price in rows.order_by("symbol").values_list("symbol", "reference_price")
        if price is not None
    }


def forget() -> None:
    """Forget what was remembered: the table has changed."""
    _remembered.clear()


def _traded() -> QuerySet[InstrumentRow]:
    return InstrumentRow.objects.filter(status=InstrumentRow.Status.ACTIVE, tradable=True)


def _may_exist(text: str) -> bool:
    # PostgreSQL refuses a NUL in a text; no symbol or name has one, nor anything else unprintable.
    return text.isprintable()


def _recall(key: str | UUID) -> Instrument | None:
    found = _remembered.get(key)
    if found is None or found[0] + REMEMBERED_NS < clock.now_ns():
        return None
    return found[1]


def _remember(row: InstrumentRow | None) -> Instrument | None:
    if row is None:
        return None
    instrument = _contract(row)
    _remembered[instrument.symbol] = _remembered[instrument.id] = (clock.now_ns(), instrument)
    return instrument


def _contract(row: InstrumentRow) -> Instrument:
    return Instrument(**{name: getattr(row, name) for name in _FIELDS})
