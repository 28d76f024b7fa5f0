"""What a day's result is measured from: the account at the closes before the day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from trading.kernel.money import book_amount
from trading.kernel.quantities import Price, Qty, notional


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOver:
    """What an account held of an instrument when the day began, and what that had cost."""

    instrument_id: UUID
    symbol: str
    qty: Qty
    cost: Decimal
    last_close: Price | None
    is_written_down: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The account at the day's beginning, in dollars: a bound if closes are ``missing``."""

    equity: Decimal
    missing: tuple[str, ...]


def base_of(*, cash: Decimal, held: Sequence[HeldOver], closes: Mapping[str, Price]) -> Base:
    """
    Value what was held at the closes before the day; ``cash`` is without the day's own trades.

    Without such a close a holding counts at the last one that is known, else at what it cost, the
    most that is known to be at stake. Either is no close of the session before, so it is named.
    What is written down counts for nothing.
    """
    equity = cash
    missing: list[str] = []
    for one in held:
        if one.is_written_down:
            continue
        close = closes.get(one.symbol)
        if close is None:
            missing.append(one.symbol)
            close = one.last_close
        equity += one.cost if close is None else notional(qty=one.qty, px=close)
    return Base(equity=book_amount(equity), missing=tuple(sorted(missing)))
