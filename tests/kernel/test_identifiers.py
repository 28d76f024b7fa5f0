"""Ids grow, whatever the clock does."""

from concurrent.futures import ThreadPoolExecutor

from trading.kernel.identifiers import new_id


def test_ids_of_one_process_always_grow():
    ids = [new_id() for _ in range(20_000)]
    assert ids == sorted(set(ids))


def test_ids_are_version_7_uuids():
    made = new_id()
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"


def test_threads_never_get_the_same_id():
    with ThreadPoolExecutor(8) as threads:
        ids = list(threads.map(lambda _: new_id(), range(4_000)))
    assert len(set(ids)) == len(ids)
