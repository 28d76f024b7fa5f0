#!/usr/bin/env python3
"""Openbell's command line: finds its packages and its database, then does as it is told."""

import os
import sys
from pathlib import Path

NEEDS_NO_DATABASE = frozenset({"help", "version", "--help", "--version"})
PROJECT_PYTHON = Path(__file__).absolute().parent / ".venv" / "bin" / "python"


def use_projects_packages() -> None:
    """Go on with the project's own Python where the system's was called, which has no packages."""
    if sys.prefix != sys.base_prefix:
        return  # an environment that somebody chose
    if os.access(PROJECT_PYTHON, os.X_OK):
        os.execv(PROJECT_PYTHON, [str(PROJECT_PYTHON), *sys.argv])  # noqa: S606 - no shell is meant


def require_packages() -> None:
    try:
        import django  # noqa: F401
    except ModuleNotFoundError:
        sys.exit("Openbell's packages are not installed here yet: `make run` installs them.")


def main() -> None:
    use_projects_packages()
    require_packages()
    from django.core.exceptions import ImproperlyConfigured

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trading.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    try:
        if command not in NEEDS_NO_DATABASE:
            from trading.infra import embedded

            try:
                embedded.provide_database()
            except embedded.EmbeddedDatabaseFailed as error:
                sys.exit(error.message)
        from django.conf import settings

        _ = settings.INSTALLED_APPS  # read now, so that a bad setting ends in a sentence
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
