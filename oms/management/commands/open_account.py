"""``manage.py open_account``: open a trading account for a user who has none."""

from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oms import interface
from oms.contracts import AccountType
from trading.identity.interface import find_user_id
from trading.kernel.clock import utc_now
from trading.kernel.errors import TradingError

ACTOR = "system:command-line"


class Command(BaseCommand):
    help = "Open a paper account for a trader who has none; it is on the record."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--type", choices=["cash", "margin"], default="cash")
        parser.add_argument("--cash", default="100000.00", help="opening cash in dollars")

    def handle(self, *, username: str, cash: str, **options: Any) -> None:
        user_id = find_user_id(username=username)
        if user_id is None:
            raise CommandError(f"there is no user {username}")
        try:
            account_id = interface.open_account(
                owner_id=user_id,
                account_type=AccountType(options["type"].upper()),
                opening_cash=_amount(cash),
                actor=ACTOR,
                now=utc_now(),
            )
        except TradingError as error:
            raise CommandError(error.message) from None
        number = interface.get_account(account_id=account_id).account_number
        self.stdout.write(f"Account {number} is open for {username}.")


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", "").removeprefix("$"))
    except InvalidOperation:
        raise CommandError(f"--cash takes dollars such as 100000.00, not {text!r}") from None
