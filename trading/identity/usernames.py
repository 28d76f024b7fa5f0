"""The one rule for the names that people sign in with."""

import re
from typing import Final

from trading.kernel.errors import TradingError

USERNAME_RULE: Final = (
    "Use 3 to 30 letters a to z, digits, dots, dashes or underscores, beginning with a letter or "
    "digit."
)
USERNAME_LENGTH_MAX: Final = 30
# Letters that look alike, and capitals, would let one person pass for another.
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,29}")


class UsernameRefused(TradingError):
    """The name does not follow the rule, which the message states. Choose another one."""

    code = "USERNAME_REFUSED"


def new_username(typed: str) -> str:
    """
    Return the name for a new user as it is kept: in small letters.

    :raises UsernameRefused: if it does not follow the rule
    """
    username = typed.lower()
    if not _USERNAME.fullmatch(username):
        raise UsernameRefused(USERNAME_RULE)
    return username
