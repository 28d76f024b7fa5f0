"""``manage.py unlock_sign_in``: let a user try again at once after too many wrong passwords."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trading.identity.interface import find_user_id, unlock_sign_in
from trading.kernel.clock import utc_now
from trading.management.passwords import ACTOR


class Command(BaseCommand):
    help = "Forget the wrong passwords for a user's name; for when no administrator can sign in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *, username: str, **_: Any) -> None:
        user_id = find_user_id(username=username)
        if user_id is None:
            raise CommandError(f"there is no user {username}")
        unlock_sign_in(user_id=user_id, actor=ACTOR, now=utc_now())
        self.stdout.write(f"{username} may try again.")
