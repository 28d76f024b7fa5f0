"""A worker of its own process that fetches slowly, so that a test can kill it at any instant."""

import sys
import time

import django

django.setup()

from marketdata import interface  # noqa: E402 - Django comes first
from marketdata.domain.calendar import Calendar  # noqa: E402
from marketdata.operations import history_sources  # noqa: E402
from marketdata.store import sessions  # noqa: E402
from tests.marketdata.history.source import FakeSource  # noqa: E402

source = FakeSource(calendar=Calendar(sessions.read_days(path=sessions.SHIPPED)), days_per_page=1)
source.before_answer = lambda _number: time.sleep(0.02)
history_sources.register(name="fake", factory=lambda: source)
sys.stdout.write("ready\n")
sys.stdout.flush()
interface.run_backfills(is_stopping=lambda: False)
