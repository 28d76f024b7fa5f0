"""A long background task never takes a second thread from those that cannot wait."""

from threading import Event, Thread

import pytest

from marketdata import tasks

LONG = ["keep_tick_archive", "load_listings_daily", "load_listings_first"]
TASKS = [tasks.keep_tick_archive, tasks.load_listings, tasks.load_first_listings]


@pytest.mark.parametrize(("work", "task"), [*zip(LONG, TASKS, strict=True)])
def test_a_task_that_is_at_work_returns_at_once_when_the_clock_asks_again(
    monkeypatch, work: str, task
) -> None:
    begun, may_end, calls = Event(), Event(), []

    def take_long(**_: object) -> None:
        calls.append(work)
        begun.set()
        assert may_end.wait(10)

    monkeypatch.setattr(f"marketdata.interface.{work}", take_long)
    first = Thread(target=task)
    first.start()
    assert begun.wait(10)
    task()
    assert calls == [work]
    may_end.set()
    first.join()
    task()
    assert calls == [work, work]


def test_a_task_that_failed_is_done_the_next_time(monkeypatch) -> None:
    def fail(**_: object) -> None:
        raise OSError("no space")

    with monkeypatch.context() as broken:
        broken.setattr("marketdata.interface.keep_tick_archive", fail)
        with pytest.raises(OSError, match="no space"):
            tasks.keep_tick_archive()
    done = []
    monkeypatch.setattr("marketdata.interface.keep_tick_archive", lambda **_: done.append(1))
    tasks.keep_tick_archive()
    assert done == [1]
