import numpy as np
import pytest

from recommender.data import Interactions
from recommender.evaluation import PROTOCOLS, global_time, leave_one_out, random_split


def three_persons() -> Interactions:
    """Person 0 has four events, person 1 two, person 2 three, one of them a repetition."""
    return Interactions.build(
        [0, 0, 0, 0, 1, 1, 2, 2, 2], [0, 1, 2, 3, 4, 5, 1, 6, 1], times=np.arange(9), n_persons=3, n_items=7
    )


def many_events(n_persons: int = 30, each: int = 20) -> Interactions:
    random = np.random.default_rng(0)
    persons = np.repeat(np.arange(n_persons), each)
    return Interactions.build(
        persons,
        random.integers(0, 500, len(persons)),
        times=random.random(len(persons)),
        n_persons=n_persons,
        n_items=500,
    )


def test_leave_one_out_tests_on_the_last_event_and_validates_on_the_one_before():
    split = leave_one_out(three_persons())
    assert split.test.persons[0] == 0 and split.test.targets[0].tolist() == [3]
    assert split.validation.persons[0] == 0 and split.validation.targets[0].tolist() == [2]
    assert split.train.items[split.train.persons == 0].tolist() == [0, 1]


def test_a_test_question_knows_the_validation_event():
    split = leave_one_out(three_persons())
    assert split.test.queries[0].items.tolist() == [0, 1, 2]
    assert split.validation.queries[0].items.tolist() == [0, 1]


def test_persons_with_two_events_stay_in_training():
    split = leave_one_out(three_persons())
    assert 1 not in split.test.persons
    assert split.train.items[split.train.persons == 1].tolist() == [4, 5]


def test_an_answer_that_was_seen_before_is_no_question_with_the_seen_filter():
    assert 2 not in leave_one_out(three_persons()).test.persons
    assert 2 in leave_one_out(three_persons(), filter_seen=False).test.persons


def test_the_seen_filter_excludes_the_history_and_can_be_turned_off():
    assert leave_one_out(three_persons()).test.queries[0].exclude.tolist() == [0, 1, 2]
    assert len(leave_one_out(three_persons(), filter_seen=False).test.queries[0].exclude) == 0


def test_equal_times_keep_the_order_of_the_file():
    interactions = Interactions.build([0] * 4, [3, 2, 1, 0], times=np.zeros(4), n_persons=1, n_items=4)
    assert leave_one_out(interactions).test.targets[0].tolist() == [0]


def test_global_time_trains_on_nothing_that_is_later_than_the_cut():
    split = global_time(many_events())
    validation_starts = min(query.now for query in split.validation.queries)
    test_starts = min(query.now for query in split.test.queries)
    assert split.train.times.max() < validation_starts < test_starts
    assert len(split.train) == pytest.approx(0.8 * 600, abs=2)


def test_global_time_asks_for_newcomers_with_an_empty_history():
    interactions = Interactions.build(
        [0] * 9 + [1], [0, 1, 2, 3, 4, 5, 6, 7, 8, 0], times=np.arange(10), n_persons=2, n_items=9
    )
    split = global_time(interactions)
    assert split.test.persons.tolist() == [1]
    assert len(split.test.queries[0].items) == 0


def test_global_time_refuses_data_without_times():
    interactions = Interactions.build([0] * 4, [3, 2, 1, 0], times=np.zeros(4), n_persons=1, n_items=4)
    with pytest.raises(ValueError, match="times"):
        global_time(interactions)


def test_random_takes_a_tenth_of_each_person_for_test_and_validation():
    split = random_split(many_events(), seed=1, filter_seen=False)
    assert len(split.train) == 30 * 16
    assert len(split.test) == len(split.validation) == 30


def test_random_depends_on_the_seed_and_on_nothing_else():
    assert random_split(many_events(), seed=1).hash == random_split(many_events(), seed=1).hash
    assert random_split(many_events(), seed=1).hash != random_split(many_events(), seed=2).hash


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_event_is_both_learned_from_and_asked_for(protocol):
    interactions = many_events()
    split = PROTOCOLS[protocol](interactions, seed=0)
    assert split.protocol == protocol
    learned = set(zip(split.train.persons.tolist(), split.train.items.tolist(), strict=True))
    for held_out in (split.validation, split.test):
        for person, targets in zip(held_out.persons, held_out.targets, strict=True):
            assert not {(int(person), int(item)) for item in targets} & learned
