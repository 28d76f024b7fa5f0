"""``manage.py check_books``: do the books agree with themselves?"""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from oms import interface


class Command(BaseCommand):
    help = (
        "Check every invariant of the books (docs/invariants.md): entries sum to zero, balances "
        "equal their postings, holdings their executions, reservations what open orders need. "
        "Exits 1 and names each break if one does not hold. Whether executions, deposits and "
        "orders are what was recorded of them is for verify_records."
    )

    def handle(self, **_: Any) -> None:
        report = interface.check_books()
        for line in report.breaks:
            self.stderr.write(line)
        for line in report.notes:
            self.stdout.write(line)
        counted = (
            f"{report.accounts} accounts, {report.orders} orders, {report.executions} executions"
        )
        if report.breaks:
            self.stderr.write(f"{len(report.breaks)} breaks in {counted}")
            sys.exit(1)
        self.stdout.write(f"The books balance: {counted}.")
