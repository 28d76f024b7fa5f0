"""Counters that several change at once: nobody gains by it, nobody waits in a circle."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

from tests.identity.signing_in import PASSWORD, guess, make
from tests.waiting import until
from trading.identity.attempts import AttemptPaused, _digest, count_sign_in, forget_old_attempts
from trading.identity.interface import WrongPassword, change_password
from trading.identity.models import AttemptCounter, User
from trading.identity.pauses import Purpose
from trading.identity.sign_in import unlock_sign_in
from trading.infra.transactions import transaction
from trading.kernel.clock import utc_now

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("go_to")]


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        (waiting,) = cursor.fetchone()
    return bool(waiting)


def in_thread(work: Callable[[], Any]) -> Callable[[], Any]:
    def close_after() -> Any:
        try:
            return work()
        finally:
            connection.close()

    return close_after


def counter(**key: Any) -> AttemptCounter:
    defaults = {"purpose": Purpose.SIGN_IN, "subject": _digest("alice"), "counted_at": utc_now()}
    return AttemptCounter.objects.create(**(defaults | key))


def test_many_attempts_at_once_get_no_further_than_one_after_the_other() -> None:
    def one(_: int) -> bool:
        try:
            count_sign_in(username="alice", address="192.0.2.1", browser=None, now=utc_now())
        except AttemptPaused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(40))) == 4


def test_to_unlock_waits_for_an_attempt_without_holding_what_that_needs() -> None:
    make("alice")
    name = counter(address="")  # stands before the other one in the table
    pair = counter(address="192.0.2.1")
    with ThreadPoolExecutor(1) as pool:
        with transaction():
            AttemptCounter.objects.select_for_update().get(pk=pair.pk)
            user_id = User.objects.get(username="alice").id
            unlocked = pool.submit(
                in_thread(lambda: unlock_sign_in(user_id=user_id, actor="x", now=utc_now()))
            )
            until(waits_for_a_lock, what="the one who unlocks")
            AttemptCounter.objects.select_for_update(nowait=True).get(pk=name.pk)
        unlocked.result(timeout=30)


def test_a_counter_that_is_removed_meanwhile_is_made_again() -> None:
    old = counter(address="192.0.2.1")
    with ThreadPoolExecutor(1) as pool:
        with transaction():
            AttemptCounter.objects.select_for_update().get(pk=old.pk)
            counted = pool.submit(in_thread(guess))
            until(waits_for_a_lock, what="the attempt")
            old.delete()
        assert counted.result(timeout=30) is True
    assert AttemptCounter.objects.get(address="192.0.2.1", subject=_digest("alice")).attempts == 1


def test_what_is_in_use_is_not_forgotten() -> None:
    old = counter(address="192.0.2.1", counted_at=utc_now() - timedelta(days=2))
    with ThreadPoolExecutor(1) as pool, transaction():
        AttemptCounter.objects.select_for_update().get(pk=old.pk)
        pool.submit(in_thread(lambda: forget_old_attempts(now=utc_now()))).result(timeout=30)
    assert AttemptCounter.objects.filter(pk=old.pk).exists()


def test_of_two_changes_of_a_password_at_once_one_is_told_that_it_came_too_late() -> None:
    user_id = make("alice")

    def change(new: str) -> str:
        try:
            change_password(
                user_id=user_id, password=new, replaces=PASSWORD, actor="user:a", now=utc_now()
            )
        except WrongPassword:
            return ""
        return new

    with ThreadPoolExecutor(2) as pool:
        asked = [
            pool.submit(in_thread(partial(change, new)))
            for new in ("correct horse 1", "correct horse 2")
        ]
        changed = [one.result(timeout=30) for one in asked]
    (password,) = filter(None, changed)
    assert User.objects.get(id=user_id).check_password(password)
