"""The exchange's sessions."""

from django.db import models


class TradingDay(models.Model):
    """One session: extended hours around regular ones. A date without a row is a closed day."""

    trade_date = models.DateField(primary_key=True)
    pre_opens_at = models.DateTimeField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    post_closes_at = models.DateTimeField()

    class Meta:
        ordering = ["-trade_date"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    pre_opens_at__lte=models.F("opens_at"),
                    opens_at__lt=models.F("closes_at"),
                    closes_at__lte=models.F("post_closes_at"),
                ),
                name="trading_day_is_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trade_date:%Y-%m-%d}"
