"""
Select the corporate actions in force from all that sources reported.

A source tells of a range as a whole, again and again, and what it tells may change: a dividend is
restated or moved. A telling is what one read of a range said of one action. In force is, by day:

1. of splits and dividends, what the source says that the day's actions are held from; of a day that
   nobody holds, and of other kinds, one source's;
2. of that source's, what its newest read said. What a read of the whole range says no longer is
   withdrawn: it stays in the record and is not in force;
3. two that say the same are one. Several dividends of a day are all paid. Two that cannot both be,
   such as a split of 15 for 1 and one of 1 for 15, are contradicted: both are named and neither
   changes a price, until a later read, or another source's, resolves it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from math import isclose

from marketdata.contracts import CorporateAction, CorporateActionKind

SPLITS = frozenset({CorporateActionKind.SPLIT, CorporateActionKind.STOCK_DIVIDEND})
# Kinds that every source of actions reports.
_TOLD_BY_ALL = SPLITS | {CorporateActionKind.CASH_DIVIDEND}
_SAME_RATIO = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """``told_at`` is when the read began that said so last."""

    action: CorporateAction
    told_at: datetime
    is_withdrawn: bool = False


def in_force(
    *, tellings: Iterable[Telling], held_from: Mapping[date, str]
) -> list[CorporateAction]:
    """
    Return the actions that are in force, by ex-date and kind.

    ``held_from`` says from whom the actions of a day are held.
    """
    standing = sorted((each for each in tellings if not each.is_withdrawn), key=_day_and_kind)
    found: list[CorporateAction] = []
    for (ex_date, kind), told in groupby(standing, key=_day_and_kind):
        source = held_from.get(ex_date) if CorporateActionKind(kind) in _TOLD_BY_ALL else None
        found += _of_one_day(list(told), source)
    return _contradictions_named(found)


def shares_after(action: CorporateAction) -> float | None:
    """Return how many shares one becomes by a split or a stock dividend; None if unknown."""
    if action.kind is CorporateActionKind.STOCK_DIVIDEND:
        ratio = None if action.rate is None else 1 + action.rate
    elif action.old_rate is None or action.new_rate is None or action.old_rate <= 0:
        ratio = None
    else:
        ratio = action.new_rate / action.old_rate
    return ratio if ratio is not None and ratio > 0 else None


def _day_and_kind(told: Telling) -> tuple[date, str]:
    return told.action.ex_date, told.action.kind.value


def _of_one_day(told: list[Telling], held_from: str | None) -> list[CorporateAction]:
    """Return what the one source says that counts, as its newest read said it."""
    source = held_from or min(each.action.source for each in told)
    of_source = [each for each in told if each.action.source == source]
    newest = max((each.told_at for each in of_source), default=None)
    return [each.action for each in of_source if each.told_at == newest]


def _contradictions_named(actions: list[CorporateAction]) -> list[CorporateAction]:
    found: list[CorporateAction] = []
    for _, same_day in groupby(actions, key=lambda action: action.ex_date):
        of_day = list(same_day)
        found += _once(
            [each for each in of_day if each.kind in SPLITS],
            is_same=_is_same_split,
        )
        found += _once(
            [each for each in of_day if each.kind is CorporateActionKind.SYMBOL_CHANGE],
            is_same=lambda one, other: one.new_symbol == other.new_symbol,
        )
        others = SPLITS | {CorporateActionKind.SYMBOL_CHANGE}
        found += [each for each in of_day if each.kind not in others]
    return sorted(found, key=lambda action: (action.ex_date, action.kind))


def _once(
    actions: list[CorporateAction], *, is_same: Callable[[CorporateAction, CorporateAction], bool]
) -> list[CorporateAction]:
    """Return the one action that all of these are, or all of them as contradicted."""
    if all(is_same(actions[0], each) for each in actions[1:]):
        return actions[:1]
    return [replace(each, is_contradicted=True) for each in actions]


def _is_same_split(one: CorporateAction, other: CorporateAction) -> bool:
    ratio, other_ratio = shares_after(one), shares_after(other)
    if ratio is None or other_ratio is None:
        return ratio is other_ratio
    return isclose(ratio, other_ratio, rel_tol=_SAME_RATIO)
