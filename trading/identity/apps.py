"""Identity as a Django application."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "trading.identity"
    label = "identity"
    verbose_name = "Identity"
