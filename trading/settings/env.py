"""The environment, read once and typed. A bad value stops the start, by name."""

import os
from collections.abc import Collection
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from trading.kernel.money import CENT, book_amount


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def number(name: str, default: float) -> float:
    raw = os.environ.get(name)
    if not raw:
        return default
    try:
        return float(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number, not {raw!r}") from None


def count(name: str, default: int) -> int:
    """Return a whole number, zero or more."""
    raw = os.environ.get(name)
    if not raw:
        return default
    if not (raw.isascii() and raw.isdigit()):
        raise ImproperlyConfigured(f"{name} must be a whole number, zero or more, not {raw!r}")
    return int(raw)


def whole(name: str, default: int, *, lowest: int, highest: int) -> int:
    """Return a whole number between these bounds, both of them included."""
    raw = os.environ.get(name)
    if not raw:
        return default
    if not (raw.isascii() and raw.isdecimal()) or not lowest <= int(raw) <= highest:
        raise ImproperlyConfigured(
            f"{name} must be a whole number from {lowest} to {highest}, not {raw!r}"
        )
    return int(raw)


def choice(name: str, default: str, *, among: Collection[str]) -> str:
    """Return one of these words, whatever its case."""
    raw = os.environ.get(name) or default
    if raw.upper() not in among:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(among)}, not {raw!r}")
    return raw.upper()


def share(name: str, default: float) -> float:
    """Return a number between 0 and 1, neither of them."""
    found = number(name, default)
    if not 0 < found < 1:
        raise ImproperlyConfigured(f"{name} must be between 0 and 1, not {found}")
    return found


def flag(name: str, *, default: bool) -> bool:
    raw = os.environ.get(name)
    if not raw:
        return default
    if raw.lower() in {"1", "true", "yes", "on"}:
        return True
    if raw.lower() in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {raw!r}")


def words(name: str) -> list[str]:
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def some_of(name: str, known: tuple[str, ...], *, default: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the words that are known, in the order given; none is refused."""
    given = tuple(word.lower() for word in words(name)) or default
    if unknown := [word for word in given if word not in known]:
        raise ImproperlyConfigured(f"{name} may hold {', '.join(known)}, not {unknown[0]!r}")
    return given


def dollars(name: str, default: str, *, highest: Decimal) -> Decimal:
    """Return an amount of dollars in whole cents, from one cent to ``highest``."""
    raw = os.environ.get(name) or default
    try:
        amount = Decimal(raw)
        is_amount = CENT <= amount <= highest and amount == book_amount(amount)
    except ArithmeticError:
        is_amount = False
    if not is_amount:
        raise ImproperlyConfigured(
            f"{name} must be dollars in whole cents, from ${CENT} to ${highest:,}, not {raw!r}"
        )
    return amount


def folder(name: str, default: Path) -> Path:
    raw = os.environ.get(name)
    return Path(raw).expanduser().resolve() if raw else default


def postgres(url: str) -> dict[str, object]:
    """Turn ``postgresql://user:password@host:port/name`` into Django's settings."""
    try:
        parts = urlsplit(url)
        port = str(parts.port or "")
    except ValueError as error:  # it may hold a password, so it is not repeated
        raise ImproperlyConfigured(f"the database's address cannot be read: {error}") from None
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("the database must be PostgreSQL: postgresql://...")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": port,
    }
