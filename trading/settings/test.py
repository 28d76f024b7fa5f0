"""Settings of the test suite: the same platform, cheap password hashes, no data folder."""

import os
import tempfile

os.environ.setdefault("VAR", tempfile.mkdtemp(prefix="openbell-test-"))
os.environ.setdefault("SECRET_KEY", "only-for-tests")

from trading.settings.base import *  # noqa: F403 - the variables above come first

# Straight from the source: nothing is collected for tests within the process.
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # noqa: F405
SERVESTATIC_USE_FINDERS = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
_database = DATABASES["default"]  # noqa: F405
# No pool: tests drop the database.
_database["OPTIONS"] = {**_database["OPTIONS"], "pool": False}  # type: ignore[dict-item]
