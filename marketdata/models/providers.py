"""What the admin site says of the providers of market data."""

from django.db import models


class Provider(models.Model):
    """
    One provider's settings, as far as somebody has entered them.

    ``options`` and ``secrets`` are by field name (``domain/providers.py``); what is not in them has
    its default. Every secret is sealed (``trading.infra.sealing``).
    """

    name = models.CharField(max_length=32, primary_key=True)
    is_enabled = models.BooleanField("Stream from it", default=False)
    priority = models.PositiveSmallIntegerField(
        default=0, help_text="The lowest is the best; the others step in where it is not well."
    )
    options = models.JSONField(default=dict, blank=True)
    secrets = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["priority", "name"]
        default_permissions = ("change", "view")

    def __str__(self) -> str:
        return self.name
