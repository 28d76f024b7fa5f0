"""Corporate actions of several symbols, or of all."""

from collections.abc import Sequence
from datetime import date

from marketdata.contracts import CorporateAction
from marketdata.models import CorporateAction as CorporateActionRow
from marketdata.store import actions


def list_actions(
    *, symbols: Sequence[str] | None, first_date: date, last_date: date
) -> list[tuple[CorporateAction, str]]:
    """
    Return the actions whose ex-date is within the dates, each with its security's CUSIP.

    Sorted by date, then symbol. ``symbols`` None means all.
    """
    rows = CorporateActionRow.objects.filter(ex_date__gte=first_date, ex_date__lte=last_date)
    if symbols is not None:
        rows = rows.filter(instrument__symbol__in=symbols)
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
    ]
    return sorted(found, key=lambda each: (each[0].ex_date, each[0].symbol, each[0].kind))
