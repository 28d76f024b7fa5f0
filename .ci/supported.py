"""
Say in one sentence why Openbell cannot run on this Python; say nothing where it can.

Read by whatever Python a machine has, also by one that is far too old: no syntax newer than that.
"""

import importlib
import platform
import sys

OLDEST, NEWEST = (3, 11), (3, 13)
# Where every pinned package has a wheel; elsewhere some would have to be compiled.
MACHINES = {"Linux": ("x86_64", "aarch64"), "Darwin": ("arm64",)}


def complaint(version, system, machine):
    """Return the sentence, or None: ``version`` is (major, minor), the rest as platform says it."""
    if not OLDEST <= tuple(version) <= NEWEST:
        found = ".".join(str(part) for part in version)
        return (
            "Openbell needs Python 3.11, 3.12 or 3.13, and this is "
            + found
            + ": name another with PYTHON=, as in `make run PYTHON=python3.12`."
        )
    if machine not in MACHINES.get(system, ()):
        return (
            "Openbell runs on Linux (x86-64, arm64) and on macOS (arm64), and this is "
            + system
            + " "
            + machine
            + "."
        )
    return None


def main():
    problem = complaint(sys.version_info[:2], platform.system(), platform.machine())
    if problem is None:
        try:
            importlib.import_module("ensurepip")
        except ImportError:
            problem = "Openbell needs Python's venv: `apt-get install python3-venv` brings it."
    if problem is not None:
        sys.exit(problem)


if __name__ == "__main__":
    main()
