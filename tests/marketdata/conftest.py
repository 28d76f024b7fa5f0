"""What the tests of market data share."""

import pytest

from marketdata import interface
from marketdata.operations import read_ticks, run_feed
from marketdata.operations.load_security_master import load_security_master
from marketdata.store.recent import RecentTicks
from tests.marketdata.build import T0

MASTER = "marketdata/data/security_master.csv"


@pytest.fixture(autouse=True)
def _nothing_is_left_running():
    """The process's feed and what is remembered of the master end with each test."""
    yield
    run_feed._running = None
    run_feed.listeners.clear()
    run_feed.mark_listeners.clear()
    read_ticks._recent = RecentTicks()
    interface.forget_instruments()


@pytest.fixture
def master(db, settings):
    """The security master that ships with the product, loaded."""
    path = settings.BASE_DIR / MASTER
    load_security_master(path=path)
    return path


@pytest.fixture
def sign_in(client, django_user_model):
    """Sign Alice in with a role; return her browser."""

    def as_role(role):
        client.force_login(django_user_model.objects.create(username="alice", role=role))
        return client

    return as_role


class StandingClock:
    """A clock that tests move by hand; it starts at T0."""

    def __init__(self) -> None:
        self.ns = T0

    def __call__(self) -> int:
        return self.ns


@pytest.fixture
def standing_clock():
    return StandingClock()
