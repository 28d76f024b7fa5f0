"""What the desk is asked, what it may answer, and who waits for it."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from oms.contracts import CancelOrder, PlaceOrder
from trading.kernel.errors import TradingError


class DeskClosed(TradingError):
    """The desk is not running, so nothing was written. Try again later."""

    code = "DESK_CLOSED"


class OutcomeUnknown(TradingError):
    """The database did not say whether it took the order. Ask by id; never resend blind."""

    code = "OUTCOME_UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireOrders:
    """End the orders whose time is over: the close for day orders, 90 days for gtc."""

    now: datetime


Command = PlaceOrder | CancelOrder | ExpireOrders


def _running() -> "Future[Any]":
    """Return a future that its caller cannot cancel: what was handed in is done and answered."""
    answer: Future[Any] = Future()
    answer.set_running_or_notify_cancel()
    return answer


@dataclass(slots=True)
class Waiting:
    """A command and the future that its caller waits for."""

    command: Command
    answer: "Future[Any]" = field(default_factory=_running)


def answer(waiting: Sequence[Waiting], outcomes: Sequence[object]) -> None:
    """Answer each caller: with the error by name, or with what was done."""
    for one, outcome in zip(waiting, outcomes, strict=True):
        if isinstance(outcome, TradingError):
            one.answer.set_exception(outcome)
        else:
            one.answer.set_result(outcome)


def fail(waiting: Sequence[Waiting]) -> None:
    """Tell those who have no answer yet that nobody knows what became of their command."""
    for one in waiting:
        if not one.answer.done():
            one.answer.set_exception(
                OutcomeUnknown("the outcome is unknown; ask by client order id")
            )


def refuse(waiting: Sequence[Waiting], *, why: str) -> None:
    """Tell those who have no answer yet that their command was not begun, and why."""
    for one in waiting:
        if not one.answer.done():
            one.answer.set_exception(closed(why))


def closed(why: str) -> DeskClosed:
    """Return the refusal of a command that nothing was done for."""
    return DeskClosed(f"orders are not taken at the moment ({why}); nothing was recorded")
