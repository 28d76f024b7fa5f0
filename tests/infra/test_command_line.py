"""The command line finds its packages, and a bad setting ends in one sentence that names it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

ROOT = Path(__file__).resolve().parent.parent.parent
# The Python that the environment was made with: it has none of the project's packages.
SYSTEM_PYTHON = Path(sys.base_prefix) / "bin" / "python3"


def run(folder: Path, *command: object, **settings: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: text for name, text in os.environ.items() if name != "VIRTUAL_ENV"}
    return subprocess.run(
        [str(each) for each in command],
        cwd=folder,
        env={**kept, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_systems_python_goes_on_with_the_projects(tmp_path):
    if not (ROOT / ".venv").exists():
        pytest.skip("there is no .venv here: the tests run in another environment")
    done = run(ROOT, SYSTEM_PYTHON, "manage.py", "version")
    assert (done.returncode, done.stderr) == (0, "")


def test_without_packages_it_says_what_installs_them(tmp_path):
    shutil.copy(ROOT / "manage.py", tmp_path)
    done = run(tmp_path, SYSTEM_PYTHON, "manage.py", "verify_records")
    assert done.returncode == 1
    assert done.stderr == (
        "Openbell's packages are not installed here yet: `make run` installs them.\n"
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "abc", "PORT must be a whole number from 1 to 65535, not 'abc'"),
        ("PORT", "99999", "PORT must be a whole number from 1 to 65535, not '99999'"),
        ("PORT", "-1", "PORT must be a whole number from 1 to 65535, not '-1'"),
        ("PORT", "80.5", "PORT must be a whole number from 1 to 65535, not '80.5'"),
        ("SPEED", "fast", "SPEED must be a number, not 'fast'"),
        (
            "REGISTRATION_CASH",
            "1000000000.01",
            (
                "REGISTRATION_CASH must be dollars in whole cents, from $0.01 to "
                "$1,000,000,000.00, not '1000000000.01'"
            ),
        ),
        ("HTTPS", "maybe", "HTTPS must be true or false, not 'maybe'"),
        ("DEMO", "perhaps", "DEMO must be true or false, not 'perhaps'"),
        (
            "LOG_LEVEL",
            "loud",
            "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL, not 'loud'",
        ),
        ("DATABASE_URL", "mysql://x/y", "the database must be PostgreSQL: postgresql://..."),
        (
            "DATABASE_URL",
            "postgresql://u:secret@localhost:abc/x",
            (
                "the database's address cannot be read: "
                "Port could not be cast to integer value as 'abc'"
            ),
        ),
    ],
)
def test_a_bad_setting_ends_in_one_sentence(name, value, words, tmp_path):
    settings = {"VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "trading.settings", name: value}
    done = run(ROOT, sys.executable, "manage.py", "run", **settings)
    assert done.returncode == 1
    assert done.stderr == f"{words}\n"


def test_the_icon_is_where_programs_look_for_it():
    answer = Client().get("/favicon.ico")
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(".ico")
    assert (ROOT / "static" / "favicon.ico").read_bytes()[:4] == b"\0\0\1\0"
