"""Market data on the admin site."""

from marketdata.admin import providers, reference

__all__ = ["providers", "reference"]
