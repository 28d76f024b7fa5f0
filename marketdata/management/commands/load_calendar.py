"""``manage.py load_calendar [PATH]``: fill the table of trading days from a file."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketdata import interface
from trading.kernel.errors import TradingError


class Command(BaseCommand):
    help = "Load the trading calendar from a CSV file, the one that ships unless a path is given."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, nargs="?")

    def handle(self, *_: object, path: Path | None, **__: object) -> None:
        try:
            count = interface.load_calendar(path=path)
        except TradingError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        self.stdout.write(f"{count} trading days loaded")
