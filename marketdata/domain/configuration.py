"""
Which settings of the providers hold, and which feed they make.

The environment wins over the admin site, field by field; what neither says has its default.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, unique

from marketdata.domain.providers import PROVIDER_SPECS, ProviderField
from marketdata.domain.sources import SIMULATED

# A secret of so few characters shows none of them.
_SHOWN_FROM = 12
_SHOWN = 4


@unique
class Origin(StrEnum):
    """Who says what a setting is."""

    ENVIRONMENT = "ENVIRONMENT"
    ADMIN = "ADMIN"
    DEFAULT = "DEFAULT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """
    One setting that holds. ``value`` may be a key, so it is not in the ``repr``.

    ``trouble`` says why a secret that is set cannot be read; its value is then empty.
    """

    value: str = field(repr=False)
    origin: Origin
    trouble: str = ""

    @property
    def is_set(self) -> bool:
        return bool(self.value or self.trouble)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredProvider:
    """
    What the admin site says of a provider. ``troubles``: why a secret cannot be opened, by field.

    ``priority`` orders the providers that are enabled for streaming: the lowest is the best.
    """

    name: str
    is_enabled: bool = False
    priority: int = 0
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    troubles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What holds. ``feed`` reads like the FEED variable."""

    feed: str
    feed_origin: Origin
    providers: Mapping[str, Mapping[str, Setting]]

    def values(self) -> dict[str, dict[str, str]]:
        """Return the settings as the adapters take them."""
        return {
            name: {key: setting.value for key, setting in settings.items()}
            for name, settings in self.providers.items()
        }

    def names(self) -> list[str]:
        """Return the providers that the feed is made of, the best first."""
        return [name for name in self.feed.split(",") if name in PROVIDER_SPECS]

    def with_keys(self) -> list[str]:
        """Return the providers whose keys are all set, whether they can be read or not."""
        return [name for name, settings in self.providers.items() if _has_keys(name, settings)]

    def trouble_of(self, name: str) -> str:
        """Return why a provider's key cannot be read, or an empty string."""
        troubles = {setting.trouble for setting in self.providers[name].values()}
        return "; ".join(sorted(troubles - {""}))

    def of_feed(self) -> tuple[object, ...]:
        """Return all that the feed is made of: while this is equal, so is the feed."""
        return (
            self.feed,
            *(
                (name, key, setting.value, setting.trouble)
                for name in self.names()
                for key, setting in self.providers[name].items()
            ),
        )


def decide(
    *,
    feed: str,
    environment: Mapping[str, Mapping[str, str]],
    stored: Sequence[StoredProvider],
) -> Configuration:
    """
    Return what holds, of what the environment says (empty: nothing) and the admin site.

    Without ``feed`` it is the enabled providers that have their keys, by priority; without those,
    a simulation.
    """
    rows = {row.name: row for row in stored}
    providers = {
        name: {
            each.name: _setting(
                each,
                given=environment.get(name, {}).get(each.name, ""),
                row=rows.get(name) or StoredProvider(name=name),
            )
            for each in spec.fields
        }
        for name, spec in PROVIDER_SPECS.items()
    }
    enabled = sorted(
        (row.priority, row.name)
        for row in stored
        if row.is_enabled
        and PROVIDER_SPECS[row.name].streams
        and _has_keys(row.name, providers[row.name])
    )
    if feed:
        chosen, origin = _tidy(feed), Origin.ENVIRONMENT
    elif enabled:
        chosen, origin = ",".join(name for _, name in enabled), Origin.ADMIN
    else:
        chosen, origin = SIMULATED, Origin.DEFAULT
    return Configuration(feed=chosen, feed_origin=origin, providers=providers)


def mask(secret: str) -> str:
    """Return what may be shown of a secret: its last four characters; empty for a short one."""
    return f"…{secret[-_SHOWN:]}" if len(secret) >= _SHOWN_FROM else ""


def _setting(each: ProviderField, *, given: str, row: StoredProvider) -> Setting:
    if given:
        return Setting(value=given, origin=Origin.ENVIRONMENT)
    if each.is_secret and (trouble := row.troubles.get(each.name)):
        return Setting(value="", origin=Origin.ADMIN, trouble=trouble)
    entered = (row.secrets if each.is_secret else row.options).get(each.name, "")
    if entered:
        return Setting(value=entered, origin=Origin.ADMIN)
    return Setting(value=each.default, origin=Origin.DEFAULT)


def _has_keys(name: str, settings: Mapping[str, Setting]) -> bool:
    return all(settings[secret.name].is_set for secret in PROVIDER_SPECS[name].secrets)


def _tidy(feed: str) -> str:
    """Spaces around a provider's name mean nothing; in a recording's path they do."""
    if ":" in feed:
        return feed
    return ",".join(name.strip() for name in feed.split(","))
