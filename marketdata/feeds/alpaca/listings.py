"""What Alpaca lists, asked of the host that trades: it is another than that of the data."""

from types import MappingProxyType

import msgspec

from marketdata.contracts import Listing
from marketdata.feeds.alpaca.config import AlpacaConfig
from marketdata.feeds.alpaca.pages import AssetRow
from marketdata.feeds.alpaca.refusals import judge
from marketdata.feeds.providers import AuthenticationFailed, InvalidRequest, NotEntitled, Page
from marketdata.feeds.rest import RestClient, decode

_WANTED = MappingProxyType({"status": "active", "asset_class": "us_equity"})
# Our names of exchanges; any other spelling is not known.
_EXCHANGES = MappingProxyType(
    {
        **{name: name for name in ("AMEX", "ARCA", "BATS", "NYSE", "NASDAQ", "OTC")},
        "NYSEARCA": "ARCA",
    }
)

_assets = msgspec.json.Decoder(list[AssetRow])


class AlpacaListings:
    """Goes to the hosts of ``AlpacaConfig.trading_urls`` and to no other."""

    def __init__(self, *, config: AlpacaConfig) -> None:
        self._lines = [
            RestClient(base_url=url, headers=config.headers, judge=judge)
            for url in config.trading_urls
        ]

    async def read(self) -> Page[Listing]:
        """
        Return all of it, by exchange and symbol: there is only ever one page.

        :raises InvalidRequest: if nobody has said which host the key may be sent to
        """
        if not self._lines:
            raise InvalidRequest(
                "the data come from an address of your own, so the key is not sent to Alpaca's: "
                "say who lists the assets with ALPACA_TRADING_URL"
            )
        for line in self._lines[:-1]:
            try:
                return await _ask(line)
            except (AuthenticationFailed, NotEntitled):
                continue  # a key of the other environment
        return await _ask(self._lines[-1])

    async def close(self) -> None:
        for line in self._lines:
            await line.close()


async def _ask(line: RestClient) -> Page[Listing]:
    answer = await line.get("/v2/assets", _WANTED)
    return Page(rows=[_listing(row) for row in decode(answer.body, _assets)], next_token=None)


def _listing(row: AssetRow) -> Listing:
    return Listing(
        symbol=row.symbol,
        name=row.name or "",
        exchange=_EXCHANGES.get(row.exchange or "", ""),
        is_active=row.status == "active",
        tradable=row.tradable,
        marginable=row.marginable,
        shortable=row.shortable,
        easy_to_borrow=row.easy_to_borrow,
        fractionable=row.fractionable,
    )
