"""A symbol's prices come from the best source that is well, and do not flutter between two."""

from hypothesis import given, strategies as st

from marketdata.domain.arbitration import Arbiter
from trading.kernel.clock import NS_PER_SECOND

SECOND = NS_PER_SECOND
BEHIND, HOLD = 30 * SECOND, 10 * SECOND


def arbiter() -> Arbiter:
    return Arbiter(sources=["first", "second"], behind_ns=BEHIND, hold_ns=HOLD)


def test_the_first_to_speak_is_selected_at_once():
    judge = arbiter()
    assert judge.hear(source="second", symbol="IBM", now_ns=0)
    assert judge.selected == {"IBM": "second"}


def test_a_better_one_is_gone_to_only_after_it_has_been_well_for_a_while():
    judge = arbiter()
    judge.hear(source="second", symbol="IBM", now_ns=0)
    assert not judge.hear(source="first", symbol="IBM", now_ns=1)
    assert not judge.hear(source="first", symbol="IBM", now_ns=HOLD)
    assert judge.hear(source="first", symbol="IBM", now_ns=HOLD + 1)
    assert not judge.hear(source="second", symbol="IBM", now_ns=HOLD + 2)


def test_a_lost_source_is_left_at_once_and_for_its_symbols_only():
    judge = arbiter()
    judge.hear(source="first", symbol="IBM", now_ns=0)
    judge.hear(source="second", symbol="IBM", now_ns=0)
    judge.hear(source="second", symbol="BAC", now_ns=0)
    assert judge.disconnect("first", now_ns=1) == ["IBM"]
    assert judge.selected == {"IBM": "second", "BAC": "second"}


def test_a_source_that_falls_behind_in_one_symbol_loses_that_one():
    judge = arbiter()
    for symbol in ("IBM", "BAC"):
        judge.hear(source="first", symbol=symbol, now_ns=0)
        judge.hear(source="second", symbol=symbol, now_ns=0)
    judge.hear(source="first", symbol="BAC", now_ns=BEHIND)
    assert judge.hear(source="second", symbol="IBM", now_ns=BEHIND + 1)
    assert judge.selected == {"IBM": "second", "BAC": "first"}


def test_a_quiet_symbol_keeps_its_source():
    judge = arbiter()
    judge.hear(source="first", symbol="IBM", now_ns=0)
    judge.hear(source="second", symbol="IBM", now_ns=0)
    assert judge.hear(source="first", symbol="IBM", now_ns=100 * BEHIND)


def test_when_all_are_gone_the_last_one_stays_until_one_returns():
    judge = arbiter()
    judge.hear(source="first", symbol="IBM", now_ns=0)
    assert judge.disconnect("first", now_ns=1) == []
    assert judge.selected == {"IBM": "first"}
    assert judge.hear(source="second", symbol="IBM", now_ns=2)


events = st.lists(
    st.tuples(
        st.sampled_from(["hear", "hear", "hear", "disconnect"]),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["IBM", "BAC"]),
        st.integers(1, 20 * SECOND),
    ),
    max_size=60,
)


@given(events)
def test_nobody_gone_is_selected_while_another_is_there_and_betters_wait(steps):
    judge = Arbiter(sources=["a", "b", "c"], behind_ns=BEHIND, hold_ns=HOLD)
    now = 0
    connected: set[str] = set()
    told: dict[str, dict[str, int]] = {"IBM": {}, "BAC": {}}
    began: dict[str, int] = {}  # when a source was last heard first after being gone
    for kind, source, symbol, wait in steps:
        now += wait
        before = dict(judge.selected)
        gone = connected & {source} if kind == "disconnect" else set()
        if kind == "hear":
            if source not in connected:
                began[source] = now
            connected.add(source)
            told[symbol][source] = now
            is_selected = judge.hear(source=source, symbol=symbol, now_ns=now)
            assert is_selected == (judge.selected[symbol] == source)
        else:
            connected.discard(source)
            judge.disconnect(source, now_ns=now)
        for name, selected in judge.selected.items():
            healthy = {
                each
                for each, ts in told[name].items()
                if each in connected
                and max(t for e, t in told[name].items() if e in connected) - ts <= BEHIND
            }
            changed = before.get(name) != selected
            if changed and name in before and selected < before[name]:
                old_is_well = before[name] in healthy
                assert not old_is_well or now - began[selected] >= HOLD
            if kind == "disconnect" and before[name] == source and source in gone:
                assert selected != source or not healthy
            if changed:
                assert selected in healthy
