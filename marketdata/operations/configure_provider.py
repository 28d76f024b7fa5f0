"""Changing what the admin site says of a provider: one row, and the fact of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

from django.conf import settings

from marketdata.domain.configuration import Origin, Setting, StoredProvider, decide
from marketdata.domain.providers import PROVIDER_SPECS, FieldKind, ProviderField
from marketdata.events import FieldChange, ProviderConfigured, Seal, provider_stream
from marketdata.feeds import registry
from marketdata.store import providers
from trading.eventlog.record import NewEvent, record
from trading.infra.transactions import transaction
from trading.kernel.clock import to_ns
from trading.kernel.errors import TradingError

_ENCRYPTED = frozenset({"https", "wss"})
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


class InvalidProviderSettings(TradingError):
    """The settings of a provider make no sense. Correct them; nothing was changed."""

    code = "INVALID_PROVIDER_SETTINGS"


class SetByEnvironment(TradingError):
    """The environment says what this setting is. Change it there, or take it away from there."""

    code = "SET_BY_ENVIRONMENT"


class KeyWouldMove(TradingError):
    """A key goes only where it was entered for. Enter it again together with the new address."""

    code = "KEY_WOULD_MOVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """
    What somebody entered. ``options`` are by field, an empty one for the default.

    ``secrets`` are new keys, ``cleared`` those to take away; any other key stays.
    """

    name: str
    is_enabled: bool
    priority: int
    options: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    cleared: Collection[str] = ()


def configure(
    *, entered: Entered, actor: str, reason: str, now: datetime, request_id: str
) -> ProviderConfigured | None:
    """
    Write a provider's settings and the fact of it; return the fact, None if nothing changes.

    :raises InvalidProviderSettings, SetByEnvironment, KeyWouldMove: by what is wrong
    :raises FeedError: as the provider's own package says
    """
    if not reason.strip():
        raise InvalidProviderSettings("say why the provider's settings change")
    _require_known(entered)
    with transaction():
        before = providers.lock(name=entered.name)
        after = _after(before, entered)
        _require_sense(entered, before, after)
        fact = ProviderConfigured(
            provider=entered.name,
            changes=_changes(before, after),
            credentials_changed=_credentials_changed(before, entered),
            seals=(),
            configured_by=actor,
            reason=reason,
        )
        if not (fact.changes or fact.credentials_changed):
            return None
        resealed = {name: entered.secrets.get(name, "") for name in fact.credentials_changed}
        sealed = providers.write(row=after, resealed=resealed)
        fact = replace(fact, seals=_seals(sealed))
        record(
            [
                NewEvent(
                    stream=provider_stream(entered.name),
                    fact=fact,
                    ts_event=to_ns(now),
                    actor=actor,
                    request_id=request_id,
                )
            ]
        )
    return fact


def require_sense(*, entered: Entered) -> None:
    """:raises TradingError: whatever ``configure`` would refuse"""
    _require_known(entered)
    before = providers.find(name=entered.name)
    _require_sense(entered, before, _after(before, entered))


def _require_known(entered: Entered) -> None:
    spec = PROVIDER_SPECS.get(entered.name)
    if spec is None:
        raise InvalidProviderSettings(f"{entered.name!r} is no provider")
    secrets = {each.name for each in spec.secrets}
    options = {each.name for each in spec.fields} - secrets
    unknown = {*entered.secrets, *entered.cleared} - secrets | set(entered.options) - options
    if unknown:
        raise InvalidProviderSettings(f"{entered.name} has no {', '.join(sorted(unknown))}")
    given = settings.PROVIDERS.get(entered.name, {})
    for each in spec.fields:
        touched = each.name in {*entered.options, *entered.secrets, *entered.cleared}
        if touched and given.get(each.name):
            raise SetByEnvironment(f"{each.label} is set by the environment: {each.variable}")


def _after(before: StoredProvider, entered: Entered) -> StoredProvider:
    options = {**before.options, **entered.options}
    gone = {*entered.secrets, *entered.cleared}
    kept = {name: secret for name, secret in before.secrets.items() if name not in gone}
    return replace(
        before,
        is_enabled=entered.is_enabled,
        priority=entered.priority,
        options={name: value.strip() for name, value in options.items() if value.strip()},
        secrets={**kept, **entered.secrets},
        troubles={name: why for name, why in before.troubles.items() if name not in gone},
    )


def _require_sense(entered: Entered, before: StoredProvider, after: StoredProvider) -> None:
    spec = PROVIDER_SPECS[entered.name]
    was, holds = _holding(before), _holding(after)
    for each in spec.fields:
        setting = holds[each.name]
        if each.kind is FieldKind.ADDRESS and setting.origin is Origin.ADMIN:
            _require_safe(each, setting.value)
            if setting.value != was[each.name].value:
                _require_keys_anew(entered, holds)
    missing = [each.label for each in spec.secrets if not holds[each.name].is_set]
    if entered.is_enabled and missing:
        raise InvalidProviderSettings(
            f"{spec.label} cannot be streamed without its key: {' and '.join(missing)}"
        )
    # What is not there, or cannot be read, is no reason to refuse the rest.
    trial = {name: setting.value for name, setting in holds.items()}
    trial |= {each.name: trial[each.name] or "none" for each in spec.secrets}
    registry.build_history(name=entered.name, providers={entered.name: trial})


def _holding(row: StoredProvider) -> Mapping[str, Setting]:
    decided = decide(feed=settings.FEED, environment=settings.PROVIDERS, stored=[row])
    return decided.providers[row.name]


def _require_safe(each: ProviderField, address: str) -> None:
    """A key is sent there: encrypted, unless it stays on this machine."""
    secure, plain = ("wss", "ws") if each.default.startswith("wss:") else ("https", "http")
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidProviderSettings(f"{each.label}: {error}") from error
    example = each.default or f"{secure}://example.com"
    is_whole = host and port != 0 and not (parts.username or parts.query or parts.fragment)
    if not is_whole or parts.scheme not in {secure, plain}:
        raise InvalidProviderSettings(f"{each.label}: an address like {example}, not {address!r}")
    if parts.scheme not in _ENCRYPTED and host not in _THIS_MACHINE:
        raise InvalidProviderSettings(
            f"{each.label}: a key is sent there, so it begins with {secure}://"
        )


def _require_keys_anew(entered: Entered, holds: Mapping[str, Setting]) -> None:
    for secret in PROVIDER_SPECS[entered.name].secrets:
        setting = holds[secret.name]
        if setting.origin is Origin.ENVIRONMENT:
            raise KeyWouldMove(
                f"{secret.label} is set by the environment ({secret.variable}), so the address "
                "that it is sent to is set there too"
            )
        if setting.is_set and secret.name not in entered.secrets:
            raise KeyWouldMove(
                f"the address changes: enter {secret.label} again, so that it is sent there"
            )


def _changes(before: StoredProvider, after: StoredProvider) -> tuple[FieldChange, ...]:
    old, new = _shown(before), _shown(after)
    return tuple(
        FieldChange(field=name, old=old.get(name, ""), new=new.get(name, ""))
        for name in sorted({*old, *new})
        if old.get(name, "") != new.get(name, "")
    )


def _shown(row: StoredProvider) -> dict[str, str]:
    return {
        **row.options,
        "is_enabled": "yes" if row.is_enabled else "no",
        "priority": str(row.priority),
    }


def _seals(sealed: Mapping[str, str]) -> tuple[Seal, ...]:
    return tuple(
        Seal(field=name, sha256=sha256(text.encode()).hexdigest())
        for name, text in sorted(sealed.items())
    )


def _credentials_changed(before: StoredProvider, entered: Entered) -> tuple[str, ...]:
    """Return the secrets that become others; entering the same one again changes nothing."""
    taken = {
        name for name in entered.cleared if name in before.secrets or name in before.troubles
    } - set(entered.secrets)
    given = {name for name, secret in entered.secrets.items() if secret != before.secrets.get(name)}
    return tuple(sorted(taken | given))
