"""The rules as rows: limits, kill switches, restrictions."""

from django.db import models
from django.db.models import F, Q

from risk.contracts import Audience, LimitName, LimitScope, SwitchScope
from trading.infra.fields import MoneyField


def _choices(words: type[LimitName | LimitScope | SwitchScope | Audience]) -> list[tuple[str, str]]:
    """Return a choice for each word, as people read it: ``ORDER_VALUE`` is "Order value"."""
    return [(word.value, word.value.replace("_", " ").capitalize()) for word in words]


class Limit(models.Model):
    """
    One value of one limit, from ``effective_from`` on. Rows are written once; a later one wins.

    ``value`` is dollars, percent or milliseconds, as the name says.
    """

    scope = models.CharField(max_length=16, choices=_choices(LimitScope))
    account_id = models.UUIDField(
        null=True, blank=True, help_text="The account's id; empty for the whole firm."
    )
    name = models.CharField(max_length=32, choices=_choices(LimitName))
    value = MoneyField(help_text="Dollars, percent or milliseconds, as the name says.")
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField(
        null=True, blank=True, help_text="For an exception: when what held before comes back."
    )
    set_by = models.TextField()
    reason = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="risk_limit_scope_fits_account",
                condition=Q(scope=LimitScope.FIRM.value, account_id__isnull=True)
                | Q(scope=LimitScope.ACCOUNT.value, account_id__isnull=False),
            ),
            models.CheckConstraint(
                name="risk_limit_not_negative",
                violation_error_message="A limit is zero or more.",
                condition=Q(value__gte=0),
            ),
            models.CheckConstraint(
                name="risk_limit_period_not_empty",
                violation_error_message="A limit must end after it begins.",
                condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["account_id", "name", "-effective_from", "-id"], name="risk_limit_in_force"
            ),
        ]
        default_permissions = ("add", "view")

    def __str__(self) -> str:
        return f"{self.get_name_display()} {self.value.normalize():f}"


class KillSwitch(models.Model):
    """Stops new orders of the firm, an account or a symbol until a second person lifts it."""

    scope = models.CharField(max_length=16, choices=_choices(SwitchScope))
    account_id = models.UUIDField(
        null=True, blank=True, help_text="For a switch on one account: its id."
    )
    symbol = models.CharField(  # noqa: DJ001 - null is "no symbol" for the constraints below
        max_length=16, null=True, blank=True, help_text="For a switch on one symbol."
    )
    engaged_by = models.TextField()
    engaged_at = models.DateTimeField()
    reason = models.TextField()
    lifted_by = models.TextField(null=True, blank=True)  # noqa: DJ001 - null until it is lifted
    lifted_at = models.DateTimeField(null=True, blank=True)
    lift_reason = models.TextField(null=True, blank=True)  # noqa: DJ001 - null until it is lifted

    class Meta:
        verbose_name_plural = "kill switches"
        constraints = [
            models.CheckConstraint(
                name="risk_killswitch_scope_fits_target",
                violation_error_message="Name the account for Account, the symbol for Symbol, "
                "neither for Firm.",
                condition=Q(
                    scope=SwitchScope.FIRM.value, account_id__isnull=True, symbol__isnull=True
                )
                | Q(scope=SwitchScope.ACCOUNT.value, account_id__isnull=False, symbol__isnull=True)
                | Q(scope=SwitchScope.SYMBOL.value, account_id__isnull=True, symbol__isnull=False),
            ),
            models.CheckConstraint(
                name="risk_killswitch_second_person",
                condition=Q(lifted_by__isnull=True) | ~Q(lifted_by=F("engaged_by")),
            ),
            models.CheckConstraint(
                name="risk_killswitch_lifted_whole",
                condition=Q(
                    lifted_by__isnull=True, lifted_at__isnull=True, lift_reason__isnull=True
                )
                | Q(lifted_by__isnull=False, lifted_at__isnull=False, lift_reason__isnull=False),
            ),
            models.UniqueConstraint(
                name="risk_killswitch_engaged_once",
                violation_error_message="This kill switch is engaged already.",
                fields=["scope", "account_id", "symbol"],
                condition=Q(lifted_at__isnull=True),
                nulls_distinct=False,
            ),
        ]
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        target = self.symbol or self.account_id or "the firm"
        return f"Kill switch for {target}"


class Restriction(models.Model):
    """Refuses new orders in a symbol from ``effective_from`` until it is released."""

    symbol = models.CharField(max_length=16)
    applies_to = models.CharField(
        max_length=16, choices=_choices(Audience), default=Audience.EVERYONE.value
    )
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField(null=True, blank=True)
    reason = models.TextField()
    set_by = models.TextField()
    released_by = models.TextField(null=True, blank=True)  # noqa: DJ001 - null until it is released
    release_reason = models.TextField(null=True, blank=True)  # noqa: DJ001 - null until it is released

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="risk_restriction_released_whole",
                condition=Q(
                    effective_to__isnull=True,
                    released_by__isnull=True,
                    release_reason__isnull=True,
                )
                | Q(
                    effective_to__isnull=False,
                    released_by__isnull=False,
                    release_reason__isnull=False,
                ),
            ),
        ]
        indexes = [models.Index(fields=["symbol"], name="risk_restriction_symbol")]
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return f"{self.symbol} restricted"
