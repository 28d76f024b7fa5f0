"""What every decision of staff about the books must bring."""

from trading.kernel.errors import TradingError


class ReasonRequired(TradingError):
    """The books change for a reason that somebody can read later. Ask for one."""

    code = "REASON_REQUIRED"


def require_reason(reason: str, *, purpose: str) -> None:
    """
    Check that a decision says why.

    :raises ReasonRequired: if the reason is blank
    """
    if not reason.strip():
        raise ReasonRequired(f"say why {purpose}")
