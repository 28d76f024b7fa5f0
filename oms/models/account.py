"""Accounts and what they hold. Balances are projections of the journal, moved with it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from oms.contracts import AccountType
from trading.infra.fields import MoneyField, PriceField, QtyField
from trading.kernel.identifiers import new_id


class Account(models.Model):
    """
    A customer's brokerage account. Its row is the lock of everything that moves in it.

    ``cash`` equals the sum of its CASH postings, ``reserved`` the sum of its reservations.
    ``day_start_equity`` is what it was worth at the closes before ``day_start_date``. Where such a
    close is not known its symbol is in ``day_start_missing`` and the number is a bound: the holding
    counts at the last close that is known, else at its cost.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account_number = models.TextField(unique=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    account_type = models.TextField(choices=[(kind.value, kind.value) for kind in AccountType])
    multiplier = models.DecimalField(max_digits=4, decimal_places=2)
    is_employee = models.BooleanField("employee", default=False)
    cash = MoneyField(default=0)
    reserved = MoneyField(default=0)
    day_start_equity = MoneyField(default=0)
    day_start_date = models.DateField("date of the day's base")
    day_start_missing = ArrayField(
        models.TextField(), verbose_name="symbols without a price in the day's base", default=list
    )
    day_start_is_final = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reserved__gte=0), name="oms_account_reserved_not_negative"
            ),
        ]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.account_number


class Position(models.Model):
    """
    What an account holds of one instrument.

    ``reserved_qty`` is on offer in open sells, ``open_buy_qty`` is wanted by open buys; ``cost`` is
    the sum of the open lots' cost. ``last_close`` is the last close that was known while it was
    held, the one before ``last_close_before``. What is written down counts for nothing.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="positions")
    instrument = models.ForeignKey(
        "marketdata.Instrument", on_delete=models.PROTECT, related_name="+"
    )
    symbol = models.TextField()
    qty = QtyField(default=0)
    cost = MoneyField(default=0)
    reserved_qty = QtyField(default=0)
    open_buy_qty = QtyField(default=0)
    realized_pl = MoneyField(default=0)
    last_close = PriceField(null=True)
    last_close_before = models.DateField("last close is of before", null=True)
    written_down_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "instrument"], name="oms_position_account_instrument"
            ),
            models.CheckConstraint(
                condition=models.Q(qty__gte=0)
                & models.Q(reserved_qty__gte=0)
                & models.Q(reserved_qty__lte=models.F("qty"))
                & models.Q(open_buy_qty__gte=0),
                name="oms_position_not_oversold",
            ),
        ]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.qty.normalize():f} {self.symbol}"


class Lot(models.Model):
    """Shares bought in one fill, and how many of them are still held. ``cost`` is of those."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    instrument = models.ForeignKey(
        "marketdata.Instrument", on_delete=models.PROTECT, related_name="+"
    )
    exec_id = models.TextField("execution id")
    opened_at = models.DateTimeField()
    qty = QtyField()
    qty_open = QtyField()
    cost = MoneyField()

    class Meta:
        indexes = [
            models.Index(
                fields=["account", "instrument", "id"],
                condition=models.Q(qty_open__gt=0),
                name="oms_lot_open",
            ),
        ]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.qty_open.normalize():f} of {self.qty.normalize():f}"
