"""
Secrets that others gave us, sealed for the disk: a copy of the database alone opens none.

The key is ``PROVIDER_SECRETS_KEY`` or, while that is empty, a file of the data folder that only its
owner can read.
"""

import os
from base64 import urlsafe_b64encode
from contextlib import suppress
from pathlib import Path
from secrets import token_urlsafe
from tempfile import mkstemp

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from trading.kernel.errors import TradingError

KEY_FILE = "provider_secrets.key"
_PURPOSE = b"openbell provider secrets"


class SealBroken(TradingError):
    """A secret cannot be opened: its key is gone or another. Bring it back, or enter it anew."""

    code = "SEAL_BROKEN"


def seal(secret: str) -> str:
    """Return the secret as it may be stored; makes the data folder's key if there is none yet."""
    return MultiFernet(_keys() or [_make_key()]).encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """
    Return the secret.

    :raises SealBroken: saying whether the key is missing or does not fit
    """
    keys = _keys()
    if not keys:
        raise SealBroken(f"the key that it was sealed with is missing: no {KEY_FILE}")
    try:
        return MultiFernet(keys).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SealBroken("the key that it was sealed with is not the present one") from None


def _keys() -> list[Fernet]:
    """Return the keys that there are: the first one seals, all open."""
    if given := [word.strip() for word in settings.PROVIDER_SECRETS_KEY.split(",") if word.strip()]:
        return [_derived(word) for word in given]
    path = _key_file()
    return [_derived(path.read_text())] if path.exists() else []


def _make_key() -> Fernet:
    path = _key_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = mkstemp(dir=path.parent)  # only its owner may read it
    with os.fdopen(descriptor, "w") as file:
        file.write(token_urlsafe(48))
    # It appears whole, and never in the place of one that somebody else was quicker to make.
    with suppress(FileExistsError):
        os.link(draft, path)
    Path(draft).unlink()
    return _derived(path.read_text())


def _key_file() -> Path:
    return Path(settings.VAR) / KEY_FILE


def _derived(material: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(
        material.encode()
    )
    return Fernet(urlsafe_b64encode(derived))
