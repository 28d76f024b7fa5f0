"""Check whether a report can be booked; one that cannot is suspended for staff."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from oms.contracts import PRICE_MAX, PRICE_PLACES, QTY_MAX, QTY_PLACES, ExecutionReport
from trading.kernel.clock import NS_PER_SECOND
from trading.kernel.errors import TradingError
from trading.kernel.fix import ExecType
from trading.kernel.quantities import plain

TS_MAX = 10_000_000_000 * NS_PER_SECOND  # the year 2286: no true report is of a later time


class UnsoundReport(TradingError):
    """The report's own numbers or words make no sense. Ask the market what it means."""

    code = "UNSOUND_REPORT"


class ExecIdReused(TradingError):
    """The market used an ``exec_id`` again for something else. One of the two is not true."""

    code = "EXEC_ID_REUSED"


class SharesOnOffer(TradingError):
    """The shares that were sold are not held, or another open sale offers them by now."""

    code = "SHARES_ON_OFFER"


class CashNotFree(TradingError):
    """The cash that was spent is not there, or other open orders have reserved it by now."""

    code = "CASH_NOT_FREE"


def require_sound(report: ExecutionReport) -> None:
    """
    Check what a report says by itself, whatever order it is of.

    :raises UnsoundReport: if a number or a text cannot be what a market says
    """
    if "\0" in report.exec_id + report.text:
        raise UnsoundReport("the report holds a NUL character")
    if not report.exec_id:
        raise UnsoundReport("the report has no exec_id")
    if not 0 <= report.ts_event < TS_MAX:
        raise UnsoundReport(f"the report's time is out of range: {report.ts_event} ns")
    is_trade = report.exec_type is ExecType.TRADE
    if (report.last_qty is not None, report.last_px is not None) != (is_trade, is_trade):
        raise UnsoundReport("a fill has a quantity and a price, and nothing else has")
    if report.last_qty is not None:
        _require_amount("quantity", report.last_qty, places=QTY_PLACES, highest=QTY_MAX)
    if report.last_px is not None:
        _require_amount("price", report.last_px, places=PRICE_PLACES, highest=PRICE_MAX)


def _require_amount(name: str, value: Decimal, *, places: int, highest: Decimal) -> None:
    if not value.is_finite() or not 0 < value <= highest:
        raise UnsoundReport(f"a fill's {name} is more than zero and at most {highest}: {value}")
    if value != round(value, places):
        raise UnsoundReport(f"a fill's {name} has at most {places} decimals: {value}")


_TEXT_MAX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A report as it came, in text that every column takes: the same report has the same terms."""

    exec_id: str
    order_id: UUID
    exec_type: str
    last_qty: str
    last_px: str


def terms_of(report: ExecutionReport) -> Terms:
    return Terms(
        exec_id=stored_text(report.exec_id),
        order_id=report.order_id,
        exec_type=report.exec_type.value,
        last_qty=amount_text(report.last_qty),
        last_px=amount_text(report.last_px),
    )


def amount_text(value: Decimal | None) -> str:
    return "" if value is None else plain(value)[:_TEXT_MAX]


def stored_text(text: str) -> str:
    """Return what a text column can hold of a text from outside."""
    return text.replace("\0", "\\0")[:_TEXT_MAX]


def trimmed(amount: str) -> str:
    """Return a stored amount as ``amount_text`` writes it."""
    return plain(Decimal(amount)) if amount else ""
