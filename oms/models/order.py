"""Orders, their executions and what they keep reserved."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from oms.domain import order_words
from oms.domain.transitions import OPEN
from oms.models.account import Account
from trading.infra.fields import MoneyField, PriceField, QtyField
from trading.kernel.fix import OrdStatus, Side
from trading.kernel.identifiers import new_id


def _choices(words: Mapping[Any, str]) -> list[tuple[str, str]]:
    return [(str(value), said) for value, said in words.items()]


_SIDES = {side: str(side) for side in Side}


class Order(models.Model):
    """
    An order as it stands; the event log holds how it came to be.

    ``gross`` is the exact sum of price x quantity over its fills, from which the average price
    comes. ``worst_price`` is the most that a share of a market buy may cost. ``verdict``
    is what risk answered: every check, its numbers, its limit.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="orders")
    instrument = models.ForeignKey(
        "marketdata.Instrument", on_delete=models.PROTECT, related_name="+"
    )
    symbol = models.TextField()
    cl_ord_id = models.TextField("client order id")
    side = models.TextField(choices=_choices(_SIDES))
    ord_type = models.TextField("type", choices=_choices(order_words.ORD_TYPE))
    time_in_force = models.TextField(choices=_choices(order_words.TIME_IN_FORCE))
    qty = QtyField()
    limit_price = PriceField(null=True)
    worst_price = PriceField(null=True)
    extended_hours = models.BooleanField(default=False)
    channel = models.TextField()
    status = models.TextField(choices=_choices(order_words.STATUS))
    cum_qty = QtyField(default=0)
    gross = models.DecimalField(max_digits=38, decimal_places=17, default=0)
    text = models.TextField(blank=True, default="")
    position_intent = models.TextField()
    verdict = models.JSONField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    filled_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # For ever unique among orders that were let through; a refusal does not use it up.
            models.UniqueConstraint(
                fields=["account", "cl_ord_id"],
                condition=~models.Q(status=OrdStatus.DENIED),
                name="oms_order_account_cl_ord_id",
            ),
            models.CheckConstraint(
                condition=models.Q(qty__gt=0)
                & models.Q(cum_qty__gte=0)
                & models.Q(cum_qty__lte=models.F("qty")),
                name="oms_order_not_overfilled",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="oms_order_account_newest"),
            models.Index(
                fields=["account", "id"],
                condition=models.Q(status__in=sorted(OPEN)),
                name="oms_order_open",
            ),
            models.Index(
                fields=["-created_at"],
                condition=models.Q(status__in=["DENIED", "REJECTED"]),
                name="oms_order_refused",
            ),
        ]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.side} {self.qty.normalize():f} {self.symbol}"


class Execution(models.Model):
    """One fill, written once. Its ``exec_id`` is the market's, so none is booked twice."""

    exec_id = models.TextField("execution id", primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="executions")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    symbol = models.TextField()
    side = models.TextField(choices=_choices(_SIDES))
    last_qty = QtyField()
    last_px = PriceField()
    amount = MoneyField()
    ts_event = models.BigIntegerField()
    executed_at = models.DateTimeField()
    trade_date = models.DateField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "-executed_at"], name="oms_execution_account_newest")
        ]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.exec_id


class Reservation(models.Model):
    """
    What an open order keeps aside: dollars for a buy, shares for a sell.

    ``initial`` is what the whole order needs; ``remaining`` shrinks with its fills, and the row
    goes when the order ends.
    """

    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, primary_key=True, related_name="reservation"
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    instrument = models.ForeignKey(
        "marketdata.Instrument", on_delete=models.PROTECT, related_name="+"
    )
    cash_initial = MoneyField(default=0)
    cash_remaining = MoneyField(default=0)
    qty_remaining = QtyField(default=0)

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.cash_remaining} dollars, {self.qty_remaining.normalize():f} shares"
