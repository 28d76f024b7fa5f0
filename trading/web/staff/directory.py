"""The answers to what staff pages ask of the whole platform."""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from marketdata import interface as marketdata
from oms import interface as oms
from trading.identity import interface as identity
from trading.infra.admin import Choice

_USER = "user:"

# What the platform does itself, in words. What is not here is called as it is recorded.
_SYSTEM = {
    "system:paper-exchange": "the paper market",
    "system:start-day": "the start of the day",
    "system:install": "the installation",
    "system:migration": "an upgrade",
    "system:demo": "the demo set-up",
    "system:command-line": "the command line",
    "system:sign-in": "the sign-in",
    "system:daily-listings": "the daily load of listings",
    "system:load-listings": "the command that loads listings",
    "system:bench": "a measurement",
}

_CONFIGURED = {
    "config:kill_switch": "kill switches",
    "config:limits": "limits",
    "config:restrictions": "restrictions",
}


class StaffDirectory:
    """A ``trading.infra.admin.Directory`` of all apps. It keeps nothing: names change."""

    def name_actors(self, actors: Collection[str]) -> Mapping[str, str]:
        users = identity.name_users(_ids_after(_USER, actors))
        return _SYSTEM | {f"{_USER}{user_id}": name for user_id, name in users.items()}

    def name_accounts(self, ids: Collection[UUID]) -> Mapping[UUID, str]:
        return oms.name_accounts(ids=ids)

    def account_of(self, user_id: UUID) -> UUID | None:
        return oms.find_account_id(user_id=user_id)

    def may_own_account(self, user_id: UUID) -> bool:
        return oms.may_own_account(user_id=user_id)

    def name_streams(self, streams: Collection[str]) -> Mapping[str, str]:
        named: dict[str, str] = dict(_CONFIGURED)
        kinds: tuple[tuple[str, Callable[[list[UUID]], Mapping[UUID, str]]], ...] = (
            ("order:", lambda ids: oms.name_orders(ids=ids)),
            ("account:", lambda ids: oms.name_accounts(ids=ids)),
            (_USER, identity.name_users),
        )
        for prefix, name in kinds:
            word = prefix.removesuffix(":")
            for each, words in name(_ids_after(prefix, streams)).items():
                named[f"{prefix}{each}"] = f"{word} {words}"
        return named

    def find_actors(self, term: str) -> "tuple[QuerySet[Any, str], list[str]]":
        parts = [name for name, words in _SYSTEM.items() if term.lower() in words]
        return identity.actors_named(term=term), parts

    def find_accounts(self, term: str) -> "QuerySet[Any, UUID]":
        return oms.find_accounts(term=term)

    def streams_of(
        self, accounts: "Collection[UUID] | QuerySet[Any, UUID]"
    ) -> "QuerySet[Any, str]":
        return oms.account_streams(account_ids=accounts)

    def choose_accounts(self, term: str, *, limit: int) -> list[Choice]:
        found = oms.choose_accounts(term=term, limit=limit)
        return [Choice(value=str(account_id), words=words) for account_id, words in found]

    def choose_owners(self, term: str, *, limit: int) -> list[Choice]:
        found = oms.choose_owners(term=term, limit=limit)
        return [Choice(value=str(user_id), words=words) for user_id, words in found]

    def choose_symbols(self, term: str, *, limit: int) -> list[Choice]:
        found = marketdata.search_instruments(query=term, limit=limit)
        return [Choice(value=each.symbol, words=f"{each.symbol} · {each.name}") for each in found]

    def knows_symbol(self, symbol: str) -> bool:
        return marketdata.find_instrument(symbol=symbol) is not None

    def count_working_orders(self, *, account_id: UUID | None, symbol: str | None) -> int:
        return oms.count_cancelable_orders(account_id=account_id, symbol=symbol)

    def await_cancels(
        self, *, switch_id: int, account_id: UUID | None, symbol: str | None
    ) -> tuple[int, int]:
        return oms.await_switch(switch_id=switch_id, account_id=account_id, symbol=symbol)


def _ids_after(prefix: str, names: Collection[str]) -> list[UUID]:
    """Return the ids of those names that are the prefix and an id."""
    found = []
    for name in names:
        if name.startswith(prefix):
            try:
                found.append(UUID(name.removeprefix(prefix)))
            except ValueError:
                continue
    return found
