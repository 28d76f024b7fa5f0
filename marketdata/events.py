"""
DOOR. What happened to market data.

A provider's stream is ``config:provider:<name>``, that of what it lists ``config:listings:<name>``.
"""

from dataclasses import dataclass
from typing import ClassVar

from trading.kernel.events import Fact

PROVIDER_STREAMS = "config:provider:"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One setting as it was and as it is."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """The SHA-256, in hex, of a secret as it is stored: sealed."""

    field: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderConfigured(Fact):
    """
    Somebody changed a provider's settings.

    ``credentials_changed`` names the secrets that were entered or taken away; no record holds any.
    ``seals`` are the digests of all sealed secrets that the row holds since; version 1 did not
    tell them.
    """

    type: ClassVar[str] = "ProviderConfigured"
    version: ClassVar[int] = 2

    provider: str
    changes: tuple[FieldChange, ...]
    credentials_changed: tuple[str, ...]
    seals: tuple[Seal, ...]
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
    return f"{PROVIDER_STREAMS}{name}"


def listings_stream(name: str) -> str:
    return f"config:listings:{name}"
