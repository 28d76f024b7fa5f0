"""The event log as a Django application."""

from django.apps import AppConfig


class EventlogConfig(AppConfig):
    name = "trading.eventlog"
    label = "eventlog"
    verbose_name = "Records"
