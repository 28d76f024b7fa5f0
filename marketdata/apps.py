from django.apps import AppConfig


class MarketDataConfig(AppConfig):
    name = "marketdata"
    verbose_name = "Market data"

    def ready(self) -> None:
        # Operations need the app registry, so they can be imported only now.
        from marketdata.operations import configured_providers  # noqa: PLC0415

        configured_providers.register()
