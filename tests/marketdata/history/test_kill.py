"""``kill -9`` of the worker's process, again and again: the backfill ends whole."""

import os
import random
import subprocess
import sys
import time
from datetime import date

import pytest
from django.db import connection

from marketdata import interface
from marketdata.contracts import BackfillState, HistoryKind
from marketdata.models import Backfill, Coverage, MinuteBar
from marketdata.operations.load_security_master import load_security_master
from tests.marketdata.conftest import MASTER
from tests.waiting import until

KILLS = 3
ROWS_BEFORE_KILL = 64  # a day of this process or more is saved
SESSIONS, BARS = 62, 62 * 64  # the first quarter of 2023
DEADLINE_S = 120


def start() -> subprocess.Popen[str]:
    place = connection.settings_dict
    address = f"{place['USER']}:{place['PASSWORD']}@{place['HOST']}:{place['PORT']}"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.marketdata.history.kill_me"],
        env={
            **os.environ,
            "DATABASE_URL": f"postgresql://{address}/{place['NAME']}",
            "DJANGO_SETTINGS_MODULE": "trading.settings.test",
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_again_and_again_loses_and_doubles_nothing(fake, settings):
    load_security_master(path=settings.BASE_DIR / MASTER)
    wanted = interface.request_backfill(
        symbol="IBM",
        kind=HistoryKind.MINUTE_BARS,
        source="fake",
        first_date=date(2023, 1, 1),
        last_date=date(2023, 3, 31),
        requested_by="alice",
    )
    chance = random.Random("kill")
    seen = [0]
    for _ in range(KILLS):
        process = start()
        until(
            lambda: MinuteBar.objects.count() >= seen[-1] + ROWS_BEFORE_KILL,
            what="the worker to fetch more",
            seconds=DEADLINE_S,
        )
        time.sleep(chance.uniform(0, 0.05))  # at any instant of its work
        process.kill()
        process.wait()
        now = interface.get_backfill(backfill_id=wanted.id)
        assert now.rows_done == MinuteBar.objects.count() >= seen[-1]
        seen.append(now.rows_done)
        Backfill.objects.update(claimed_until=now.requested_at)  # its lease has run out
    assert start().wait(timeout=DEADLINE_S) == 0
    done = interface.get_backfill(backfill_id=wanted.id)
    assert done.state is BackfillState.DONE
    assert done.rows_done == MinuteBar.objects.count() == BARS
    assert Coverage.objects.count() == SESSIONS
    assert 0 < max(seen[1:]) < BARS, "the kills must meet it at work"
