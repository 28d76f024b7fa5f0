"""
No market order on an old quote.

A market order fills at the quote it meets, so it needs that side of the quote, and fresh: a trade,
however recent, does not say what the other side asks now. A limit order carries its own price and
passes with a warning; the price collar measures it against the last price known.
"""

from risk.checks.base import Case, denied, limit_row, passed
from risk.contracts import CheckResult, DenialCode
from risk.domain.reference import quote_to_take
from trading.kernel.fix import OrdType
from trading.kernel.quantities import plain

_NAME = "stale_quote"


def stale_quote(*, case: Case) -> CheckResult:
    threshold = case.rules.quote_age_ms
    limit, rule = f"{plain(threshold.value)} ms", limit_row(threshold)
    age_ms = case.market.quote_age_ms
    measured = "unknown" if age_ms is None else f"{age_ms} ms"
    quoted = quote_to_take(side=case.intent.side, market=case.market)
    if quoted is None:
        code, trouble = DenialCode.NO_REFERENCE_PRICE, "there is no quote to trade at"
    elif age_ms is None or age_ms > threshold.value:
        code, trouble = DenialCode.STALE_QUOTE, f"the last quote is older than {limit}"
    else:
        return passed(name=_NAME, measured=measured, limit=limit, rule=rule)
    if case.intent.ord_type is OrdType.MARKET:
        return denied(
            name=_NAME, code=code, measured=measured, limit=limit, rule=rule, message=trouble
        )
    return passed(
        name=_NAME, measured=measured, limit=limit, rule=rule, message=trouble, warning=True
    )
