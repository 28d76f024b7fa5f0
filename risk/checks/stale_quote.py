"""
No market order on an old quote.

A market order fills at the quote it meets, so it needs that side of the quote, and fresh: a trade,
however recent, does not say what the other side asks now. An age that is not known, or is below
zero, is not fresh. While the market is closed or halted a market order waits for a new quote
anyway, so an old one is enough to size it by. A limit order carries its own price and passes with
a warning; the price collar measures it against the last price known.
"""

from decimal import Decimal

from risk.checks.base import Case, denied, limit_row, passed
from risk.contracts import CheckResult, DenialCode
from risk.domain.reference import quote_to_take
from trading.kernel.fix import OrdType
from trading.kernel.quantities import plain

_NAME = "stale_quote"
_MS_PER_SECOND = Decimal(1000)


def stale_quote(*, case: Case) -> CheckResult:
    threshold = case.rules.quote_age_ms
    limit, rule = f"{plain(threshold.value)} ms", limit_row(threshold)
    fresh = f"a fresh one is at most {_seconds(threshold.value)} old"
    age_ms = case.market.quote_age_ms
    measured = "unknown" if age_ms is None else f"{age_ms} ms"
    quoted = quote_to_take(side=case.intent.side, market=case.market)
    waits = not case.market.is_open or bool(case.market.halt)
    if quoted is None:
        code, trouble, waits = DenialCode.NO_REFERENCE_PRICE, "there is no quote to trade at", False
    elif age_ms is None or age_ms < 0:
        code, trouble = DenialCode.STALE_QUOTE, "how old the last quote is, is not known"
    elif age_ms > threshold.value:
        code, trouble = DenialCode.STALE_QUOTE, f"the last quote is {_seconds(age_ms)} old; {fresh}"
    else:
        return passed(name=_NAME, measured=measured, limit=limit, rule=rule)
    if case.intent.ord_type is OrdType.MARKET and not waits:
        return denied(
            name=_NAME, code=code, measured=measured, limit=limit, rule=rule, message=trouble
        )
    return passed(
        name=_NAME, measured=measured, limit=limit, rule=rule, message=trouble, warning=True
    )


def _seconds(milliseconds: Decimal | int) -> str:
    return f"{plain(Decimal(milliseconds) / _MS_PER_SECOND)} s"
