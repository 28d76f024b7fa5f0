"""The file of the expectation: begun once, then only added to, whatever a power cut leaves."""

import os
import stat
from pathlib import Path

import pytest
from django.core.management import call_command
from structlog.testing import capture_logs

from compliance.contracts import Extension, Problem
from compliance.domain.expected import Line, Link, Tally, compare
from compliance.expectation import ExpectationDamaged, LogShorterThanExpected
from compliance.interface import extend_expectation, verify_records, verify_records_nightly
from compliance.tasks import extend_expectation as task
from tests.compliance.builders import tamper, write, write_three_streams
from trading.kernel.clock import utc_now

pytestmark = pytest.mark.django_db


def extend() -> Extension:
    return extend_expectation(now=utc_now())


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def test_a_line_is_added_when_something_was_recorded(expectation: Path) -> None:
    write_three_streams()
    assert (extend(), extend()) == (Extension.BEGUN, Extension.UNCHANGED)
    write("order:c", "one")
    task()
    assert len(lines_of(expectation)) == 2
    assert stat.S_IMODE(expectation.stat().st_mode) == 0o600
    report = verify_records(expectation=expectation)
    assert report.problems == 0
    assert report.expected is not None and report.expected.records == 16


def test_an_empty_log_is_expected_to_be_empty(expectation: Path) -> None:
    assert (extend(), extend()) == (Extension.BEGUN, Extension.UNCHANGED)
    write_three_streams()
    assert extend() is Extension.EXTENDED
    assert verify_records(expectation=expectation).problems == 0


def test_a_file_that_is_lost_and_begun_anew_is_told(
    expectation: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_three_streams()
    verify_records_nightly(now=utc_now())
    call_command("verify_records")
    assert "earlier expectation is missing" not in capsys.readouterr().out
    expectation.unlink()
    with capture_logs() as logs:
        task()
    begun = next(entry for entry in logs if entry["event"] == "records_expectation_begun")
    assert (begun["path"], begun["log_level"]) == (str(expectation), "warning")
    call_command("verify_records")
    said = capsys.readouterr().out
    assert "which was begun at" in said and "earlier expectation is missing" in said


def test_a_line_that_a_power_cut_tore_is_written_again(expectation: Path) -> None:
    write_three_streams()
    extend()
    with expectation.open("ab") as file:
        file.write(b'{"at":"2026-')
    assert verify_records(expectation=expectation).problems == 0
    write("order:c", "one")
    extend()
    assert len(lines_of(expectation)) == 2
    assert verify_records(expectation=expectation).problems == 0


@pytest.mark.parametrize("damage", [b"nonsense\n", b"{}\n", b'{"at":1}\n', b"\xff\n", b"x" * 5000])
def test_a_damaged_line_is_named_and_nothing_is_added(expectation: Path, damage: bytes) -> None:
    write_three_streams()
    extend()
    with expectation.open("ab") as file:
        file.write(damage + b"\n")
    before = expectation.read_bytes()
    bad = verify_records(expectation=expectation).first_bad
    assert bad is not None and bad.problem is Problem.EXPECTATION_DAMAGED
    assert "line 2" in bad.detail
    write("order:c", "one")
    with pytest.raises(ExpectationDamaged):
        extend()
    assert expectation.read_bytes() == before


def test_an_emptied_file_is_not_a_new_one(expectation: Path) -> None:
    write_three_streams()
    extend()
    os.truncate(expectation, 0)
    bad = verify_records(expectation=expectation).first_bad
    assert bad is not None and bad.detail == "it holds no line"


def test_a_log_that_ends_too_early_stops_the_writer(expectation: Path) -> None:
    ids = write_three_streams()
    extend()
    tamper("DELETE FROM eventlog_event WHERE id = %s", [ids[-1]])
    with pytest.raises(LogShorterThanExpected):
        extend()


def test_what_is_wrong_between_two_lines_is_named_by_them(expectation: Path) -> None:
    first = write("order:a", "one", "two")
    extend()
    second = write("order:b", "one", "two")
    extend()
    write("order:c", "one")
    extend()
    tamper("DELETE FROM eventlog_event WHERE id = %s", [second[0]])
    report = verify_records(expectation=expectation)
    detail = next(bad.detail for bad in report.bad if bad.problem is Problem.UNEXPECTED)
    assert detail.startswith(f"behind id {first[-1]} and up to id {second[-1]}, 2 records in 1 new")
    assert "1 are there" in detail
    assert detail.endswith("and the log has 4")


def links(*numbers: int) -> list[Link]:
    return [Link(number, 1, bytes([number] * 32)) for number in numbers]


def line_of(*numbers: int) -> Line:
    tally = Tally()
    for link in links(*numbers):
        tally.add(link)
    return tally.line(at=utc_now())


@pytest.mark.parametrize(
    ("log", "is_expected"),
    [
        ((1, 2, 5, 9), True),
        ((1, 2, 5, 9, 10, 11), True),  # younger than the last line
        ((1, 2, 5), False),
        ((1, 2, 9), False),
        ((2, 5, 9), False),
        ((1, 2, 3, 5, 9), False),
        ((), False),
    ],
)
def test_every_record_up_to_a_line_counts(log: tuple[int, ...], is_expected: bool) -> None:
    lines = [line_of(), line_of(1, 2), line_of(1, 2, 5, 9)]
    assert (compare(iter(lines), links(*log)) is None) is is_expected
