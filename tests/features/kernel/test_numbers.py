from __future__ import annotations

import numpy as np

from pqlml.features.kernel.numbers import find_codes, find_numbers, number_in_order


def test_numbers_follow_the_first_occurrence() -> None:
    table, number, found = number_in_order(np.array([7, -3, 7, 0, -3]))
    assert number.tolist() == [0, 1, 0, 2, 1]
    assert found == 3
    assert find_numbers(table, np.array([0, -3, 8])).tolist() == [2, 1, -1]


def test_a_table_grows_and_keeps_fingerprints_apart_that_meet_in_a_slot() -> None:
    fingerprints = np.arange(5_000) << 40  # their last bits, which choose the slot, are all the same
    table, number, found = number_in_order(fingerprints)
    assert found == len(fingerprints)
    assert (number == np.arange(5_000)).all()
    assert (find_numbers(table, fingerprints[::-1]) == number[::-1]).all()
    assert (find_numbers(table, fingerprints + 1) == -1).all()


def test_codes_of_unnamed_events_are_neither_those_of_named_ones_nor_each_others() -> None:
    table, _, _ = number_in_order(np.array([11, -12]))
    codes = find_codes(table, np.array([-12, 11, 1, 2, -1, 0, -12]))
    assert codes[[0, 1, 6]].tolist() == [2, 1, 2]
    assert len(set(codes.tolist())) == 6
    assert (codes > 0).all()
