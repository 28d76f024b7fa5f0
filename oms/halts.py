"""What may not be traded at present, as an account's owner is told it: never the staff's reason."""

from collections.abc import Collection
from uuid import UUID

from oms.contracts import Halt
from oms.market import exchange_halt
from risk import interface as risk
from risk.contracts import KillSwitchState, SwitchScope


def list_halts(*, account_id: UUID, symbols: Collection[str]) -> list[Halt]:
    """
    Return what keeps the account from trading these symbols now, the firm's halts first.

    A halt of the firm or of the account names no symbol: it binds all of them.
    """
    switches = [
        Halt(symbol=switch.symbol, words=switch_in_words(switch), refuses=True)
        for switch in risk.list_active_switches()
        if switch.account_id in (None, account_id) and (switch.symbol in (None, *symbols))
    ]
    reasons = {symbol: exchange_halt(symbol) for symbol in sorted(symbols)}
    paused = [
        Halt(symbol=symbol, words=f"trading in {symbol} is halted: {reason}", refuses=False)
        for symbol, reason in reasons.items()
        if reason
    ]
    return switches + paused


def switch_in_words(switch: KillSwitchState) -> str:
    """Tell an account's owner what is halted; the staff's reason stays inside."""
    match switch.scope:
        case SwitchScope.FIRM:
            return "all trading is halted"
        case SwitchScope.ACCOUNT:
            return "trading in this account is halted"
        case SwitchScope.SYMBOL:
            return f"trading in {switch.symbol} is halted"
