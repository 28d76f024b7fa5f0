"""Open a paper account with its opening cash."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from oms.contracts import AccountType
from oms.domain import posting
from oms.events import AccountOpened, CashDeposited, DayStarted, account_stream
from oms.models import Account, JournalEntry, Posting
from trading.eventlog.record import NewEvent, record
from trading.infra.transactions import transaction
from trading.kernel.clock import new_york_date, to_ns
from trading.kernel.identifiers import new_id

MULTIPLIERS = {AccountType.CASH: Decimal(1), AccountType.MARGIN: Decimal(2)}


def open_account(
    *,
    owner_id: UUID,
    account_type: AccountType,
    opening_cash: Decimal,
    actor: str,
    now: datetime,
) -> UUID:
    """Open an account and book its opening cash (dollars, whole cents); return its id."""
    account_id = new_id()
    number = f"PA{str(account_id.int % 10**10).zfill(10)}"
    today = new_york_date(now)
    with transaction():
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
