"""A part that dies or ends is started again, and says how it died; one that hangs is told."""

import time

import pytest

from tests.waiting import until
from trading.infra import supervision
from trading.infra.supervision import Part


def live_until_stopped(part: Part) -> None:
    part.stands()
    while not part.wait(0.01):
        part.beat()


def test_it_is_in_trouble_until_it_stands_and_after_it_has_stopped():
    part = Part(name="test", live=live_until_stopped)
    assert part.trouble() == "not started"
    part.start()
    assert part.wait_until_standing(10)
    assert part.trouble() == ""
    part.stop()
    assert part.trouble() == "not started"
    assert part.state().deaths == 0


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit("enough")])
def test_it_dies_tells_why_and_starts_again_by_the_same_path(error):
    lives = []

    def live(part):
        lives.append(part)
        if len(lives) < 4:
            raise error
        live_until_stopped(part)

    part = Part(name="test", live=live)
    part.start()
    assert part.wait_until_standing(10)
    state = part.state()
    assert (state.trouble, state.deaths) == ("", 3)
    assert state.last_death is not None
    assert state.last_death.reason == f"{type(error).__name__}: {error}"
    part.stop()


def test_one_that_ends_unasked_has_died():
    part = Part(name="test", live=lambda part: part.stands())
    part.start()
    until(lambda: part.state().deaths, what="its death")
    until(lambda: "it ended unasked" in part.trouble(), what="its trouble")
    part.stop()


def test_the_pause_grows_up_to_a_bound_and_starts_small_after_a_long_life(monkeypatch):
    part = Part(name="test", live=live_until_stopped)
    pauses = []
    for _ in range(20):
        part._note_death("no")
        pauses.append(part._pause())
    assert pauses[:4] == [0.1, 0.2, 0.4, 0.8]
    assert pauses[-1] == supervision.PAUSE_SECONDS_MAX
    part._stood_at = time.monotonic() - supervision.SETTLED_SECONDS - 1
    part._note_death("no")
    assert part._pause() == supervision.PAUSE_SECONDS_MIN


def test_one_that_hangs_is_told_by_its_lag():
    def hang(part):
        part.stands()
        part.wait(60)

    part = Part(name="test", live=hang, lag_seconds_max=0.05)
    part.start()
    until(lambda: "behind by" in part.trouble(), what="its lag to be told")
    part.stop()


def test_a_stop_ends_the_pause_between_two_lives():
    def die(part):
        raise ValueError("no")

    part = Part(name="test", live=die)
    part.start()
    until(lambda: part.state().deaths >= 3, what="some deaths")
    part.stop()
    assert part.trouble() == "not started"
