"""``manage.py create_user``: make somebody who can sign in, the first administrator above all."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trading.identity.interface import Role, create_user, password_problems
from trading.kernel.clock import utc_now
from trading.kernel.errors import TradingError

ACTOR = "system:command-line"


class Command(BaseCommand):
    help = "Create a user of a role; asks for the password, or reads it from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        roles = [role.value.lower() for role in Role]
        parser.add_argument("username")
        parser.add_argument("--role", choices=roles, default=Role.TRADER.value.lower())
        parser.add_argument("--name", default="", help="the person's first name")

    def handle(self, *, username: str, role: str, name: str, **_: Any) -> None:
        password = _ask_password()
        if problems := password_problems(username=username, password=password, first_name=name):
            raise CommandError(" ".join(problems))
        try:
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


def _ask_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass("Password: ")
    if getpass("The same again: ") != password:
        raise CommandError("the two passwords are not the same")
    return password
