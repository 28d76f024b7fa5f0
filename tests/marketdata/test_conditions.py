"""What a trade moves is told by the letters of the tape."""

import pytest

from marketdata.domain.conditions import (
    HIGH_LOW,
    LAST,
    LAST_IF_FIRST,
    LAST_RESORT,
    NOTHING,
    VOLUME,
    from_cta,
    moves,
)

ALL = VOLUME | HIGH_LOW | LAST | LAST_IF_FIRST | LAST_RESORT
LATE = VOLUME | HIGH_LOW | LAST_IF_FIRST | LAST_RESORT
ASIDE = VOLUME | LAST_RESORT


@pytest.mark.parametrize(
    ("letters", "moved"),
    [
        ((), ALL),
        (("@",), ALL),
        (("@", "F"), ALL),  # intermarket sweep
        (("@", "O"), ALL),  # opening print
        (("@", "6"), ALL),  # closing print
        (("@", "X"), ALL),  # cross
        (("@", "T"), ALL),  # extended hours
        (("@", "I"), VOLUME),  # odd lot
        (("@", "T", "I"), VOLUME),
        (("@", "W"), ASIDE),  # average price
        (("@", "F", "I"), VOLUME),
        (("C",), ASIDE),  # cash
        (("@", "7", "V"), ASIDE),  # contingent
        (("@", "H"), ASIDE),  # price variation
        (("@", "U"), ASIDE),
        (("@", "4"), LATE),  # derivatively priced
        (("@", "Z"), LATE),  # out of sequence
        (("@", "P"), LATE),  # prior reference price
        (("@", "4", "I"), VOLUME),
        (("@", "M"), NOTHING),  # official close
        (("@", "Q"), NOTHING),  # official open
        (("@", "9"), ALL & ~VOLUME),  # corrected close
        (("@", "?"), ALL),  # a letter that nobody knows yet
    ],
)
def test_a_trade_moves_what_all_its_letters_let_it_move(letters, moved):
    assert moves(letters) == moved


@pytest.mark.parametrize(
    ("cta", "ours"),
    [((" ",), ("@",)), (("B",), ("W",)), ((" ", "F", "I"), ("@", "F", "I")), (("J",), ("K",))],
)
def test_the_letters_of_new_york_are_read_as_what_they_mean(cta, ours):
    assert from_cta(cta) == ours


def test_an_average_price_of_new_york_is_not_taken_for_a_bunched_trade():
    assert moves(from_cta((" ", "B"))) == ASIDE
