"""
What staff pages ask of the whole platform: who is who, and which account is whose.

The apps' pages stand below the apps that know it, so the site that serves them brings the answers:
it is handed to each page by Django, with its ``directory``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from django.contrib.admin import AdminSite
from django.db.models import QuerySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something to choose: the value that a form sends, and the words that people read."""

    value: str
    words: str


class Directory(Protocol):
    """Names are words for people; what nobody knows is called by its id."""

    def name_actors(self, actors: Collection[str]) -> Mapping[str, str]:
        """Return the username of each ``user:<id>``, and words for what the platform does."""

    def name_accounts(self, ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Return each account's number and its owner's name."""

    def account_of(self, user_id: UUID) -> UUID | None:
        """Return the id of the trading account that the user owns; None if there is none."""

    def may_own_account(self, user_id: UUID) -> bool:
        """Tell whether the user may be given a trading account: the answer of the form for it."""

    def name_streams(self, streams: Collection[str]) -> Mapping[str, str]:
        """Return what each stream of the event log is of, in words."""

    def find_actors(self, term: str) -> "tuple[QuerySet[Any, str], list[str]]":
        """Return whose names hold the term: people, as a subquery, and the platform's own parts."""

    def find_accounts(self, term: str) -> "QuerySet[Any, UUID]":
        """Return, as a subquery, the accounts whose number or owner's name holds the term."""

    def streams_of(
        self, accounts: "Collection[UUID] | QuerySet[Any, UUID]"
    ) -> "QuerySet[Any, str]":
        """Return, as a subquery, the streams of these accounts, their owners and their orders."""

    def choose_accounts(self, term: str, *, limit: int) -> list[Choice]:
        """Return the first accounts that the term fits."""

    def choose_owners(self, term: str, *, limit: int) -> list[Choice]:
        """Return the first users whom the term fits and who may be given an account."""

    def choose_symbols(self, term: str, *, limit: int) -> list[Choice]:
        """Return the first instruments that the term fits."""

    def knows_symbol(self, symbol: str) -> bool:
        """Tell whether there is such an instrument, whatever its state."""

    def count_working_orders(self, *, account_id: UUID | None, symbol: str | None) -> int:
        """Return how many open orders a switch on this would cancel; None means any."""

    def await_cancels(
        self, *, switch_id: int, account_id: UUID | None, symbol: str | None
    ) -> tuple[int, int]:
        """Wait a moment; return how many orders a switch canceled, and how many are open still."""


def directory_of(site: AdminSite) -> Directory:
    """Return the directory of the site that serves a page."""
    found: Directory = site.directory  # type: ignore[attr-defined]
    return found
