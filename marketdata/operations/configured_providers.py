"""The providers that the settings give a key: their history may be asked for."""

from functools import partial

from django.conf import settings

from marketdata.feeds import registry
from marketdata.operations import history_sources


def register() -> None:
    """Let every provider with a key be asked for history."""
    for name in registry.with_keys(providers=settings.PROVIDERS):
        history_sources.register(
            name=name,
            factory=partial(registry.build_history, name=name, providers=settings.PROVIDERS),
        )
