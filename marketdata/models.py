"""The security master and the minute bars. Ticks never touch the database."""

from django.db import models


class Instrument(models.Model):
    """A listed security. Its id is made from its symbol, so a reload never changes it."""

    class Exchange(models.TextChoices):
        AMEX = "AMEX", "AMEX"
        ARCA = "ARCA", "ARCA"
        BATS = "BATS", "BATS"
        NYSE = "NYSE", "NYSE"
        NASDAQ = "NASDAQ", "NASDAQ"
        OTC = "OTC", "OTC"

    class Status(models.TextChoices):
        ACTIVE = "active"
        INACTIVE = "inactive"

    id = models.UUIDField(primary_key=True)
    symbol = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=200)
    exchange = models.CharField(max_length=8, choices=Exchange.choices)
    status = models.CharField(max_length=8, choices=Status.choices)
    tradable = models.BooleanField()
    marginable = models.BooleanField()
    shortable = models.BooleanField()
    easy_to_borrow = models.BooleanField()
    fractionable = models.BooleanField()
    reference_price = models.FloatField(
        help_text="Dollars. The level at which a simulated market starts; never a quote.",
    )

    class Meta:
        ordering = ["symbol"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "inactive"]),
                name="instrument_status_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(reference_price__gt=0),
                name="instrument_reference_price_is_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.symbol


class MinuteBar(models.Model):
    """One minute of trades, stamped with its start. float64, as vendors send it."""

    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,  # the unique constraint begins with it
    )
    ts_start = models.DateTimeField()
    open = models.FloatField()
    high = models.FloatField()
    low = models.FloatField()
    close = models.FloatField()
    volume = models.FloatField()
    trade_count = models.IntegerField()
    vwap = models.FloatField()

    class Meta:
        ordering = ["-ts_start"]
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "ts_start"], name="one_bar_per_instrument_and_minute"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.ts_start:%Y-%m-%d %H:%M}"
