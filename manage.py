#!/usr/bin/env python
"""Openbell's command line: finds its database, then does as it is told."""

import os
import sys

NEEDS_NO_DATABASE = frozenset({"help", "version", "--help", "--version"})


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trading.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command not in NEEDS_NO_DATABASE:
        from trading.infra import embedded

        try:
            embedded.provide_database()
        except embedded.EmbeddedDatabaseFailed as error:
            sys.exit(error.message)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
