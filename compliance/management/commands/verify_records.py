"""``manage.py verify_records``: exits 0 if the records are what was written, 1 if not."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance import interface
from compliance.contracts import Expected, VerificationReport


class Command(BaseCommand):
    help = (
        "Check every record of the event log against its hash, its chain and its stream's head; "
        "every row that records tell (orders, executions, deposits, accounts, suspense, limits, "
        "switches, restrictions, users, keys, providers) against them, both ways; and the log "
        "against what the expectation says. Exits 1 and names each place if one is wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--stream", help="check one stream and its rows only, such as order:<id>"
        )
        parser.add_argument(
            "--expectation",
            type=Path,
            default=settings.RECORDS_EXPECTATION,
            help="the file of what is expected of the log, begun if there is none "
            "(default: %(default)s)",
        )

    def handle(self, *_: Any, expectation: Path, stream: str | None = None, **__: Any) -> None:
        try:
            report = interface.verify_records(stream=stream, expectation=expectation)
        except (
            interface.StreamNotFound,
            interface.ExpectationDamaged,
            interface.LogShorterThanExpected,
        ) as error:
            raise CommandError(error.message) from error
        read = f"{report.records:,} records in {report.streams:,} streams were read"
        if report.first_bad is None:
            self.stdout.write(
                f"The records are intact: {read}, each is as it was written; {report.rows:,} rows "
                "are what their records tell."
            )
        else:
            found = (
                "one problem was" if report.problems == 1 else f"{report.problems:,} problems were"
            )
            self.stdout.write(f"The records are NOT intact: {read}, {found} found.")
            self.stdout.write(f"First bad record: {report.first_bad}")
            for bad in report.bad[1:]:
                self.stdout.write(f"Also: {bad}")
        self._say_what_is_not_proved(report)
        if report.first_bad is not None:
            sys.exit(1)

    def _say_what_is_not_proved(self, report: VerificationReport) -> None:
        if report.adopted:
            self.stdout.write(
                f"{report.adopted:,} rows are older than the facts that tell them: they were "
                "recorded as they were found, and nothing proves them before that."
            )
        if report.expected is not None:
            self.stdout.write(_say_what_was_expected(report.expected))
            if report.expected.verified_before is not None:
                self.stdout.write(
                    "The records were found intact for the night of "
                    f"{report.expected.verified_before}, before that: an earlier expectation is "
                    "missing. If nobody moved it away, look for whoever did, and at a copy of it."
                )


def _say_what_was_expected(expected: Expected) -> str:
    if expected.is_new:
        return (
            f"There was no expectation outside the database: {expected.path} was begun now. What "
            "was taken away before cannot show against it."
        )
    if expected.since is None:
        return (
            f"There is no expectation outside the database at {expected.path}. None was begun, "
            "since the records are not intact."
        )
    return (
        f"Expected outside the database: {expected.records:,} records up to id {expected.last_id}, "
        f"by {expected.path}, which was begun at {expected.since.isoformat()}."
    )
