"""Invariant: what somebody needs each of is among the symbols, whoever else changes his mind."""

from marketdata.domain.each_quote import EachQuote


def test_nobody_needs_any_until_he_says_so():
    assert EachQuote().symbols == frozenset()
    assert EachQuote(symbols=None).symbols is None


def test_needs_add_up_and_each_is_replaced_by_its_owner_alone():
    each = EachQuote()
    each.need(who="desk", symbols=["IBM", "AAPL"])
    each.need(who="stream", symbols=["IBM"])
    assert each.symbols == frozenset({"IBM", "AAPL"})
    each.need(who="desk", symbols=[])
    assert each.symbols == frozenset({"IBM"})


def test_who_needs_all_outweighs_the_others_until_he_does_no_more():
    each = EachQuote()
    each.need(who="desk", symbols=["IBM"])
    each.need(who="archive", symbols=None)
    assert each.symbols is None
    each.need(who="archive", symbols=())
    assert each.symbols == frozenset({"IBM"})
