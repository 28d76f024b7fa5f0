"""``manage.py createsuperuser``: refused, as nobody stands outside the roles."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.core.management.base import CommandError


class Command(createsuperuser.Command):
    """Takes what Django's own command takes, so that the answer is how it is done here."""

    help = "Refused: create_user makes people, administrators too."

    def handle(self, *_: Any, **__: Any) -> None:
        raise CommandError(
            "there are no superusers: use manage.py create_user NAME --role administrator"
        )
