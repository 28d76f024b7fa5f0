"""A quiet market is not a dead line: patience counts from the open, and grows."""

from dataclasses import replace
from datetime import timedelta

from marketdata.feeds.patience import Patience
from marketdata.feeds.tempo import Tempo
from tests.marketdata.build import T0
from tests.marketdata.providers.contract import always_open
from trading.kernel.clock import from_ns

SESSION = always_open(from_ns(T0))


def patience_at(standing_clock) -> Patience:
    patience = Patience(tempo=Tempo(now_ns=standing_clock, silence_s=60.0, silence_s_max=200.0))
    patience.begin(now=0.0)
    return patience


def test_the_quiet_before_the_open_is_not_counted(standing_clock):
    patience = patience_at(standing_clock)
    opened = replace(SESSION, opens_at=from_ns(standing_clock.ns) - timedelta(milliseconds=28))
    assert patience.silence(heard_ns=0, now=119.0, session=opened) == 0.0
    closed = replace(opened, is_open=False)
    assert patience.silence(heard_ns=0, now=9_999.0, session=closed) == 0.0
    standing_clock.ns += 61 * 10**9
    assert patience.silence(heard_ns=0, now=180.0, session=opened) > 60.0


def test_each_silent_connection_may_be_silent_for_longer_until_something_comes(standing_clock):
    patience = patience_at(standing_clock)
    spoken = 0

    def allowed() -> float:
        patience.begin(now=0.0)
        return next(
            seconds
            for seconds in range(1_000)
            if patience.silence(heard_ns=spoken, now=float(seconds), session=SESSION)
        )

    assert allowed() == 61
    patience.lose()
    assert allowed() == 121
    patience.lose()
    patience.lose()
    assert allowed() == 201  # the cap
    spoken = 1
    assert allowed() == 61
