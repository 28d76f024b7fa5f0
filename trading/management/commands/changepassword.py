"""``manage.py changepassword``: set a user's password, on the record; in place of Django's own."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trading.identity.interface import change_password, find_user_id
from trading.kernel.clock import utc_now
from trading.kernel.errors import TradingError
from trading.management.passwords import ACTOR, ask_password


class Command(BaseCommand):
    help = "Set a user's password; asks for it, or reads it from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *, username: str, **_: Any) -> None:
        user_id = find_user_id(username=username)
        if user_id is None:
            raise CommandError(f"there is no user {username}")
        password = ask_password(username=username, user_id=user_id)
        try:
            change_password(user_id=user_id, password=password, actor=ACTOR, now=utc_now())
        except TradingError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{username} signs in with the new password from now on.")
