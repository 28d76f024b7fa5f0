"""Whatever the platform does by itself has a name that staff can read."""

import re

from django.conf import settings

from trading.web.staff.directory import StaffDirectory

SOURCES = ("trading", "marketdata", "oms", "risk", "compliance", "bench")
DIRECTORY = "trading/web/staff/directory.py"
ACTOR = re.compile(r"""["'](system:[\w-]+)["']""")


def actors_in_the_code() -> set[str]:
    found = set()
    for source in SOURCES:
        for path in (settings.BASE_DIR / source).rglob("*.py"):
            if path != settings.BASE_DIR / DIRECTORY:
                found.update(ACTOR.findall(path.read_text()))
    return found


def test_every_actor_of_the_platform_itself_has_a_name_and_no_other(db) -> None:
    assert {"system:command-line", "system:sign-in"} <= actors_in_the_code()
    assert set(StaffDirectory().name_actors([])) == actors_in_the_code()


def test_staff_find_what_was_done_on_the_command_line(db) -> None:
    for term, part in (("command line", "system:command-line"), ("Sign-in", "system:sign-in")):
        _, parts = StaffDirectory().find_actors(term)
        assert parts == [part]
