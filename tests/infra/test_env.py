"""A setting that cannot be meant stops the start, by its name."""

from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured

from trading.settings import env


@pytest.mark.parametrize("text", ["-1", "1.5", "one", "٣"])
def test_a_count_is_a_whole_number(monkeypatch, text: str) -> None:
    monkeypatch.setenv("N", "2")
    assert env.count("N", 0) == 2
    monkeypatch.setenv("N", text)
    with pytest.raises(ImproperlyConfigured, match="N must be a whole number"):
        env.count("N", 0)


@pytest.mark.parametrize("text", ["0", "-5", "1.001", "2000.01", "1e99", "NaN", "Infinity", "much"])
def test_dollars_are_whole_cents_between_a_cent_and_the_most(monkeypatch, text: str) -> None:
    most = Decimal(2000)
    for good in ("0.01", "100.5", "2000.00"):
        assert env.dollars("CASH", good, highest=most) == Decimal(good)
    monkeypatch.setenv("CASH", text)
    with pytest.raises(ImproperlyConfigured, match=r"CASH .* from \$0.01 to \$2,000, not"):
        env.dollars("CASH", "1", highest=most)


def test_words_that_are_not_known_are_named(monkeypatch) -> None:
    known = ("cash", "margin")
    assert env.some_of("KINDS", known, default=("cash",)) == ("cash",)
    monkeypatch.setenv("KINDS", "Margin, cash")
    assert env.some_of("KINDS", known, default=("cash",)) == ("margin", "cash")
    monkeypatch.setenv("KINDS", "cash,options")
    with pytest.raises(ImproperlyConfigured, match="not 'options'"):
        env.some_of("KINDS", known, default=("cash",))
