"""Corporate actions as the wire's JSON objects, by type."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from uuid import NAMESPACE_URL, uuid5

from marketdata.contracts import CorporateAction, CorporateActionKind

# Every type a client may ask for, and the key its objects come under. Ours has six of them.
TYPES: Mapping[str, str] = MappingProxyType(
    {
        "cash_dividend": "cash_dividends",
        "cash_merger": "cash_mergers",
        "forward_split": "forward_splits",
        "name_change": "name_changes",
        "partial_call": "partial_calls",
        "redemption": "redemptions",
        "reorganization": "reorganizations",
        "reverse_split": "reverse_splits",
        "rights_distribution": "rights_distributions",
        "spin_off": "spin_offs",
        "stock_and_cash_merger": "stock_and_cash_mergers",
        "stock_dividend": "stock_dividends",
        "stock_merger": "stock_mergers",
        "unit_split": "unit_splits",
        "worthless_removal": "worthless_removals",
    }
)


def type_of(action: CorporateAction) -> str:
    """Return the wire's name of what happened."""
    if action.kind is CorporateActionKind.SPLIT:
        is_forward = (action.new_rate or 0) >= (action.old_rate or 0)
        return "forward_split" if is_forward else "reverse_split"
    return _TYPES[action.kind]


def shape(action: CorporateAction, *, cusip: str) -> dict[str, object]:
    """``process_date`` is the ex-date, since sources tell no other."""
    fields = {
        "id": action_id(action),
        **_SHAPES[type_of(action)](action, cusip),
        "process_date": action.ex_date,
    }
    if action.kind is not CorporateActionKind.SYMBOL_CHANGE:
        fields["ex_date"] = action.ex_date
    if action.is_contradicted:
        fields["contradicted"] = True
    if action.record_date is not None:
        fields["record_date"] = action.record_date
    if action.payable_date is not None:
        fields["payable_date"] = action.payable_date
    return fields


def action_id(action: CorporateAction) -> str:
    """Return an id that is the same each time the same action is told."""
    rates = f"{action.rate}/{action.old_rate}/{action.new_rate}"
    words = f"{action.kind}|{action.symbol}|{action.ex_date}|{action.source}|{rates}"
    return str(uuid5(NAMESPACE_URL, words))


_TYPES: Mapping[CorporateActionKind, str] = MappingProxyType(
    {
        CorporateActionKind.CASH_DIVIDEND: "cash_dividend",
        CorporateActionKind.STOCK_DIVIDEND: "stock_dividend",
        CorporateActionKind.SPIN_OFF: "spin_off",
        CorporateActionKind.SYMBOL_CHANGE: "name_change",
    }
)


def _cash_dividend(action: CorporateAction, cusip: str) -> dict[str, object]:
    rate = action.rate or 0.0
    return {
        "symbol": action.symbol,
        "cusip": cusip,
        "rate": rate,
        "special": False,
        "foreign": False,
    }


def _stock_dividend(action: CorporateAction, cusip: str) -> dict[str, object]:
    return {"symbol": action.symbol, "cusip": cusip, "rate": action.rate or 0.0}


def _forward_split(action: CorporateAction, cusip: str) -> dict[str, object]:
    return {"symbol": action.symbol, "cusip": cusip, **_rates(action)}


def _reverse_split(action: CorporateAction, cusip: str) -> dict[str, object]:
    return {"symbol": action.symbol, "old_cusip": cusip, "new_cusip": cusip, **_rates(action)}


def _spin_off(action: CorporateAction, cusip: str) -> dict[str, object]:
    return {
        "source_symbol": action.symbol,
        "source_cusip": cusip,
        "source_rate": action.old_rate or 0.0,
        "new_symbol": action.new_symbol or "",
        "new_cusip": "",
        "new_rate": action.new_rate or 0.0,
    }


def _name_change(action: CorporateAction, cusip: str) -> dict[str, object]:
    return {
        "old_symbol": action.symbol,
        "old_cusip": cusip,
        "new_symbol": action.new_symbol or "",
        "new_cusip": cusip,
    }


def _rates(action: CorporateAction) -> dict[str, object]:
    return {"new_rate": action.new_rate or 0.0, "old_rate": action.old_rate or 0.0}


_SHAPES: Mapping[str, Callable[[CorporateAction, str], dict[str, object]]] = MappingProxyType(
    {
        "cash_dividend": _cash_dividend,
        "stock_dividend": _stock_dividend,
        "forward_split": _forward_split,
        "reverse_split": _reverse_split,
        "spin_off": _spin_off,
        "name_change": _name_change,
    }
)
