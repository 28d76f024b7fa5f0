"""The configuration that holds now: the environment's and the admin site's."""

from django.conf import settings

from marketdata.domain.configuration import Configuration, Origin, decide
from marketdata.domain.providers import PROVIDER_SPECS
from marketdata.feeds import registry
from marketdata.feeds.providers import HistorySource, ProviderError
from marketdata.feeds.registry import CredentialsUnreadable
from marketdata.store import providers
from trading.kernel.errors import TradingError


def configuration() -> Configuration:
    """Return what holds now. Not on an event loop: it asks the database."""
    return decide(feed=settings.FEED, environment=settings.PROVIDERS, stored=providers.list_all())


def feed_spec() -> str:
    """Return the feed that holds now, as FEED would say it."""
    return str(settings.FEED) or configuration().feed


def troubles(configured: Configuration) -> dict[str, ProviderError]:
    """
    Return the providers of the feed that cannot be asked, and why.

    Keys that cannot be read are among them whoever named the provider: the place to mend them is
    the admin site, so the platform must come up. Settings that make no sense are so only where
    nobody named the feed outside; else they stop the start.
    """
    found: dict[str, ProviderError] = {}
    for name in configured.names():
        try:
            open_history(configured, name=name)
        except CredentialsUnreadable as error:
            found[name] = error
        except ProviderError as error:
            if configured.feed_origin is not Origin.ENVIRONMENT:
                found[name] = error
        except TradingError:
            continue  # building the feed says it
    return found


def open_history(configured: Configuration, *, name: str) -> HistorySource:
    """
    Return the provider's history, new, with these settings.

    :raises CredentialsUnreadable: if its key is stored and cannot be opened
    :raises UnknownFeed, MissingCredentials, ProviderError: as ``build_history`` says
    """
    if name in configured.providers and (trouble := configured.trouble_of(name)):
        raise CredentialsUnreadable(
            f"the key of {name} cannot be read: {trouble}; enter it again", provider=name
        )
    return registry.build_history(name=name, providers=configured.values())


def without_keys(message: str, *, configured: Configuration, name: str) -> str:
    """Return a provider's words without our keys: it may repeat what it was sent."""
    settings = configured.providers[name]
    for secret in PROVIDER_SPECS[name].secrets:
        if key := settings[secret.name].value:
            message = message.replace(key, "…")
    return message
