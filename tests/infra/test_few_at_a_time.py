"""Heavy work is done by a few threads at once, and a failure gives its turn back."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock

import pytest

from trading.infra.few_at_a_time import few_at_a_time


def test_no_more_than_so_many_work_at_once():
    pair, lock, working, seen = Barrier(2, timeout=30), Lock(), set(), []

    @few_at_a_time(2)
    def work(number: int) -> int:
        with lock:
            working.add(number)
            seen.append(len(working))
        pair.wait()  # two do work at once
        with lock:
            working.discard(number)
        return number

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == list(range(8))
    assert max(seen) == 2


def test_work_that_fails_gives_its_turn_back():
    @few_at_a_time(1)
    def fail() -> None:
        raise LookupError("failed")

    for _ in range(3):
        with pytest.raises(LookupError, match="failed"):
            fail()
