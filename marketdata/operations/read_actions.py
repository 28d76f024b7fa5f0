"""Corporate actions of several securities, or of all."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Q

from marketdata.contracts import CorporateAction, CorporateActionKind
from marketdata.models import CorporateAction as CorporateActionRow
from marketdata.store import actions


def list_actions(
    *,
    symbols: Sequence[str] | None,
    cusips: Sequence[str] | None = None,
    first_date: date,
    last_date: date,
) -> list[tuple[CorporateAction, str]]:
    """
    Return the actions in force whose ex-date is within the dates, each with its security's CUSIP.

    Sorted by date, then symbol. Those of any of the symbols and CUSIPs; both None means all. A
    change of symbol is found by the old symbol, too.
    """
    rows = CorporateActionRow.objects.filter(
        ex_date__gte=first_date, ex_date__lte=last_date, withdrawn_at=None
    )
    if symbols is not None or cusips is not None:
        symbols = [symbol for symbol in symbols or () if symbol.isprintable()]
        rows = rows.filter(
            Q(instrument__symbol__in=symbols)
            | Q(old_symbol__in=symbols)
            | Q(instrument__cusip__in=[cusip for cusip in cusips or () if cusip])
        )
    securities = rows.values_list("instrument_id", "instrument__symbol", "instrument__cusip")
    found = [
        (action, cusip)
        for instrument_id, symbol, cusip in securities.distinct().order_by()
        for action in actions.list_of(
            instrument_id=instrument_id,
            symbol=symbol,
            first_date=first_date,
            last_date=last_date,
        )
        if _is_asked_for(action, symbols, is_by_cusip=cusip in (cusips or ()), today=symbol)
    ]
    return sorted(found, key=lambda each: (each[0].ex_date, each[0].symbol, each[0].kind))


def _is_asked_for(
    action: CorporateAction, symbols: Sequence[str] | None, *, is_by_cusip: bool, today: str
) -> bool:
    if symbols is None or is_by_cusip or today in symbols:
        return True
    return action.kind is CorporateActionKind.SYMBOL_CHANGE and action.symbol in symbols
