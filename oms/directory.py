"""Accounts and orders as staff look for them: by number, by owner, in words."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from oms.events import ACCOUNT_STREAMS, ORDER_STREAMS
from oms.models import Account, Order
from trading.identity.models import User
from trading.identity.roles import Role
from trading.kernel.quantities import plain

USER_STREAMS = "user:"


def account_words(account: Account) -> str:
    """Return number and owner: "PA0123456789 · Alice Smith (alice)"; needs the owner's row."""
    return f"{account.account_number} · {person_words(account.owner)}"


def person_words(user: User) -> str:
    """Return a person's name and username: "Alice Smith (alice)"."""
    name = f"{user.first_name} {user.last_name}".strip()
    return f"{name} ({user.username})" if name else user.username


def name_accounts(ids: Collection[UUID]) -> dict[UUID, str]:
    """Return number and owner of those of these accounts that there are."""
    rows = Account.objects.filter(id__in=ids).select_related("owner")
    return {row.id: account_words(row) for row in rows}


def name_orders(ids: Collection[UUID]) -> dict[UUID, str]:
    """Return side, quantity, symbol and account of those of these orders that there are."""
    rows = Order.objects.filter(id__in=ids).select_related("account__owner")
    return {
        row.id: f"{row.side} {plain(row.qty)} {row.symbol}, {account_words(row.account)}"
        for row in rows
    }


def find_accounts(*, term: str) -> "QuerySet[Account]":
    """Return the accounts whose number or owner's name holds the term, by number."""
    named = Q(account_number__icontains=term) | _named(term, of="owner__")
    return Account.objects.filter(named).select_related("owner").order_by("account_number")


def may_own() -> "QuerySet[User]":
    """Return who may be given an account: active traders who have none, by name."""
    traders = User.objects.filter(role=Role.TRADER, is_active=True)
    return traders.exclude(id__in=Account.objects.values("owner_id")).order_by("username")


def find_owners(*, term: str) -> "QuerySet[User]":
    """Return those who may be given an account and whose name holds the term."""
    return may_own().filter(_named(term))


def _named(term: str, *, of: str = "") -> Q:
    named = Q()
    for field in ("username", "first_name", "last_name", "email"):
        named |= Q(**{f"{of}{field}__icontains": term})
    return named


def streams_of(
    *, account_ids: "Collection[UUID] | QuerySet[Any, UUID]"
) -> "QuerySet[Account, str]":
    """Return as a query the streams of these accounts, of their owners and of their orders."""
    accounts = Account.objects.filter(id__in=account_ids)
    orders = Order.objects.filter(account_id__in=account_ids)
    return (
        accounts.annotate(stream=_prefixed(ACCOUNT_STREAMS, "id"))
        .values_list("stream", flat=True)
        .union(
            accounts.annotate(stream=_prefixed(USER_STREAMS, "owner_id")).values_list(
                "stream", flat=True
            ),
            orders.annotate(stream=_prefixed(ORDER_STREAMS, "id")).values_list("stream", flat=True),
            all=True,
        )
    )


def _prefixed(prefix: str, field: str) -> Concat:
    return Concat(Value(prefix), Cast(F(field), CharField()), output_field=CharField())
