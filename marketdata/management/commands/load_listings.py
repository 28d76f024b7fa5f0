"""``manage.py load_listings [--source NAME]``: take up what a provider lists, and watch it."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketdata import interface
from trading.kernel.clock import utc_now
from trading.kernel.errors import TradingError

ACTOR = "system:load-listings"


class Command(BaseCommand):
    help = (
        "Make the security master say what a provider lists: all of it or, if the provider does "
        "not tell all of it, nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--source", help="The best one that has its key, unless given.")
        parser.add_argument(
            "--accept-fewer",
            action="store_true",
            help="Take it even if it holds fewer than half of what it held the last time.",
        )

    def handle(self, *_: object, source: str | None, accept_fewer: bool, **__: object) -> None:
        if source is None:
            source = next(iter(interface.list_listing_sources()), None)
        if source is None:
            raise CommandError("NO_LISTING_SOURCE: no provider that lists the market has its key")
        try:
            loaded = interface.load_listings(
                source=source,
                actor=ACTOR,
                now=utc_now(),
                accepts_fewer=accept_fewer,
                on_progress=self._show,
            )
        except KeyboardInterrupt:
            raise CommandError("stopped; nothing was changed") from None
        except TradingError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        self.stdout.write(f"{source}: {loaded}")

    def _show(self, rows: int) -> None:
        self.stdout.write(f"{rows:,} rows read")
        self.stdout.flush()
