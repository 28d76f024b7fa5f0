"""Bars, raw as they were traded, and which trading days of them are held."""

from django.db import models

from marketdata.models.instruments import Instrument


class MinuteBar(models.Model):
    """
    One minute of trades, stamped with its start. float64, as vendors send it.

    The natural key is the only one: a number of its own with its index would double the time that a
    million bars take to load.
    """

    pk = models.CompositePrimaryKey("instrument_id", "ts_start")
    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,  # the key begins with it
        db_constraint=False,  # looked up once for a million rows, not once for each
    )
    ts_start = models.DateTimeField()
    open = models.FloatField()
    high = models.FloatField()
    low = models.FloatField()
    close = models.FloatField()
    volume = models.FloatField()
    trade_count = models.IntegerField()
    vwap = models.FloatField()
    source = models.CharField(max_length=32, db_default="", default="", blank=True)

    class Meta:
        ordering = ["-ts_start"]
        indexes = [
            # Empty in a real market, so that to look for what was made up there costs nothing.
            models.Index(
                fields=["source"],
                condition=models.Q(source__in=["simulated", "stream:simulated", "stream:replay"]),
                name="minute_bars_made_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.ts_start:%Y-%m-%d %H:%M}"


class DailyBar(models.Model):
    """One regular session, as its source made it."""

    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,  # the unique constraint begins with it
        db_constraint=False,  # as above
    )
    trade_date = models.DateField()
    open = models.FloatField("open, $")
    high = models.FloatField("high, $")
    low = models.FloatField("low, $")
    close = models.FloatField("close, $")
    volume = models.FloatField("volume, shares")
    trade_count = models.IntegerField()
    vwap = models.FloatField()
    source = models.CharField(max_length=32, db_default="", default="", blank=True)

    class Meta:
        ordering = ["-trade_date"]
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "trade_date"], name="one_bar_per_instrument_and_day"
            ),
        ]
        indexes = [
            models.Index(
                fields=["source"],
                condition=models.Q(source__in=["simulated", "stream:simulated", "stream:replay"]),
                name="daily_bars_made_up",  # empty in a real market, as above
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.trade_date:%Y-%m-%d}"


class Coverage(models.Model):
    """
    The bars of this trading day are all there, as ``source`` has them; it may have none.

    A day's bars come from one source, so one row is enough.
    """

    instrument = models.ForeignKey(
        Instrument, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=24)
    trade_date = models.DateField()
    source = models.CharField(max_length=32)
    held_at = models.DateTimeField()

    class Meta:
        ordering = ["instrument", "kind", "-trade_date"]
        verbose_name_plural = "coverage"
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "kind", "trade_date"], name="one_source_per_day_of_bars"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.kind} {self.trade_date:%Y-%m-%d} from {self.source}"
