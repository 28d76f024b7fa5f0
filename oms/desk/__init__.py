"""The desk: the one writer of orders. ``thread.py`` is its thread, ``work.py`` what a turn does."""

from oms.desk.commands import DeskClosed, ExpireOrders, OutcomeUnknown
from oms.desk.thread import LOCK, Desk

__all__ = ["LOCK", "Desk", "DeskClosed", "ExpireOrders", "OutcomeUnknown"]
