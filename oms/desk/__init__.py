"""The desk: the one writer of orders. ``thread.py`` is its thread, ``work.py`` what a turn does."""

from oms.desk.commands import DeskClosed, ExpireOrders, NotBooked, OutcomeUnknown
from oms.desk.thread import Desk

__all__ = ["Desk", "DeskClosed", "ExpireOrders", "NotBooked", "OutcomeUnknown"]
