"""
What can be set of each provider, on one screen: the same on the admin site and in the environment.

``read_config`` of a provider's package says what each means and refuses what makes no sense.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType


@unique
class FieldKind(StrEnum):
    """SECRET is sealed and never shown; ADDRESS is where secrets are sent."""

    SECRET = "SECRET"  # noqa: S105 - a kind of setting
    ADDRESS = "ADDRESS"
    OPTION = "OPTION"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderField:
    """
    One setting. ``variable`` is its name in the environment.

    ``default`` holds while nobody sets it; an empty one leaves it to the provider. ``choices`` are
    all its values, if they are few.
    """

    name: str
    variable: str
    kind: FieldKind
    label: str
    default: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()

    @property
    def is_secret(self) -> bool:
        return self.kind is FieldKind.SECRET


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSpec:
    """
    A provider's settings. One that does not ``stream`` has a history only.

    One that ``lists`` can be asked what is listed: its history ``ReadsListings``.
    """

    label: str
    fields: tuple[ProviderField, ...]
    streams: bool = True
    lists: bool = False

    @property
    def secrets(self) -> tuple[ProviderField, ...]:
        """The fields without which the provider cannot be asked."""
        return tuple(field for field in self.fields if field.is_secret)


def _secret(name: str, variable: str, label: str) -> ProviderField:
    return ProviderField(name=name, variable=variable, kind=FieldKind.SECRET, label=label)


def _address(
    name: str, variable: str, label: str, default: str = "", *, hint: str = ""
) -> ProviderField:
    return ProviderField(
        name=name,
        variable=variable,
        kind=FieldKind.ADDRESS,
        label=label,
        default=default,
        help=hint,
    )


def _option(
    name: str,
    variable: str,
    label: str,
    default: str = "",
    *,
    hint: str = "",
    choices: tuple[str, ...] = (),
) -> ProviderField:
    return ProviderField(
        name=name,
        variable=variable,
        kind=FieldKind.OPTION,
        label=label,
        default=default,
        help=hint,
        choices=choices,
    )


_PACE = "As the plan allows; empty for no limit."

PROVIDER_SPECS: Mapping[str, ProviderSpec] = MappingProxyType(
    {
        "alpaca": ProviderSpec(
            label="Alpaca",
            lists=True,
            fields=(
                _secret("key_id", "ALPACA_KEY_ID", "Key id"),
                _secret("secret_key", "ALPACA_SECRET_KEY", "Secret key"),
                _option(
                    "feed", "ALPACA_FEED", "Feed", "iex",
                    hint="As the plan allows; delayed_sip is 15 minutes behind.",
                    choices=("iex", "sip", "delayed_sip"),
                ),
                _option(
                    "symbols_max", "ALPACA_SYMBOLS_MAX", "Symbols at once",
                    hint="That the plan streams; 0 for all. Empty: 30 of iex, as in the free plan, "
                    "and all of the others.",
                ),
                _address(
                    "stream_url", "ALPACA_STREAM_URL", "Stream",
                    "wss://stream.data.alpaca.markets",
                ),
                _address("data_url", "ALPACA_DATA_URL", "REST", "https://data.alpaca.markets"),
                _address(
                    "trading_url", "ALPACA_TRADING_URL", "Trading",
                    hint="Lists what is traded. Empty: https://paper-api.alpaca.markets and, where "
                    "that refuses the key, https://api.alpaca.markets.",
                ),
            ),
        ),
        "polygon": ProviderSpec(
            label="Polygon",
            lists=True,
            fields=(
                _secret("api_key", "POLYGON_API_KEY", "API key"),
                _option(
                    "channels", "POLYGON_CHANNELS", "Channels", "T,Q,AM,LULD",
                    hint="T trades, Q quotes, AM minutes, LULD bands; A (seconds) instead of T in "
                    "plans without trades.",
                ),
                _option(
                    "shares_per_quote_unit", "POLYGON_SHARES_PER_QUOTE_UNIT",
                    "Shares per quote unit", "100",
                    hint="What one unit of a quote's size means.",
                ),
                _option(
                    "requests_per_minute", "POLYGON_REQUESTS_PER_MINUTE", "Requests per minute",
                    hint=_PACE,
                ),
                _address(
                    "stream_url", "POLYGON_STREAM_URL", "Stream",
                    "wss://socket.massive.com/stocks",
                ),
                _address("rest_url", "POLYGON_REST_URL", "REST", "https://api.massive.com"),
            ),
        ),
        "tiingo": ProviderSpec(
            label="Tiingo",
            fields=(
                _secret("token", "TIINGO_TOKEN", "Token"),
                _option(
                    "threshold_level", "TIINGO_THRESHOLD_LEVEL", "Threshold level", "6",
                    hint="6 a reference price now and then; 5 every trade and quote, and 0 "
                    "everything, with an agreement with IEX.",
                    choices=("6", "5", "0"),
                ),
                _option(
                    "requests_per_minute", "TIINGO_REQUESTS_PER_MINUTE", "Requests per minute",
                    hint=_PACE,
                ),
                _address("stream_url", "TIINGO_STREAM_URL", "Stream", "wss://api.tiingo.com/iex"),
                _address("rest_url", "TIINGO_REST_URL", "REST", "https://api.tiingo.com"),
            ),
        ),
        "nasdaq_data_link": ProviderSpec(
            label="Nasdaq Data Link",
            streams=False,
            fields=(
                _secret("key", "NASDAQ_DATA_LINK_KEY", "API key"),
                _option(
                    "dataset", "NASDAQ_DATA_LINK_DATASET", "Dataset", "WIKI/PRICES",
                    hint="A table (WIKI/PRICES) or a database of series (EOD).",
                ),
                _option(
                    "columns", "NASDAQ_DATA_LINK_COLUMNS", "Columns",
                    hint="Where the dataset calls them otherwise: close=closeunadj,dividend=",
                ),
                _address("url", "NASDAQ_DATA_LINK_URL", "REST", "https://data.nasdaq.com"),
            ),
        ),
    }
)  # fmt: skip


def label_of(source: str) -> str:
    """Return a source's name as people write it; one that is no provider's is its own."""
    spec = PROVIDER_SPECS.get(source)
    return source.capitalize() if spec is None else spec.label
