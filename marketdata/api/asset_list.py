"""The query of ``GET /v2/assets``."""

from collections.abc import Mapping
from dataclasses import dataclass

from marketdata.contracts import Instrument
from trading.infra.parameters import parameters
from trading.infra.wire import malformed_parameter

# No source gives attributes, so filtering by them is refused.
PARAMETERS = parameters("status", "asset_class", "exchange", unsupported=("attributes",))

_STATUSES = frozenset({"active", "inactive"})
_CLASSES = frozenset({"us_equity", "us_option", "crypto", "crypto_perp"})
# The contract has two words for one of them.
_EXCHANGES = {
    **{name: name for name in ("AMEX", "ARCA", "BATS", "NYSE", "NASDAQ", "OTC", "CRYPTO")},
    "NYSEARCA": "ARCA",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetFilter:
    """None admits every value."""

    status: str | None
    asset_class: str | None
    exchange: str | None

    def admits(self, instrument: Instrument) -> bool:
        return (
            self.status in {None, instrument.status}
            and self.asset_class in {None, instrument.asset_class}
            and self.exchange in {None, instrument.exchange}
        )


def read(query: Mapping[str, str]) -> AssetFilter:
    """:raises WireError: 422 naming what is none of the contract's words"""
    exchange = query.get("exchange")
    if exchange is not None and exchange not in _EXCHANGES:
        raise malformed_parameter(f"invalid exchange: {exchange}")
    for name, words in (("status", _STATUSES), ("asset_class", _CLASSES)):
        word = query.get(name)
        if word is not None and word not in words:
            raise malformed_parameter(f"invalid {name}: {word}")
    return AssetFilter(
        status=query.get("status"),
        asset_class=query.get("asset_class"),
        exchange=None if exchange is None else _EXCHANGES[exchange],
    )
