"""The platform's own tape by pages: each tick once, be it in memory, in a spool or in a chunk."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies as st

from marketdata.contracts import (
    HistoricalTrade,
    Place,
    Quote,
    Trade,
    TradeCancel,
    TradeCorrection,
    TradeUpdate,
)
from marketdata.domain.timeframes import midnight_ns
from marketdata.operations import archive, read_ticks, run_feed, tick_pages
from marketdata.operations.archive import TickArchive
from marketdata.store import archived, recent
from marketdata.store.compaction import compact
from marketdata.store.ticks import seal
from tests.marketdata.archive.ticks import fill, spool_of
from tests.marketdata.build import T0, cancel, changed, correction, quote, trade
from trading.kernel import clock

FEW = hypothesis_settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
MIDNIGHT = midnight_ns(clock.new_york_date(clock.from_ns(T0))) + 24 * 3_600 * 10**9


@pytest.fixture
def place(settings, tmp_path_factory, monkeypatch):
    """An empty archive each time it is called, which the running process writes to and reads."""

    @contextmanager
    def make() -> Iterator[Path]:
        settings.VAR = tmp_path_factory.mktemp("var")
        settings.FEED = settings.FEED or "simulated"
        with monkeypatch.context() as patch:
            patch.setattr(recent, "RING_MIN", 1)
            patch.setattr(recent, "TICKS_MAX", 6)
            read_ticks.follow()
            yield archive.folder()
        archive._archive = None

    return make


def accept(updates: Sequence[Any]) -> None:
    for update in updates:
        for listener in list(run_feed.listeners):
            listener(update)


def pages(kind: str, *, symbols: Sequence[str] = ("IBM",), limit: int, **asked: Any) -> list[Any]:
    """Return the pages' rows of IBM, one after the other."""
    read = getattr(tick_pages, f"read_{kind}")
    found: list[Any] = []
    resume: Place | None = None
    while True:
        page = read(
            tick_pages.Asked(
                **{
                    "symbols": symbols,
                    "ts_from": 0,
                    "ts_to": 1 << 62,
                    "newest_first": False,
                    "now": clock.utc_now(),
                    **asked,
                },
                limit=limit,
                resume=resume,
            )
        )
        assert sum(map(len, page.rows.values())) <= limit
        found += page.rows.get("IBM", [])
        if (resume := page.next_place) is None:
            return found


# Moments around a New York midnight, so that they are of two days and many share one.
NEAR = st.integers(-3, 3).map(lambda ns: MIDNIGHT + ns)
UPDATES = st.one_of(
    st.builds(trade, ts_event=NEAR, trade_id=st.integers(1, 6)),
    st.builds(trade, ts_event=NEAR, symbol=st.just("BAC")),
    st.builds(
        correction, ts_event=NEAR, original_trade_id=st.integers(1, 6), trade_id=st.integers(1, 9)
    ),
    st.builds(cancel, ts_event=NEAR, trade_id=st.integers(1, 9)),
    st.builds(quote, ts_event=NEAR, bid_size=st.integers(1, 3)),
)


@given(
    updates=st.lists(UPDATES, max_size=24),
    cuts=st.lists(st.integers(0, 24), min_size=3, max_size=3).map(sorted),
    limit=st.integers(1, 5),
    newest_first=st.booleans(),
)
@FEW
def test_pages_of_any_size_are_the_whole_tape_in_both_orders(
    place, updates, cuts, limit, newest_first
):
    """Invariant: each accepted tick of the range is told once, in order, wherever it lies."""
    with place() as root:
        write(root, updates, cuts)
        asked = {"limit": limit, "newest_first": newest_first}
        trades, quotes = pages("trades", **asked), pages("quotes", **asked)
    if newest_first:
        trades.reverse()
        quotes.reverse()
    assert trades == tape_of(updates)
    assert quotes == sorted(
        (each for each in updates if isinstance(each, Quote)), key=lambda each: each.ts_event
    )


def write(root: Path, updates: Sequence[Any], cuts: Sequence[int]) -> None:
    """Lay what was accepted first into a compacted chunk, then a young one, a spool, the memory."""
    numbered = list(enumerate(updates, start=1))
    ends = [0, *cuts]
    compacted, young, open_ = (numbered[begin:end] for begin, end in pairwise(ends))
    lay(root, compacted)
    compact(root, today="99991231")
    lay(root, young)
    lay(root, open_, is_sealed=False)
    for seq, update in numbered[: cuts[-1]][-2:]:
        read_ticks._recent.add(seq, update)  # on the disk, and remembered still
    archive._archive = TickArchive(root)  # nobody writes: what it takes waits
    accept(updates[cuts[-1] :])


def lay(root: Path, numbered: Sequence[tuple[int, Any]], *, is_sealed: bool = True) -> None:
    by_day: dict[str, list[tuple[int, Any]]] = {}
    for seq, update in numbered:
        by_day.setdefault(day_of(update), []).append((seq, update))
    for day, of_day in by_day.items():
        spool = spool_of(root / day, of_day)
        if is_sealed:
            seal(spool)


