"""The contract's suites, and what is special here."""

import numpy as np
from kindred_books.algorithm import Together
from kindred_books.rules import OldEnough
from kindred_books.vertical import VERTICAL

from recommender.data import Interactions, Items, Query
from recommender.testing import AlgorithmContract, VerticalContract


class TestVertical(VerticalContract):
    vertical = VERTICAL
    demo_size = 12


class TestTogether(AlgorithmContract):
    algorithm_class = Together


def test_what_has_an_age_limit_is_for_those_who_are_known_to_be_old_enough():
    items = Items(ids=np.arange(2), attributes=[{}, {"minimum_age": 16}])
    allowed = {age: OldEnough().allows(items, Query(person={"age": age})).tolist() for age in (None, 15, 16)}
    assert allowed == {None: [True, False], 15: [True, False], 16: [True, True]}


def test_what_everybody_reads_does_not_beat_what_the_same_readers_read():
    """All ten read book 2, but the two readers of book 0 are the two readers of book 1."""
    persons = [0, 0, 1, 1, *range(10)]
    books = [0, 1, 0, 1, *[2] * 10]
    model = Together().fit(Interactions.build(persons, books, n_persons=10, n_items=4), Items(ids=np.arange(4)))
    assert model.score(Query.of([2]))[1] < model.score(Query.of([0]))[1]
    assert model.explain(Query.of([0, 3]), 1).contributions.tolist() == [0.5, 0.0]
