"""Transactions that say what they mean; ``django.db.transaction.atomic`` says three things."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from django.db import transaction as django_transaction


def transaction() -> AbstractContextManager[None]:
    """
    Open a transaction whose end is a commit: it cannot be nested in another.

    :raises RuntimeError: if a transaction is already open in this thread
    """
    return django_transaction.atomic(durable=True)


def savepoint() -> AbstractContextManager[None]:
    """Open a part of a transaction that can be undone alone. Needs an open transaction."""
    if not django_transaction.get_connection().in_atomic_block:
        raise RuntimeError("a savepoint needs a transaction around it")
    return django_transaction.atomic()


@contextmanager
def rehearsal() -> Iterator[None]:
    """Open a transaction that takes locks as another would, and changes nothing."""
    with transaction():
        yield
        django_transaction.set_rollback(True)


def after_commit(action: Callable[[], object]) -> None:
    """Run ``action`` once the open transaction is safe on disk; at once when there is none."""
    django_transaction.on_commit(action)


@contextmanager
def snapshot() -> Iterator[None]:
    """
    Open a transaction that reads the database as it is at one instant, and writes nothing.

    It has no number, so nobody waits for it. Inside another transaction, as tests wrap it, it reads
    what that one sees.
    """
    with transaction():
        connection = django_transaction.get_connection()
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
