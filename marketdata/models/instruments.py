"""The security master: what is listed, under which names, on which terms."""

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
    # Empty where it is not known.
    exchange = models.CharField(max_length=8, choices=Exchange.choices, blank=True, default="")
    status = models.CharField(max_length=8, choices=Status.choices)
    tradable = models.BooleanField()
    marginable = models.BooleanField()
    shortable = models.BooleanField()
    easy_to_borrow = models.BooleanField()
    fractionable = models.BooleanField()
    is_followed = models.BooleanField(
        "followed",
        default=False,
        help_text="The feed always carries its prices; those of others while somebody needs them.",
    )
    reference_price = models.FloatField(
        null=True,
        blank=True,
        help_text="Dollars. The level at which a simulated market starts; never a quote. Empty: "
        "a simulated market has no price of it.",
    )
    # Empty where they are not known.
    mic = models.CharField("MIC", max_length=4, blank=True, default="")
    cusip = models.CharField("CUSIP", max_length=9, blank=True, default="")
    isin = models.CharField("ISIN", max_length=12, blank=True, default="")
    figi = models.CharField("FIGI", max_length=12, blank=True, default="")
    listed_by = models.CharField(
        max_length=32,
        blank=True,
        default="",
        help_text="The provider that listed it last. Empty: it came from a file.",
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


class InstrumentSymbol(models.Model):
    """The instrument traded as ``symbol`` from one day to another, both included."""

    instrument = models.ForeignKey(
        Instrument, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    symbol = models.CharField(max_length=16, db_index=True)
    from_date = models.DateField()
    to_date = models.DateField(null=True, blank=True, help_text="Empty: until today.")

    class Meta:
        ordering = ["instrument", "from_date"]
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "from_date"], name="one_symbol_per_instrument_and_day"
            ),
            models.CheckConstraint(
                condition=models.Q(to_date__isnull=True)
                | models.Q(to_date__gte=models.F("from_date")),
                name="instrument_symbol_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} {self.from_date:%Y-%m-%d} to {self.to_date or 'today'}"


class InstrumentTerms(models.Model):
    """How the instrument is quoted from a day on, until a later row says otherwise."""

    instrument = models.ForeignKey(
        Instrument, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    effective_date = models.DateField()
    tick_size = models.DecimalField(
        "tick size, $", max_digits=10, decimal_places=6, help_text="Dollars."
    )
    round_lot = models.IntegerField("round lot, shares", help_text="Shares.")
    luld_tier = models.SmallIntegerField("LULD tier", null=True, blank=True)

    class Meta:
        ordering = ["instrument", "-effective_date"]
        verbose_name_plural = "instrument terms"
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "effective_date"], name="one_set_of_terms_per_day"
            ),
            models.CheckConstraint(
                condition=models.Q(tick_size__gt=0, round_lot__gt=0), name="terms_are_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(luld_tier__isnull=True) | models.Q(luld_tier__in=[1, 2]),
                name="luld_tier_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} from {self.effective_date:%Y-%m-%d}"
