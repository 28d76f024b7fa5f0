"""
Double entry, seen from the customer: what an event moves between the ledger accounts.

Debits are positive, credits negative. Every entry sums to zero by construction: each is built from
amounts already rounded to cents.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum, unique

from trading.kernel.fix import Side
from trading.kernel.money import ZERO
from trading.kernel.quantities import plain


@unique
class LedgerAccount(StrEnum):
    CASH = "CASH"  # what the customer has with us
    SECURITIES = "SECURITIES"  # what the open lots cost
    CAPITAL = "CAPITAL"  # what the customer brought in, negative
    REALIZED_PL = "REALIZED_PL"  # gains negative, losses positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One line of a journal entry, in dollars."""

    ledger_account: LedgerAccount
    amount: Decimal


class UnbalancedEntry(AssertionError):
    """A journal entry that does not sum to zero. Never written."""


def balanced(*postings: Posting) -> tuple[Posting, ...]:
    """
    Return the lines that move something.

    :raises UnbalancedEntry: if they do not sum to zero
    """
    total = sum((posting.amount for posting in postings), ZERO)
    if total != 0:
        raise UnbalancedEntry(f"the entry sums to {total}: {postings}")
    return tuple(posting for posting in postings if posting.amount != 0)


def deposit(*, amount: Decimal) -> tuple[Posting, ...]:
    """Cash comes in."""
    return balanced(
        Posting(ledger_account=LedgerAccount.CASH, amount=amount),
        Posting(ledger_account=LedgerAccount.CAPITAL, amount=-amount),
    )


def trade(*, side: Side, amount: Decimal, cost_closed: Decimal) -> tuple[Posting, ...]:
    """
    A fill of ``amount`` dollars. A sale takes ``cost_closed`` out of the securities account.

    The difference between the proceeds and that cost is realised.
    """
    if side is Side.BUY:
        return balanced(
            Posting(ledger_account=LedgerAccount.SECURITIES, amount=amount),
            Posting(ledger_account=LedgerAccount.CASH, amount=-amount),
        )
    return balanced(
        Posting(ledger_account=LedgerAccount.CASH, amount=amount),
        Posting(ledger_account=LedgerAccount.SECURITIES, amount=-cost_closed),
        Posting(ledger_account=LedgerAccount.REALIZED_PL, amount=cost_closed - amount),
    )


def cost_closed(postings: Sequence[Posting]) -> Decimal:
    """Return what the shares that a trade's entry takes out of the holding had cost."""
    moved = sum(
        (line.amount for line in postings if line.ledger_account is LedgerAccount.SECURITIES), ZERO
    )
    return max(-moved, ZERO)


def describe_trade(*, side: Side, qty: Decimal, symbol: str, px: Decimal) -> str:
    """Return what an entry says of a fill, as people read it."""
    verb = "Bought" if side is Side.BUY else "Sold"
    return f"{verb} {plain(qty)} {symbol} at {plain(px)}"
