"""
Invariants of sorting a stream:

- each message that is no quote, that looks wrong or that somebody needs is told, in order;
- of every symbol the last quote is told, and told last;
- nothing is told that did not come, and nothing twice;
- if somebody needs all, everything is told at once and nothing waits.
"""

from dataclasses import dataclass

import pytest
from hypothesis import given, strategies as st

from marketdata.domain.each_quote import EachQuote
from marketdata.feeds.newest_quotes import NewestQuotes


@dataclass(frozen=True)
class PlainQuote:
    symbol: str
    bid_px: float
    ask_px: float
    number: int

    @property
    def is_plausible(self):
        return 0 < self.bid_px <= self.ask_px


@dataclass(frozen=True)
class PlainTrade:
    symbol: str
    number: int


@dataclass(frozen=True)
class Notice:
    number: int


def same(message, ts_init):
    assert ts_init == 7
    return message


def sorter(symbols):
    return NewestQuotes(
        table={PlainQuote: same, PlainTrade: same},
        quote=PlainQuote,
        each_quote=EachQuote(symbols=symbols),
    )


SYMBOLS = st.sampled_from(["IBM", "AAPL", "SPY"])
PRICES = st.sampled_from([0.0, 1.0, 2.0, float("nan")])
MESSAGES = st.one_of(
    st.builds(PlainQuote, symbol=SYMBOLS, bid_px=PRICES, ask_px=PRICES, number=st.just(0)),
    st.builds(
        PlainQuote, symbol=SYMBOLS, bid_px=st.just(1.0), ask_px=st.just(2.0), number=st.just(0)
    ),
    st.builds(PlainTrade, symbol=SYMBOLS, number=st.just(0)),
    st.builds(Notice, number=st.just(0)),
)


def numbered(messages):
    return [type(each)(**{**vars(each), "number": at}) for at, each in enumerate(messages)]


@given(
    messages=st.lists(MESSAGES).map(numbered),
    cuts=st.lists(st.booleans()),
    needed=st.one_of(st.none(), st.sets(SYMBOLS)),
)
def test_what_must_be_told_is_told(messages, cuts, needed):
    quotes = sorter(needed)
    told, others = [], []
    for message, is_settled in zip(messages, [*cuts, *[False] * len(messages)], strict=False):
        updates, rest = quotes.sort([message], 7)
        told += updates + (quotes.settle(7) if is_settled else [])
        others += rest
    if needed is None:
        assert len(quotes) == 0
    told += quotes.settle(7)
    assert len(quotes) == 0

    numbers = [each.number for each in told]
    assert len(numbers) == len(set(numbers))
    assert set(numbers) <= {each.number for each in messages}
    assert others == [each for each in messages if isinstance(each, Notice)]
    must = [
        each.number
        for each in messages
        if isinstance(each, PlainTrade)
        or (
            isinstance(each, PlainQuote)
            and (needed is None or each.symbol in needed or not each.is_plausible)
        )
    ]
    assert [number for number in numbers if number in set(must)] == must
    for symbol in ("IBM", "AAPL", "SPY"):
        came = [each.number for each in messages if _is_quote_of(each, symbol)]
        heard = [each.number for each in told if _is_quote_of(each, symbol)]
        assert heard == sorted(heard)
        assert heard[-1:] == came[-1:]


def _is_quote_of(message, symbol):
    return isinstance(message, PlainQuote) and message.symbol == symbol


def test_a_quote_that_cannot_be_read_takes_no_other_with_it():
    def strict(message, ts_init):
        if message.number == 1:
            raise ValueError("no time")
        return message

    quotes = NewestQuotes(table={PlainQuote: strict}, quote=PlainQuote, each_quote=EachQuote())
    came = [PlainQuote(symbol, 1.0, 2.0, at) for at, symbol in enumerate(("IBM", "AAPL", "SPY"))]
    quotes.sort(came, 7)
    with pytest.raises(ValueError, match="no time"):
        quotes.settle(7)
    assert [each.symbol for each in quotes.settle(7)] == ["IBM", "SPY"]