def day_of(update: Any) -> str:
    return f"{clock.new_york_date(clock.from_ns(update.ts_event)):%Y%m%d}"


def tape_of(updates: Sequence[Any]) -> list[HistoricalTrade]:
    """Return IBM's prints in order, each with what was said of it later, by the plainest way."""
    found = []
    for number, each in enumerate(updates):
        if not isinstance(each, Trade | TradeCorrection) or each.symbol != "IBM":
            continue
        said = None if isinstance(each, Trade) else TradeUpdate.CORRECTED
        for later in updates[number + 1 :]:
            if day_of(later) != day_of(each):
                continue
            if isinstance(later, TradeCancel) and later.trade_id == each.trade_id:
                said = TradeUpdate.CANCELED
                break
            if isinstance(later, TradeCorrection) and later.original_trade_id == each.trade_id:
                said = TradeUpdate.INCORRECT
                break
        found.append(historical(each, said))
    return sorted(found, key=lambda print_: print_.ts_event)


def historical(tick: Trade | TradeCorrection, update: TradeUpdate | None = None) -> HistoricalTrade:
    names = set(HistoricalTrade.__struct_fields__) - {"update"}
    return HistoricalTrade(**{name: getattr(tick, name) for name in names}, update=update)


# --- The archive at work --------------------------------------------------------------------------
def test_nothing_is_missing_or_told_twice_while_it_is_written_sealed_and_compacted(
    place, monkeypatch
):
    monkeypatch.setattr(archive, "WRITE_S", 0.001)
    monkeypatch.setattr(archive, "SEAL_NS", 3_000_000)
    with place() as root:
        kept = archive._archive = TickArchive(root)
        kept.start()
        stopping = Event()

        def keep() -> None:
            while not stopping.is_set():
                compact(root, today="99991231")

        keeper = Thread(target=keep)
        keeper.start()
        try:
            for count in range(0, 2_000, 100):
                # Newer and newer, but each tenth comes late.
                accept(
                    [
                        trade(trade_id=n, ts_event=T0 + (n if n % 10 else n // 2))
                        for n in range(count, count + 100)
                    ]
                )
                told = pages("trades", limit=997)
                assert sorted(each.trade_id for each in told) == list(range(count + 100))
                times = [each.ts_event for each in told]
                assert times == sorted(times)
        finally:
            stopping.set()
            keeper.join()
            archive._archive = None
            kept.stop()
        assert kept.dropped == 0
        assert [each.trade_id for each in pages("trades", limit=10_000)] == [
            each.trade_id for each in told
        ]


def test_what_the_archive_had_to_drop_is_told_while_it_is_remembered(place):
    with place() as root:
        archive._archive = TickArchive(root, capacity=1)
        accept([trade(trade_id=number, ts_event=T0 + number) for number in (1, 2, 3)])
        assert archive._archive.dropped == 2
        assert [each.trade_id for each in pages("trades", limit=2)] == [1, 2, 3]


def test_a_busy_symbols_ring_is_shorter_than_what_waits_and_nothing_is_missing(place):
    with place() as root:
        archive._archive = TickArchive(root)
        accept([trade(trade_id=number, ts_event=T0 + number) for number in range(9)])
        assert len(read_ticks._recent.of(Trade, "IBM")[0]) == 3
        assert [each.trade_id for each in pages("trades", limit=4)] == list(range(9))


def test_what_is_remembered_is_not_looked_for_on_the_disk(place, monkeypatch):
    with place() as root:
        kept = archive._archive = TickArchive(root)
        kept.start()
        accept([trade(trade_id=number, ts_event=T0 + number) for number in (1, 2, 3)])
        kept.stop()
        with monkeypatch.context() as patch:
            patch.setattr(archived, "_ask", None)  # whoever looks into a chunk fails
            assert [each.trade_id for each in pages("trades", limit=2)] == [1, 2, 3]
        fill(root, [[trade(trade_id=0)]])  # of an earlier session
        assert [each.trade_id for each in pages("trades", limit=2)] == [0, 1, 2, 3]


# --- Whose ticks ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("feed", "sources"),
    [("simulated", ["simulated"]), ("alpaca", ["alpaca", "polygon"]), ("replay:/x", [])],
)
@pytest.mark.django_db  # which providers are configured is asked
def test_the_past_of_another_market_is_not_told(place, settings, feed, sources):
    settings.FEED = feed
    with place() as root:
        everything = [
            changed(trade(ts_event=T0 + number), source=source)
            for number, source in enumerate(("simulated", "alpaca", "polygon"))
        ]
        fill(root, [everything])
        assert [each.source for each in pages("trades", limit=2)] == sources


def test_a_replay_is_told_from_memory(place, settings):
    settings.FEED = "replay:/somewhere"
    with place() as root:
        fill(root, [[trade(trade_id=1)]])
        accept([trade(trade_id=2), correction(original_trade_id=2, trade_id=3)])
        assert pages("trades", limit=5) == [
            historical(trade(trade_id=2), TradeUpdate.INCORRECT),
            historical(correction(trade_id=3), TradeUpdate.CORRECTED),
        ]
