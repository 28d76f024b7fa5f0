"""
DOOR. What happened to market data.

A provider's stream is ``config:provider:<name>``, that of what it lists ``config:listings:<name>``.
"""

from dataclasses import dataclass
from typing import ClassVar

from trading.kernel.events import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One setting as it was and as it is."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderConfigured(Fact):
    """
    Somebody changed a provider's settings.

    ``credentials_changed`` names the secrets that were entered or taken away; no record holds any.
    """

    type: ClassVar[str] = "ProviderConfigured"

    provider: str
    changes: tuple[FieldChange, ...]
    credentials_changed: tuple[str, ...]
    configured_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingsLoaded(Fact):
    """
    The security master took up what a provider lists: so many symbols, with these consequences.

    ``refused`` rows were none of our symbols, or came twice.
    """

    type: ClassVar[str] = "ListingsLoaded"

    source: str
    listed: int
    refused: int
    added: int
    changed: int
    retired: int
    loaded_by: str


def provider_stream(name: str) -> str:
    return f"config:provider:{name}"


def listings_stream(name: str) -> str:
    return f"config:listings:{name}"
