"""The order management system as a Django application."""

from django.apps import AppConfig


class OmsConfig(AppConfig):
    name = "oms"
    verbose_name = "Trading"
