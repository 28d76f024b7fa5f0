"""What else the provider knows: the list of tickers, and where every symbol stands now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl, urlsplit

import msgspec

from marketdata.contracts import Bar, Listing, Quote, Trade
from marketdata.feeds.polygon.rows import (
    Envelope,
    SnapshotBar,
    SnapshotEnvelope,
    SnapshotRow,
    TickerRow,
)
from marketdata.feeds.polygon.tables import conditions_of, exchange_of
from marketdata.feeds.polygon.translate import NS_PER_MS, SOURCE, trade_id_of
from marketdata.feeds.providers import BadPayload, Page
from marketdata.feeds.rest import RestClient, decode
from trading.kernel import clock
from trading.kernel.quantities import whole

_MAX_TICKERS = 1000
# Whole shares of a company or of a fund, which anybody may hold and which an order's price times
# its quantity pays for. Left out: what expires or is exercised (warrants, rights, units with such),
# what is quoted by its par or its yield (bonds, preferred stock), and what hardly trades. OS, NYRS,
# ETV and ETS are younger than the provider's list of types that we have.
_TYPES = frozenset(
    {
        "CS",  # common stock
        "OS",  # ordinary shares
        "ADRC",  # American depositary receipts of common stock
        "NYRS",  # New York registry shares
        "ETF",
        "ETN",
        "ETV",  # exchange-traded vehicles: commodities and currencies
        "ETS",  # funds of a single security
        "FUND",  # closed-end funds
    }
)
# Our names of primary exchanges; of any other MIC it is not known.
_EXCHANGES = MappingProxyType(
    {"XNYS": "NYSE", "XNAS": "NASDAQ", "ARCX": "ARCA", "XASE": "AMEX", "BATS": "BATS"}
)

_tickers = msgspec.json.Decoder(Envelope[TickerRow])
_snapshots = msgspec.json.Decoder(SnapshotEnvelope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """
    Where a symbol stands. What has not happened yet today is None.

    ``previous_close`` is the raw close of the session before, in dollars.
    """

    symbol: str
    trade: Trade | None
    quote: Quote | None
    minute: Bar | None
    previous_close: float | None


async def read_listings(*, rest: RestClient, page_token: str | None = None) -> Page[Listing]:
    """
    Return active stocks and funds by symbol. Nothing is said of margin, lending and fractions.

    :raises ProviderError: as every call does
    """
    params: dict[str, str | int] = {
        "market": "stocks",
        "active": "true",
        "order": "asc",
        "sort": "ticker",
        "limit": _MAX_TICKERS,
    }
    if page_token is not None:
        params = {"cursor": page_token}
    answer = await rest.get("/v3/reference/tickers", params)
    envelope = decode(answer.body, _tickers)
    return Page(
        rows=[_listing(row) for row in envelope.results or () if row.type in _TYPES],
        next_token=_cursor_of(envelope.next_url),
    )


async def read_snapshots(
    *, rest: RestClient, symbols: Sequence[str], shares_per_quote_unit: int = 100
) -> Mapping[str, Snapshot]:
    """
    Return where the symbols stand; those that the provider does not know are left out.

    :raises ProviderError: as every call does
    """
    answer = await rest.get(
        "/v2/snapshot/locale/us/markets/stocks/tickers", {"tickers": ",".join(symbols)}
    )
    ts_init = clock.now_ns()
    return {
        row.ticker: _snapshot(row, ts_init, shares_per_quote_unit)
        for row in decode(answer.body, _snapshots).tickers or ()
    }


def _cursor_of(next_url: str | None) -> str | None:
    if not next_url:
        return None
    try:
        return dict(parse_qsl(urlsplit(next_url).query))["cursor"]
    except (ValueError, KeyError) as error:
        # Not the end: whoever took it for one would believe that he had all of it.
        raise BadPayload(f"a next page without an address: {error}") from error


def _listing(row: TickerRow) -> Listing:
    return Listing(
        symbol=row.ticker,
        name=row.name,
        exchange=_EXCHANGES.get(row.primary_exchange, ""),
        mic=row.primary_exchange,
        figi=row.composite_figi or "",
        is_active=row.active,
        tradable=row.active,  # it is "actively traded", the provider says; of lending nothing
    )


def _snapshot(row: SnapshotRow, ts_init: int, unit: int) -> Snapshot:
    previous = row.prev_day
    return Snapshot(
        symbol=row.ticker,
        trade=_trade(row, ts_init),
        quote=_quote(row, ts_init, unit),
        minute=_minute(row.ticker, row.min),
        previous_close=(previous.c or None) if previous is not None else None,
    )


def _trade(row: SnapshotRow, ts_init: int) -> Trade | None:
    last = row.last_trade
    if last is None or not last.t:
        return None
    return Trade(
        symbol=row.ticker,
        px=last.p,
        size=whole(last.s),
        exchange=exchange_of(last.x),
        conditions=conditions_of(last.c or ()),
        trade_id=trade_id_of(last.i, 0),
        ts_event=last.t,
        ts_init=ts_init,
        source=SOURCE,
    )


def _quote(row: SnapshotRow, ts_init: int, unit: int) -> Quote | None:
    last = row.last_quote
    if last is None or not last.t:
        return None
    return Quote(
        symbol=row.ticker,
        bid_px=last.p,
        bid_size=int(last.s * unit),
        ask_px=last.P,
        ask_size=int(last.S * unit),
        bid_exchange="",
        ask_exchange="",
        ts_event=last.t,
        ts_init=ts_init,
        source=SOURCE,
    )


def _minute(symbol: str, bar: SnapshotBar | None) -> Bar | None:
    if bar is None or not bar.t:
        return None
    return Bar(
        symbol=symbol,
        ts_start=bar.t * NS_PER_MS,
        open=bar.o,
        high=bar.h,
        low=bar.l,
        close=bar.c,
        volume=bar.v,
        trade_count=bar.n,
        vwap=bar.vw or None,
    )
