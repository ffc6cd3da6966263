"""A true explanation loses the item sooner than chance does; a false one does not."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.algorithms.content import Content, ContentConfig
from recommender.contracts import Algorithm
from recommender.data import Interactions, Items, Query
from recommender.evaluation.faithfulness import (
    Question,
    Standing,
    area,
    counterfactual_set,
    deleted,
    faithfulness,
    inserted,
    ranked,
    standing_of,
    steps_of,
)

N = 60


class Pairs(Algorithm):
    """Each event speaks for the next higher item alone, as loudly as it is strong."""

    slug = "pairs"
    name = {"en": "Pairs"}
    summary = {"en": "Pairs."}
    Config = ContentConfig

    def _fit(self, interactions, items, options): ...

    def _score(self, query):
        scores = np.zeros(self.n_items_, dtype=np.float32)
        np.add.at(scores, (query.items + 1) % self.n_items_, query.values)
        return scores


@pytest.fixture
def pairs():
    return Pairs().fit(Interactions.build([0], [0], n_persons=1, n_items=N), Items(ids=np.arange(N)))


def question(item: int, person: int = 0, wrong: bool = False) -> Question:
    """Ten events, of which only the one before `item` speaks for it."""
    others = [row for row in range(2, N, 3) if abs(row - item) > 2][:9]
    query = Query.of([*others[:5], item - 1, *others[5:]])
    told = np.zeros(10)
    told[0 if wrong else 5] = 1
    return Question(query, item, told, person)


def many(**rest) -> list[Question]:
    return [question(item, person, **rest) for person, item in enumerate(range(1, N, 3))]


def test_a_true_explanation_is_steeper_than_chance(pairs):
    told = faithfulness(pairs, many())
    assert told.deletion.explained < told.deletion.random
    assert told.deletion.gain.low > 0
    assert told.insertion.explained > told.insertion.random
    assert told.insertion.gain.low > 0


def test_a_false_explanation_is_not(pairs):
    told = faithfulness(pairs, many(wrong=True))
    assert told.deletion.gain.low <= 0
    assert told.insertion.gain.low <= 0


def test_one_event_is_enough_to_lose_an_item_that_one_event_brought_up(pairs):
    told = faithfulness(pairs, many(), k=10)
    assert told.set_size.explained == 1
    assert told.set_size.random > 3
    assert told.held == 0


def test_curves_begin_and_end_with_all_and_none(pairs):
    told = faithfulness(pairs, many())
    assert told.curves["deletion"][0] == told.curves["insertion"][-1] == 1
    assert told.curves["deletion"][-1] == told.curves["insertion"][0] == 0


def test_one_event_alone_proves_nothing(pairs):
    alone = Question(Query.of([3]), 4, np.ones(1), 0)
    with pytest.raises(ValueError, match="nothing to take away"):
        faithfulness(pairs, [alone])


def test_the_same_seed_gives_the_same_report(pairs):
    assert faithfulness(pairs, many(), seed=3) == faithfulness(pairs, many(), seed=3)


def test_an_item_that_scores_like_all_others_stands_in_the_middle(pairs):
    stand = standing_of(pairs, Query.of([3, 9]), 4)
    assert stand(np.zeros(2, dtype=bool)) == Standing(0.0, (N - 1) / 2)
    assert stand(np.ones(2, dtype=bool)).rank == 0.5  # tied with one other


def test_what_is_excluded_is_not_counted_above(pairs):
    stand = standing_of(pairs, Query.of([3], exclude=np.array([4], dtype=np.int32)), 7)
    assert stand(np.ones(1, dtype=bool)).rank == (N - 2) / 2


def test_deletion_and_insertion_walk_the_same_order_from_either_end():
    def stand(kept):
        return Standing(float(kept @ np.array([1.0, 2.0, 4.0])), 0)

    order = ranked(np.array([1.0, 2.0, 4.0]))
    assert [s.value for s in deleted(stand, order)] == [7, 3, 1, 0]
    assert [s.value for s in inserted(stand, order)] == [0, 4, 6, 7]


def test_the_area_of_a_straight_line_is_a_half():
    assert area(np.linspace(0, 1, 5), np.linspace(1, 0, 5)) == 0.5


def test_long_histories_are_walked_in_few_steps():
    steps = steps_of(500)
    assert (steps[0], steps[-1]) == (0, 500)
    assert len(steps) < 30
    assert steps_of(4).tolist() == [0, 1, 2, 3, 4]


def test_a_counterfactual_set_has_nothing_that_can_be_spared():
    def inside(kept):
        return bool(kept[1] or kept[3])

    assert counterfactual_set(inside, np.array([0, 1, 2, 3])).tolist() == [1, 3]


def test_there_is_no_counterfactual_set_where_the_history_does_not_matter():
    assert counterfactual_set(lambda kept: True, np.arange(3)) is None


def test_a_linear_models_contributions_are_steeper_than_chance():
    kinds = ["tea pot green leaf", "hammer nail steel tool", "novel story paper book"]
    items = Items(ids=np.arange(30), texts=[f"{kinds[row % 3]} {row}" for row in range(30)])
    fitted = Content(ContentConfig(words=1.0)).fit(Interactions.build([0], [0], n_persons=1, n_items=30), items)
    questions = []
    for person in range(12):
        query = Query.of([(person + step) % 27 for step in range(5)])
        item = int(fitted.recommend(replace(query, exclude=query.items), 1).items[0])
        questions.append(Question(query, item, fitted.explain(query, item).contributions, person))
    told = faithfulness(fitted, questions)
    assert told.deletion.gain.low > 0
    assert told.insertion.gain.low > 0
