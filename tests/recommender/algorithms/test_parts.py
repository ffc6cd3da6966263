import numpy as np

from recommender.algorithms.parts import Part, most_interacted
from recommender.data import HeldOut, Interactions, Query


def test_a_part_renumbers_everything_alike():
    interactions = Interactions.build([0, 0, 0, 1, 1], [1, 3, 5, 3, 1], n_persons=2, n_items=6)
    validation = HeldOut(
        [Query.of([1, 0, 3], exclude=np.array([0, 1, 3])), Query.of([0]), Query.of([1])],
        [np.array([5]), np.array([1]), np.array([0])],
        np.array([0, 1, 2]),
    )
    part = Part.of(interactions, validation, 3)
    assert part.rows.tolist() == [1, 3, 5]
    assert part.interactions.items.tolist() == [0, 1, 2, 1, 0]
    assert part.validation.persons.tolist() == [0]
    assert part.validation.queries[0].items.tolist() == [0, 1]
    assert part.validation.queries[0].exclude.tolist() == [0, 1]
    assert part.validation.targets[0].tolist() == [2]


def test_the_most_interacted_items_are_those_with_most_events():
    interactions = Interactions.build([0, 1, 2, 3], [4, 4, 2, 0], n_persons=4, n_items=6)
    assert 4 in most_interacted(interactions, 1)
    assert most_interacted(interactions, 10).tolist() == list(range(6))
