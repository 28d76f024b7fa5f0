"""The roof as a Django application: commands, logs, database rights."""

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate

from trading.infra.observability import configure_logging
from trading.infra.rights import grant_application_rights


class TradingConfig(AppConfig):
    name = "trading"
    verbose_name = "Openbell"

    def ready(self) -> None:
        configure_logging(level=settings.LOG_LEVEL)
        post_migrate.connect(
            grant_application_rights,
            sender=apps.get_app_config("eventlog"),  # once: it is sent for each app with models
            dispatch_uid="grant_application_rights",
        )


class StaffSiteConfig(AdminConfig):
    """Django's admin, served by our own site."""

    default_site = "trading.web.staff.site.StaffSite"
