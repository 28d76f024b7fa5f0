"""``manage.py create_user``: make somebody who can sign in, the first administrator above all."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trading.identity.interface import Role, create_user, new_username
from trading.kernel.clock import utc_now
from trading.kernel.errors import TradingError
from trading.management.passwords import ACTOR, ask_password


class Command(BaseCommand):
    help = "Create a user of a role; asks for the password, or reads it from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        roles = [role.value.lower() for role in Role]
        parser.add_argument("username")
        parser.add_argument("--role", choices=roles, default=Role.TRADER.value.lower())
        parser.add_argument("--name", default="", help="the person's first name")

    def handle(self, *, username: str, role: str, name: str, **_: Any) -> None:
        try:
            username = new_username(username)
            password = ask_password(username=username, first_name=name)
            create_user(
                username=username,
                password=password,
                role=Role(role.upper()),
                first_name=name,
                actor=ACTOR,
                now=utc_now(),
            )
        except TradingError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{username} can sign in.")
