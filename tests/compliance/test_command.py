"""``manage.py verify_records`` says what it found in plain words, and exits by it."""

import stat
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.compliance.builders import tamper, write_three_streams

pytestmark = pytest.mark.django_db


INTACT = (
    "The records are intact: 15 records in 3 streams were read, each is as it was written; 8 rows "
    "are what their records tell.\n"
)


def test_clean_records_exit_0_and_begin_the_expectation(
    capsys: pytest.CaptureFixture[str], expectation: Path
) -> None:
    write_three_streams()
    call_command("verify_records")
    assert capsys.readouterr().out == (
        f"{INTACT}There was no expectation outside the database: {expectation} was begun now. What "
        "was taken away before cannot show against it.\n"
    )
    assert stat.S_IMODE(expectation.stat().st_mode) == 0o600
    call_command("verify_records")
    said = capsys.readouterr().out
    assert said.startswith(f"{INTACT}Expected outside the database: 15 records up to id ")


def test_an_option_chooses_the_file_of_the_expectation(
    capsys: pytest.CaptureFixture[str], expectation: Path, tmp_path: Path
) -> None:
    write_three_streams()
    other = tmp_path / "elsewhere" / "expected"
    call_command("verify_records", "--expectation", str(other))
    assert f"{other} was begun now" in capsys.readouterr().out
    assert other.exists() and not expectation.exists()


def test_a_changed_record_exits_1_and_is_named(
    capsys: pytest.CaptureFixture[str], expectation: Path
) -> None:
    event_id = write_three_streams()[7]
    tamper("UPDATE eventlog_event SET actor = 'user:bob' WHERE id = %s", [event_id])
    with pytest.raises(SystemExit) as exit_:
        call_command("verify_records")
    assert exit_.value.code == 1
    assert capsys.readouterr().out == (
        "The records are NOT intact: 15 records in 3 streams were read, one problem was found.\n"
        f"First bad record: table eventlog_event, id {event_id}, stream order:a, seq 3: "
        "hash mismatch: its content is not what was recorded\n"
        f"There is no expectation outside the database at {expectation}. None was begun, since the "
        "records are not intact.\n"
    )
    assert not expectation.exists()


def test_one_stream_can_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    write_three_streams()
    call_command("verify_records", "--stream", "order:b")
    assert "5 records in 1 streams" in capsys.readouterr().out


def test_an_unknown_stream_is_an_error() -> None:
    with pytest.raises(CommandError, match="there is no stream order:nobody"):
        call_command("verify_records", "--stream", "order:nobody")
