"""A provider in this process that tells what is listed, page by page."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from marketdata import interface
from marketdata.contracts import Listing, LoadedListings
from marketdata.feeds.providers import Page
from marketdata.operations import history_sources
from trading.kernel.clock import utc_now


class Lister:
    """``asked`` holds the tokens; ``before_answer`` hears how many questions there were."""

    def __init__(self) -> None:
        self.pages: list[Sequence[Listing]] = [[]]
        self.asked: list[str | None] = []
        self.before_answer: Callable[[int], None] = lambda _number: None
        self.after_last: str | None = None
        self.closed = 0

    async def read_listings(self, *, page_token: str | None = None) -> Page[Listing]:
        await asyncio.sleep(0)
        self.asked.append(page_token)
        self.before_answer(len(self.asked))
        number = int(page_token or 0)
        following = number + 1
        token = str(following) if following < len(self.pages) else self.after_last
        return Page(rows=self.pages[number], next_token=token)

    async def close(self) -> None:
        self.closed += 1


@contextmanager
def configured(name: str) -> Iterator[Lister]:
    """Let a provider of this name be asked what is listed."""
    lister = Lister()
    take_back = history_sources.register(name=name, factory=lambda: cast("Any", lister))
    try:
        yield lister
    finally:
        take_back()


def load(source: str = "polygon", **said: Any) -> LoadedListings:
    asked: dict[str, Any] = {"source": source, "actor": "user:bob", "now": utc_now()}
    return interface.load_listings(**asked | said)
