"""The providers' rows, opened into contracts and sealed again."""

from collections.abc import Mapping

from marketdata.domain.configuration import StoredProvider
from marketdata.domain.providers import PROVIDER_SPECS
from marketdata.models import Provider
from trading.infra.sealing import SealBroken, seal, unseal


def ensure() -> None:
    """Let every provider have its row, in the order in which they are listed."""
    Provider.objects.bulk_create(
        [Provider(name=name, priority=rank) for rank, name in enumerate(PROVIDER_SPECS, start=1)],
        ignore_conflicts=True,
    )


def list_all() -> list[StoredProvider]:
    """Return every row. A secret that cannot be opened is named in its ``troubles``."""
    return [_opened(row) for row in Provider.objects.filter(name__in=PROVIDER_SPECS)]


def find(*, name: str) -> StoredProvider:
    """Return the row, or what it would be if nobody has touched it yet."""
    row = Provider.objects.filter(pk=name).first()
    return StoredProvider(name=name) if row is None else _opened(row)


def lock(*, name: str) -> StoredProvider:
    """Return the row, locked until the open transaction ends."""
    ensure()
    return _opened(Provider.objects.select_for_update().get(pk=name))


def write(*, row: StoredProvider, resealed: Mapping[str, str]) -> dict[str, str]:
    """
    Write a row; return its secrets, sealed.

    Of its secrets those in ``resealed`` are new, or empty to take them away. The others stay as
    they are, whether they can be opened or not.
    """
    secrets: dict[str, str] = dict(Provider.objects.get(pk=row.name).secrets)
    for field, secret in resealed.items():
        secrets.pop(field, None)
        if secret:
            secrets[field] = seal(secret)
    Provider.objects.filter(pk=row.name).update(
        is_enabled=row.is_enabled,
        priority=row.priority,
        options=dict(row.options),
        secrets=secrets,
    )
    return secrets


def _opened(row: Provider) -> StoredProvider:
    secrets: dict[str, str] = {}
    troubles: dict[str, str] = {}
    for field, sealed in row.secrets.items():
        try:
            secrets[field] = unseal(sealed)
        except SealBroken as error:
            troubles[field] = error.message
    return StoredProvider(
        name=row.name,
        is_enabled=row.is_enabled,
        priority=row.priority,
        options=row.options,
        secrets=secrets,
        troubles=troubles,
    )
