"""Sets of ids in few bytes."""

from __future__ import annotations

import numpy as np

from recommender.evaluation.item_sets import common, pack, union_size, unpack


def test_what_is_packed_comes_out_again_sorted_and_once():
    assert unpack(pack([7, 3, 7, 2**40])).tolist() == [3, 7, 2**40]
    assert unpack(pack([])).tolist() == []


def test_an_id_in_two_sets_counts_once():
    assert union_size([pack([1, 2, 3]), pack([3, 4]), pack([])]) == 4
    assert union_size([]) == 0
    assert common(pack([1, 2, 3]), pack([3, 4])) == 1


def test_a_set_of_neighbours_takes_less_than_a_byte_an_id():
    assert len(pack(np.arange(100_000) + 5_000_000)) < 50_000
