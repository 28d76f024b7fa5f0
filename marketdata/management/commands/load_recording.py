"""``manage.py load_recording PATH``: make bars of recorded ticks, at their original times."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketdata import interface
from trading.kernel.errors import TradingError


class Command(BaseCommand):
    help = "Make minute and daily bars of every recorded day of PATH, or of PATH@YYYYMMDD."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path")

    def handle(self, *_: object, path: str, **__: object) -> None:
        try:
            for day in interface.load_recording(spec=path):
                told = f"{day.minutes} minutes" if day.minutes else "not in the security master"
                whole = "" if day.is_whole or not day.minutes else ", not the whole session"
                self.stdout.write(f"{day.symbol} {day.trade_date}: {told}{whole}")
        except TradingError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
