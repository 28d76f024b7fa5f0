"""The business day is started by a part of its own, whatever the background tasks do."""

import pytest

from oms.models import Account
from tests.oms.conftest import alice, instruments  # noqa: F401 - fixtures
from tests.waiting import until
from trading import runtime
from trading.celery import app
from trading.kernel.clock import new_york_date, utc_now

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_part_takes_the_base_of_accounts_that_have_none(alice, monkeypatch):  # noqa: F811
    monkeypatch.setattr(runtime, "DAY_LOOK_SECONDS", 0.05)
    assert not any("start_day" in one["task"] for one in app.conf.beat_schedule.values())
    part = runtime.day_start_part()
    assert part.name == "day start"
    part.start()
    try:
        for _ in range(2):  # at its start, and again while it stands
            Account.objects.update(day_start_date="2026-01-02", day_start_is_final=False)
            until(
                lambda: Account.objects.get(id=alice).day_start_date == new_york_date(utc_now()),
                what="the day's base",
            )
            assert part.trouble() == "" or part.wait_until_standing(5)
        assert part.state().deaths == 0
    finally:
        part.stop()
