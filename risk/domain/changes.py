"""What every change of a rule must bring."""

from datetime import datetime

from trading.kernel.errors import TradingError


class ReasonRequired(TradingError):
    """A rule changes for a reason that somebody can read later. Ask for one."""

    code = "REASON_REQUIRED"


class EffectiveInThePast(TradingError):
    """Rules hold from now on: what judged yesterday's orders stays as it was. Ask again."""

    code = "EFFECTIVE_IN_THE_PAST"


def require_reason(reason: str, *, purpose: str) -> None:
    """
    Check that a change says why.

    :raises ReasonRequired: if the reason is blank
    """
    if not reason.strip():
        raise ReasonRequired(f"say why {purpose}")


def require_not_past(effective_from: datetime, *, now: datetime) -> None:
    """
    Check that a rule does not reach back.

    :raises EffectiveInThePast: if it would hold before ``now``
    """
    if effective_from < now:
        raise EffectiveInThePast(
            "a rule holds from now on, or from later", effective_from=effective_from, now=now
        )
