"""``manage.py build_calendar PATH``: write the exchange's sessions for ``load_calendar``."""

import csv
import warnings
from datetime import date, time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandParser

NEW_YORK = "America/New_York"
COLUMNS = ("trade_date", "pre_opens", "opens", "closes", "post_closes")
# Where the library is wrong. The exchange closed early on the last day of 1999.
_CORRECTED = {date(1999, 12, 31): {"market_close": time(13), "post": time(17)}}


class Command(BaseCommand):
    help = "Write a CSV file of the New York Stock Exchange's sessions, past and planned."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--from", dest="first", type=date.fromisoformat, default="1990-01-01")
        parser.add_argument("--to", dest="last", type=date.fromisoformat, default="2031-12-31")

    def handle(self, *_: object, path: Path, first: date, last: date, **__: object) -> None:
        days = read_library(first=first, last=last)
        with path.open("w", newline="", encoding="ascii") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(
                [on.isoformat(), *(at.isoformat("minutes") for at in times)] for on, *times in days
            )
        self.stdout.write(f"{len(days)} trading days written to {path}")


def read_library(*, first: date, last: date) -> list[tuple[date, time, time, time, time]]:
    """Return each session's date and its times in New York: before, open, close, after."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own, of pandas
        # Here and nowhere else: it brings pandas, which no serving process needs.
        import pandas_market_calendars as markets  # noqa: PLC0415

        table = markets.get_calendar("NYSE").schedule(first, last, start="pre", end="post")
    columns = ("pre", "market_open", "market_close", "post")
    local = {name: table[name].dt.tz_convert(NEW_YORK).dt.time for name in columns}
    return [
        (on.date(), *(_CORRECTED.get(on.date(), {}).get(name, local[name][on]) for name in columns))
        for on in table.index
    ]
