"""JSON that no document promises, and JSON that is nearly what it should be."""

import asyncio
from collections.abc import Mapping

from hypothesis import strategies as st

from marketdata.feeds.rest import Answer, Params

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(2**80), max_value=2**80),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["", "NaN", "2024-02-30", "2018-01-02T14:30:00.000Z", "AAPL", "\ud800"[:0]]),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def nearly(true: Mapping[str, object]) -> st.SearchStrategy[dict[str, object]]:
    """Generate the object with some of its fields changed for anything, or left out."""
    changed = st.dictionaries(st.sampled_from(sorted(true)), values, max_size=len(true))
    gone = st.sets(st.sampled_from(sorted(true)), max_size=2)
    return st.builds(
        lambda new, absent: {
            name: value for name, value in {**true, **new}.items() if name not in absent
        },
        changed,
        gone,
    )


class FixedRest:
    """Answers every question with one body."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def get(self, path: str, params: Params | None = None) -> Answer:
        del path, params
        await asyncio.sleep(0)
        return Answer(status=200, headers={}, body=self.body)
