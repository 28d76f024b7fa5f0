"""The desk takes accounts in turn: one that hands in thousands of commands delays nobody else."""

from collections import defaultdict
from concurrent.futures import wait
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from oms.contracts import CancelOrder
from oms.desk.commands import ExpireOrders, Waiting
from oms.desk.inbox import OF_ACCOUNT_MAX, TAKEN_MAX, Inbox, account_of
from tests.oms.conftest import order
from tests.oms.desks import WAIT, place
from trading.kernel.clock import utc_now
from trading.kernel.fix import OrdStatus
from trading.kernel.identifiers import new_id

ACCOUNTS = [new_id() for _ in range(7)]


def cancel(account_id: UUID, order_id: UUID | None = None) -> CancelOrder:
    return CancelOrder(
        account_id=account_id,
        order_id=order_id or new_id(),
        actor="user:test",
        request_id="",
        received_at=utc_now(),
    )


def rounds(inbox: Inbox[str]) -> list[list[Waiting | str]]:
    taken = []
    while items := inbox.take(seconds=0.01):
        taken.append(items)
    return taken


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 400)), max_size=12))
def test_each_account_is_taken_in_order_and_waits_for_a_few_of_each_other(arrivals) -> None:
    inbox: Inbox[str] = Inbox()
    handed_in: dict[UUID | None, list[Waiting]] = defaultdict(list)
    for number, count in arrivals:
        for _ in range(count):
            one = Waiting(cancel(ACCOUNTS[number]))
            inbox.put(one)
            handed_in[account_of(one)].append(one)
    taken = rounds(inbox)
    assert not inbox.has_backlog
    for account_id, commands in handed_in.items():
        mine = [
            [one for one in items if isinstance(one, Waiting) and account_of(one) == account_id]
            for items in taken
        ]
        assert [one for items in mine for one in items] == commands
        # Two rounds bring everybody's turn; nobody takes more than a share of one.
        assert any(mine[:2])
        assert max(map(len, mine)) <= OF_ACCOUNT_MAX
    assert all(len(items) <= TAKEN_MAX for items in taken)


def test_what_comes_beside_commands_waits_for_none() -> None:
    inbox: Inbox[str] = Inbox()
    for _ in range(1_000):
        inbox.put(Waiting(cancel(ACCOUNTS[0])))
    inbox.put(Waiting(ExpireOrders(now=utc_now())))
    inbox.put("tick")
    first, second, *_ = rounds(inbox)
    assert "tick" in first
    assert any(isinstance(one, Waiting) and account_of(one) is None for one in (*first, *second))


def test_all_that_is_left_comes_out_at_the_end() -> None:
    inbox: Inbox[str] = Inbox()
    for _ in range(500):
        inbox.put(Waiting(cancel(ACCOUNTS[0])))
    inbox.take(seconds=0)
    inbox.put("tick")
    assert len(inbox.take_all()) == 500 - OF_ACCOUNT_MAX + 1
    assert not inbox.has_backlog


@pytest.mark.django_db(transaction=True)
def test_one_accounts_mass_cancel_lets_the_others_orders_through(desk, alice, bob) -> None:
    resting = [
        desk.submit(order(alice, qty="1", limit="100.00", cl_ord_id=str(number)))
        for number in range(600)
    ]
    placed = [one.result(WAIT) for one in resting]
    canceled = [desk.submit(cancel(alice, one.id)) for one in placed]
    bought = place(desk, order(bob, qty="1"))
    assert bought.status == OrdStatus.PENDING_NEW
    assert not all(one.done() for one in canceled)  # they came before, and are not through
    done, undone = wait(canceled, WAIT)
    assert len(done) == 600
    assert not undone
