"""``manage.py verify_records`` says what it found in plain words, and exits by it."""

import pytest
from django.core.management import CommandError, call_command

from tests.compliance.builders import tamper, write_three_streams

pytestmark = pytest.mark.django_db


def test_clean_records_exit_0(capsys: pytest.CaptureFixture[str]) -> None:
    write_three_streams()
    call_command("verify_records")
    assert capsys.readouterr().out == (
        "The records are intact: 15 records in 3 streams were read, each is as it was written.\n"
    )


def test_a_changed_record_exits_1_and_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    event_id = write_three_streams()[7]
    tamper("UPDATE eventlog_event SET actor = 'user:bob' WHERE id = %s", [event_id])
    with pytest.raises(SystemExit) as exit_:
        call_command("verify_records")
    assert exit_.value.code == 1
    assert capsys.readouterr().out == (
        "The records are NOT intact: 15 records in 3 streams were read, one problem was found.\n"
        f"First bad record: table eventlog_event, id {event_id}, stream order:a, seq 3: "
        "hash mismatch: its content is not what was recorded\n"
    )


def test_one_stream_can_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    write_three_streams()
    call_command("verify_records", "--stream", "order:b")
    assert "5 records in 1 streams" in capsys.readouterr().out


def test_an_unknown_stream_is_an_error() -> None:
    with pytest.raises(CommandError, match="there is no stream order:nobody"):
        call_command("verify_records", "--stream", "order:nobody")
