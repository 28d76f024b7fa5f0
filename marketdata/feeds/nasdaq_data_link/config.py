"""What a user sets to use Nasdaq Data Link: a key, a dataset, and what its columns are called."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType

from marketdata.feeds.providers import InvalidRequest
from marketdata.feeds.rest import read_key

SOURCE = "nasdaq_data_link"
URL = "https://data.nasdaq.com"
DEFAULT_DATASET = "WIKI/PRICES"  # the one equity table that is free; it ends in March 2018


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """
    What a dataset calls what we need. Case, spaces, dashes and underscores do not matter.

    ``split`` is new shares for one old. A dataset without dividends or splits names them "".
    """

    symbol: str = "ticker"
    date: str = "date"
    open: str = "open"
    high: str = "high"
    low: str = "low"
    close: str = "close"
    volume: str = "volume"
    dividend: str = "dividend"
    split: str = "split"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """
    Where the days are.

    A table is PUBLISHER/TABLE with all symbols in it; otherwise ``code`` is a database that has one
    series a symbol.
    """

    code: str
    is_table: bool
    columns: Columns = Columns()


# Those whose prices are raw. Others can be described in the settings.
_WIKI = Columns(dividend="ex-dividend", split="split_ratio")
_KNOWN = MappingProxyType(
    {
        "WIKI/PRICES": Dataset(code="WIKI/PRICES", is_table=True, columns=_WIKI),
        "WIKI": Dataset(code="WIKI", is_table=False, columns=_WIKI),
        "QUOTEMEDIA/PRICES": Dataset(code="QUOTEMEDIA/PRICES", is_table=True),
        "EOD": Dataset(code="EOD", is_table=False),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NasdaqDataLinkConfig:
    """``poll_s`` is the time between two looks at an export that is being made."""

    key: str = field(repr=False)
    dataset: Dataset
    url: str = URL
    poll_s: float = 30.0


def read_config(settings: Mapping[str, str]) -> NasdaqDataLinkConfig:
    """
    Return the settings as values.

    Only ``key`` must be there. The others are ``url``; ``dataset``, a table (``WIKI/PRICES``) or a
    database of series (``EOD``); ``columns``, where they have other names
    (``close=closeunadj,dividend=``); and ``poll_s``.

    :raises AuthenticationFailed: if there is no key
    :raises InvalidRequest: if a setting makes no sense
    """
    key = read_key(
        settings.get("key", ""), missing="Nasdaq Data Link needs a key: set NASDAQ_DATA_LINK_KEY"
    )
    try:
        poll_s = float(settings.get("poll_s") or 30)
    except ValueError as error:
        raise InvalidRequest(f"the settings of Nasdaq Data Link: {error}") from error
    return NasdaqDataLinkConfig(
        key=key,
        url=settings.get("url") or URL,
        dataset=_dataset(
            settings.get("dataset", "").strip() or DEFAULT_DATASET, settings.get("columns", "")
        ),
        poll_s=poll_s,
    )


def _dataset(code: str, columns: str) -> Dataset:
    if not code.replace("/", "").replace("_", "").isalnum() or code.count("/") > 1:
        raise InvalidRequest(f"not a dataset of Nasdaq Data Link: {code!r}")
    dataset = _KNOWN.get(code) or Dataset(code=code, is_table="/" in code)
    names = {each.name for each in fields(Columns)}
    changes: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in columns.split(","))):
        name, equals, column = pair.partition("=")
        if not equals or name not in names:
            raise InvalidRequest(f"the columns of {code}: {pair!r} is not one of ours = one of its")
        changes[name] = column
    return replace(dataset, columns=replace(dataset.columns, **changes))


def ticker_of(symbol: str) -> str:
    """Return the provider's spelling: classes of shares come after an underscore."""
    return symbol.replace(".", "_")


def symbol_of(ticker: str) -> str:
    return ticker.replace("_", ".")
