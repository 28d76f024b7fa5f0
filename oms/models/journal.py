"""The double-entry journal. Written once; a mistake is corrected by another entry."""

from django.db import models

from oms.domain.posting import LedgerAccount
from oms.models.account import Account
from trading.infra.fields import MoneyField
from trading.kernel.identifiers import new_id


class JournalEntry(models.Model):
    """One thing that moved money. Its postings sum to zero; the database checks at commit."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries")
    kind = models.TextField(choices=[("DEPOSIT", "Deposit"), ("TRADE", "Trade")])
    exec_id = models.TextField("execution id", blank=True, default="")
    description = models.TextField()
    business_date = models.DateField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["exec_id"],
                condition=~models.Q(exec_id=""),
                name="oms_journalentry_once_per_execution",
            ),
        ]
        indexes = [models.Index(fields=["account", "-created_at"], name="oms_journalentry_newest")]
        default_permissions = ("view",)
        verbose_name_plural = "journal entries"

    def __str__(self) -> str:
        return self.description


class Posting(models.Model):
    """One line of an entry: debit positive, credit negative, in dollars."""

    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    ledger_account = models.TextField(
        choices=[(account.value, account.value) for account in LedgerAccount]
    )
    amount = MoneyField()

    class Meta:
        indexes = [models.Index(fields=["account", "ledger_account"], name="oms_posting_balance")]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.ledger_account} {self.amount}"
