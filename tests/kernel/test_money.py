"""The cash of trades never favours the order's owner, however its fills come."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from trading.kernel.fix import Side
from trading.kernel.money import ZERO, cost_of_buy, fill_amount, proceeds_of_sale
from trading.kernel.quantities import Price, Qty, exact_sum, notional

quantities = st.decimals("0.000000001", "1000000000", places=9).map(Qty)
prices = st.decimals("0.00000001", "1000000000", places=8).map(Price)
fills = st.lists(st.tuples(quantities, prices), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("gross", "cost", "proceeds"),
    [
        ("0.004676", "0.01", "0.00"),
        ("0.005000", "0.01", "0.00"),
        ("60.8333331725", "60.84", "60.83"),
        ("100", "100.00", "100.00"),
        ("0", "0.00", "0.00"),
    ],
)
def test_a_buy_is_rounded_up_and_a_sale_down(gross, cost, proceeds):
    assert cost_of_buy(Decimal(gross)) == Decimal(cost)
    assert proceeds_of_sale(Decimal(gross)) == Decimal(proceeds)


@given(fills=fills, side=st.sampled_from(Side))
def test_any_number_of_partial_fills_moves_what_the_exact_sum_rounded_once_is(fills, side):
    gross = moved = ZERO
    for qty, px in fills:
        after = exact_sum(gross, notional(qty=qty, px=px))
        moved += fill_amount(side=side, gross_before=gross, gross_after=after)
        gross = after
    assert moved == (cost_of_buy(gross) if side is Side.BUY else proceeds_of_sale(gross))
    favour = gross - moved if side is Side.BUY else moved - gross
    assert Decimal("-0.01") < favour <= 0


def test_a_gross_of_more_digits_than_a_decimal_keeps_by_itself_is_exact():
    qty, px = Qty(Decimal("123456789.123456789")), Price(Decimal("99999.12345678"))
    assert notional(qty=qty, px=px) == Decimal("12345570697134.20976420863907942")
