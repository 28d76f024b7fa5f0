"""Newest value per key: what lets a slow reader skip, and never makes it wait in a queue."""

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Conflated(Generic[K, V]):
    """
    What has changed since the last ``take``, at its newest value.

    It never holds more than one value per key, however long nobody takes.
    """

    def __init__(self) -> None:
        self._newest: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self._newest)

    def put(self, key: K, value: V) -> None:
        self._newest[key] = value

    def drop(self, key: K) -> None:
        self._newest.pop(key, None)

    def take(self) -> dict[K, V]:
        """Return everything that is waiting, in the order the keys first changed, and forget it."""
        taken, self._newest = self._newest, {}
        return taken
