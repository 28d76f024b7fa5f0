"""Alpaca's REST answers as it sends them, with no field that is not used."""

import msgspec


class BarRow(msgspec.Struct, gc=False):
    t: str
    o: float
    h: float
    l: float  # noqa: E741 - the wire's name
    c: float
    v: float
    n: int | None = None
    vw: float | None = None


class TradeRow(msgspec.Struct):
    t: str
    p: float
    s: float
    x: str = ""
    c: list[str] | None = None
    i: int = 0
    z: str = ""
    u: str = ""  # what the tape said of it later


class QuoteRow(msgspec.Struct):
    t: str
    bp: float
    bs: float
    ap: float
    as_: float = msgspec.field(name="as")
    bx: str = ""
    ax: str = ""


class BarPage(msgspec.Struct):
    """Rows are null, not absent, where there are none."""

    bars: list[BarRow] | None
    next_page_token: str | None = None


class BarsOfMany(msgspec.Struct):
    """Rows by symbol."""

    bars: dict[str, list[BarRow]] | None
    next_page_token: str | None = None


class TradePage(msgspec.Struct):
    trades: list[TradeRow] | None
    next_page_token: str | None = None


class QuotePage(msgspec.Struct):
    quotes: list[QuoteRow] | None
    next_page_token: str | None = None


class LatestTrades(msgspec.Struct):
    trades: dict[str, TradeRow]


class LatestQuotes(msgspec.Struct):
    quotes: dict[str, QuoteRow]


class Snapshot(msgspec.Struct, rename="camel"):
    daily_bar: BarRow | None = None
    prev_daily_bar: BarRow | None = None


class SplitRow(msgspec.Struct):
    symbol: str
    new_rate: float
    old_rate: float
    ex_date: str
    record_date: str | None = None
    payable_date: str | None = None
    new_symbol: str | None = None


class UnitSplitRow(msgspec.Struct):
    old_symbol: str
    new_symbol: str
    new_rate: float
    old_rate: float
    effective_date: str


class DividendRow(msgspec.Struct):
    symbol: str
    rate: float
    ex_date: str
    record_date: str | None = None
    payable_date: str | None = None


class SpinOffRow(msgspec.Struct):
    source_symbol: str
    source_rate: float
    new_symbol: str
    new_rate: float
    ex_date: str
    record_date: str | None = None
    payable_date: str | None = None


class NameChangeRow(msgspec.Struct):
    old_symbol: str
    new_symbol: str
    process_date: str


class Actions(msgspec.Struct):
    forward_splits: list[SplitRow] = []
    reverse_splits: list[SplitRow] = []
    unit_splits: list[UnitSplitRow] = []
    cash_dividends: list[DividendRow] = []
    stock_dividends: list[DividendRow] = []
    spin_offs: list[SpinOffRow] = []
    name_changes: list[NameChangeRow] = []


class ActionsPage(msgspec.Struct):
    corporate_actions: Actions
    next_page_token: str | None = None


class AssetRow(msgspec.Struct):
    symbol: str
    status: str
    name: str | None = None
    exchange: str | None = None
    tradable: bool | None = None
    marginable: bool | None = None
    shortable: bool | None = None
    easy_to_borrow: bool | None = None
    fractionable: bool | None = None


class ErrorBody(msgspec.Struct):
    message: str = ""
