"""``manage.py backfill SYMBOL --from DAY --to DAY --source NAME``: fetch history and watch it."""

import getpass
from datetime import date

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketdata import interface
from marketdata.contracts import Backfill, BackfillState, HistoryKind
from trading.kernel.errors import TradingError

KINDS = {
    "minute": HistoryKind.MINUTE_BARS,
    "daily": HistoryKind.DAILY_BARS,
    "actions": HistoryKind.CORPORATE_ACTIONS,
}
_BAR_WIDTH = 24


class Command(BaseCommand):
    help = (
        "Fetch the missing history of an instrument. Ctrl-C stops it; the same command goes on "
        "where it was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("symbol", type=str.upper)
        parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
        parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True)
        parser.add_argument("--source", required=True)
        parser.add_argument("--kind", choices=sorted(KINDS), default="minute")
        parser.add_argument(
            "--again", action="store_true", help="also what is held: the source has corrected it"
        )

    def handle(
        self,
        *_: object,
        symbol: str,
        first: date,
        last: date,
        source: str,
        kind: str,
        again: bool,
        **__: object,
    ) -> None:
        try:
            wanted = interface.request_backfill(
                symbol=symbol,
                kind=KINDS[kind],
                source=source,
                first_date=first,
                last_date=last,
                requested_by=getpass.getuser(),
                is_again=again,
            )
            ended = self._follow(wanted)
        except TradingError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        if ended.state is not BackfillState.DONE:
            raise CommandError(f"{ended.state.value.lower()}: {ended.error or 'by somebody else'}")

    def _follow(self, wanted: Backfill) -> Backfill:
        try:
            return interface.follow_backfill(backfill_id=wanted.id, on_progress=self._show)
        except KeyboardInterrupt:
            interface.stop_backfill(backfill_id=wanted.id)
            raise CommandError("stopped; the same command goes on where it was") from None
        finally:
            self.stdout.write("")

    def _show(self, seen: Backfill) -> None:
        line = progress_line(seen)
        is_screen = self.stdout.isatty()
        self.stdout.write(f"\r{line:<100}" if is_screen else line, ending="" if is_screen else "\n")
        self.stdout.flush()


def progress_line(seen: Backfill) -> str:
    """Return such as ``IBM MINUTE_BARS [######------------] 3/9 pieces, 24,310 rows, running``."""
    share = seen.pieces_done / seen.pieces_total if seen.pieces_total else 0.0
    filled = round(share * _BAR_WIDTH)
    refused = f", {seen.rows_refused:,} refused" if seen.rows_refused else ""
    error = f": {seen.error}" if seen.error else ""
    return (
        f"{seen.symbol} {seen.kind} [{'#' * filled}{'-' * (_BAR_WIDTH - filled)}] "
        f"{seen.pieces_done}/{seen.pieces_total} pieces, {seen.rows_done:,} rows{refused}, "
        f"{seen.state.value.lower()}{error}"
    )
