"""``manage.py load_corporate_actions PATH``: splits, dividends and symbol changes from files."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketdata import interface
from trading.kernel.errors import TradingError


class Command(BaseCommand):
    help = "Load factor files and map files of every instrument that the security master knows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)

    def handle(self, *_: object, path: Path, **__: object) -> None:
        try:
            for each in interface.load_corporate_actions(path=path):
                self.stdout.write(f"{each.symbol}: {each.actions} actions, {each.spells} symbols")
        except TradingError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
