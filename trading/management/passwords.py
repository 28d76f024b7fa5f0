"""How commands are told a new password: typed twice, or read from standard input."""

import sys
from getpass import getpass
from typing import Any

from django.core.management.base import CommandError
from django.views.decorators.debug import sensitive_variables

from trading.identity.interface import password_problems

ACTOR = "system:command-line"


@sensitive_variables()
def ask_password(**whose: Any) -> str:
    """
    Return a new password that ``password_problems(**whose)`` finds nothing wrong with.

    :raises CommandError: saying what is wrong with it
    """
    password = _ask()
    if problems := password_problems(password=password, **whose):
        raise CommandError(" ".join(problems))
    return password


def _ask() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass("Password: ")
    if getpass("Confirm password: ") != password:
        raise CommandError("the two passwords are not the same")
    return password
