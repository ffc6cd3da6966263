import numpy as np
import pytest

from recommender.contracts import EventView
from recommender.data import Items
from recommender.language.corpus import NO_ITEM, Corpus, Event
from recommender.language.interest_pairs import Draw, Sampling, divided, moments, questions

from .tiny import words


def event(item, signal=1.0):
    return Event(item, signal, 0.0, EventView("like", f"item {item}"))


def corpus(*histories, n_items=10, vectors=None):
    items = Items(np.arange(n_items), texts=[f"item {item}" for item in range(n_items)], vectors=vectors)
    return Corpus(
        items, [[event(*one) if isinstance(one, tuple) else event(one) for one in own] for own in histories], words
    )


def ask(data, seed=0, **sampling):
    return questions(data, range(len(data)), Sampling(**sampling), Draw(data), np.random.default_rng(seed))


def test_the_history_of_a_question_ends_before_its_target():
    data = corpus([0, 1, 2, 3])
    for question in ask(data, targets=3, hard=0.0):
        assert data.histories[0][question.before].item == question.items[0]
        assert question.items[0] not in {told.item for told in data.histories[0][: question.before]}


def test_an_item_is_asked_about_at_the_first_event_about_it_only():
    events = [event(0), event(1, 0.0), event(1), event(NO_ITEM), event(0), event(2)]
    assert list(moments(events)) == [0, 5]


def test_what_was_turned_down_is_a_no_of_its_own():
    (question,) = ask(corpus([0, (1, -1.0)]), hard=0.0)
    assert (question.items, question.labels, question.kinds) == ((1,), (False,), ("refused",))


def test_items_that_the_person_met_at_any_time_are_never_drawn():
    data = corpus([0, 1, 2, (3, -1.0)], [4, 5, 6, 7, 8, 9])
    drawn = {item for q in ask(data, negatives=5, targets=0) if q.person == 0 for item in q.items if q.labels[0]}
    assert drawn & {0, 3} == set()
    assert len(drawn) > 2


def test_popular_items_are_drawn_as_often_as_they_are_liked():
    data = corpus([0, 1], *[[0, 2]] * 30, *[[0, 3]] * 10)
    draw, random = Draw(data), np.random.default_rng(0)
    sampling = Sampling(negatives=1, hard=0.0)
    counts = np.zeros(10)
    for _ in range(2000):
        ((item, kind),) = draw([event(0)], {0, 1}, sampling, random)
        counts[item] += kind == "popular"
    assert counts[2] / counts[3] == pytest.approx(3, rel=0.15)
    assert counts.sum() == counts[2] + counts[3]


def test_hard_items_are_those_that_were_liked_together():
    data = corpus([0, 1], [0, 2], [0, 2], [5, 6])
    assert list(Draw(data).near([event(0)])[:2]) == [2, 1]


def test_hard_items_are_the_nearest_by_vector_where_there_are_vectors():
    vectors = np.eye(10, dtype=np.float32)
    vectors[7] = 0.9 * vectors[0]
    data = corpus([0, 1], [5, 6], vectors=vectors)
    assert list(Draw(data).near([event(0)])) == [7]


def test_a_small_catalogue_gives_as_many_as_there_are():
    (question,) = ask(corpus([0, 1], n_items=4), negatives=8, hard=0.5, popularity=0.0)
    assert sorted(question.items) == [1, 2, 3]


def test_the_same_seed_asks_the_same():
    data = corpus(*[[a, (a + 1) % 10, (a + 3) % 10] for a in range(10)])
    assert ask(data, seed=3) == ask(data, seed=3)
    assert ask(data, seed=3) != ask(data, seed=4)


def test_persons_learn_or_validate_and_never_both():
    learn, held = divided(range(20), 0.25, np.random.default_rng(0))
    assert (len(learn), len(held)) == (15, 5)
    assert set(learn) | set(held) == set(range(20))
