"""Open a paper account with its opening cash."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from oms.contracts import AccountType
from oms.domain import posting
from oms.events import AccountOpened, CashDeposited, DayStarted, account_stream
from oms.models import Account, JournalEntry, Posting
from trading.eventlog.record import NewEvent, record
from trading.identity import interface as identity
from trading.infra.transactions import transaction
from trading.kernel.clock import new_york_date, to_ns
from trading.kernel.errors import TradingError
from trading.kernel.identifiers import new_id
from trading.kernel.money import CENT, OPENING_CASH_MAX, book_amount

MULTIPLIERS = {AccountType.CASH: Decimal(1), AccountType.MARGIN: Decimal(2)}


class CannotOpenAccount(TradingError):
    """No account is opened for this user, or not with this cash. The message says why."""

    code = "CANNOT_OPEN_ACCOUNT"


def open_account(
    *,
    owner_id: UUID,
    account_type: AccountType,
    opening_cash: Decimal,
    actor: str,
    now: datetime,
) -> UUID:
    """
    Open a trader's one account and book its opening cash (dollars, whole cents); return its id.

    :raises CannotOpenAccount: if the owner has an account, is no active trader, or the cash is not
        an amount between one cent and a billion dollars
    :raises UserNotFound: if there is no such user
    """
    _require_amount(opening_cash)
    today = new_york_date(now)
    with transaction():
        _require_owner(owner_id)
        account_id, number = _new_number()
        account = Account.objects.create(
            id=account_id,
            account_number=number,
            owner_id=owner_id,
            account_type=account_type,
            multiplier=MULTIPLIERS[account_type],
            cash=opening_cash,
            day_start_equity=opening_cash,
            day_start_date=today,
            day_start_is_final=True,
            created_at=now,
        )
        entry = JournalEntry.objects.create(
            account=account,
            kind="DEPOSIT",
            description="Opening cash",
            business_date=today,
            created_at=now,
        )
        Posting.objects.bulk_create(
            Posting(
                entry=entry,
                account=account,
                ledger_account=line.ledger_account,
                amount=line.amount,
            )
            for line in posting.deposit(amount=opening_cash)
        )
        record(
            [
                NewEvent(
                    stream=account_stream(account_id), fact=fact, ts_event=to_ns(now), actor=actor
                )
                for fact in (
                    AccountOpened(
                        account_id=account_id,
                        account_number=number,
                        owner_id=owner_id,
                        account_type=account_type,
                        multiplier=account.multiplier,
                    ),
                    CashDeposited(account_id=account_id, entry_id=entry.id, amount=opening_cash),
                    DayStarted(account_id=account_id, business_date=today, equity=opening_cash),
                )
            ]
        )
    return account_id


def _require_amount(cash: Decimal) -> None:
    if not (cash.is_finite() and CENT <= cash <= OPENING_CASH_MAX and cash == book_amount(cash)):
        raise CannotOpenAccount(
            f"opening cash must be dollars in whole cents, from ${CENT} to ${OPENING_CASH_MAX:,}"
        )


def _require_owner(owner_id: UUID) -> None:
    """Check who is to own the account; their row stays locked, so nobody opens two at once."""
    owner = identity.lock_user(user_id=owner_id)
    if owner.role is not identity.Role.TRADER:
        raise CannotOpenAccount(f"{owner.username} is on the staff; accounts are for traders")
    if not owner.is_active:
        raise CannotOpenAccount(f"{owner.username} has been deactivated")
    if Account.objects.filter(owner_id=owner_id).exists():
        raise CannotOpenAccount(f"{owner.username} has an account already")


def _new_number() -> tuple[UUID, str]:
    """Return an id and the number made from it, which no account has yet."""
    while True:
        account_id = new_id()
        number = f"PA{str(account_id.int % 10**10).zfill(10)}"
        if not Account.objects.filter(account_number=number).exists():
            return account_id, number
