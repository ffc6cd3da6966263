import json

import numpy as np
import pytest

from recommender.algorithms.graph import Graph
from recommender.algorithms.popularity import Popularity
from recommender.data import HeldOut, Interactions, Items
from recommender.evaluation import Report, evaluate, leave_one_out


@pytest.fixture
def world():
    """Everybody walks the same circle of ten items, each from another start."""
    persons = np.repeat(np.arange(20), 6)
    items = (np.tile(np.arange(6), 20) + persons) % 10
    split = leave_one_out(Interactions.build(persons, items, n_persons=20, n_items=10))
    catalogue = Items(ids=np.arange(10), vectors=np.eye(10, dtype=np.float32))
    return split, catalogue


def report_of(algorithm, world) -> Report:
    split, items = world
    return evaluate(algorithm.fit(split.train, items), split.test, split.train, items, ks=(1, 5))


def test_an_algorithm_that_follows_the_circle_is_always_right(world):
    report = report_of(Graph(), world)
    assert report.metrics["recall@1"] == 1
    assert report.metrics["ndcg@5"] == 1
    assert report.metrics["coverage@1"] == 1
    assert report.intervals["recall@1"] == (1, 1)


def test_the_report_says_what_was_asked_and_of_whom(world):
    report = report_of(Graph(), world)
    assert (report.algorithm, report.questions, report.filter_seen) == ("graph", 20, True)
    assert report.settings["decay"] == Graph().config.decay


def test_two_reports_compare_person_by_person(world):
    difference = report_of(Graph(), world).difference(report_of(Popularity(), world), "recall@1")
    assert difference.significant and difference.mean > 0.3


def test_reports_without_the_same_questions_do_not_compare(world):
    report = report_of(Graph(), world)
    with pytest.raises(ValueError, match="same questions"):
        report.difference(Report.from_json(report.to_json(with_values=False)))


def test_a_report_survives_json(world):
    report = report_of(Graph(), world)
    again = Report.from_json(json.loads(json.dumps(report.to_json(), allow_nan=False)))
    assert again.metrics == report.metrics and again.intervals == report.intervals
    np.testing.assert_array_equal(again.values["ndcg@5"], report.values["ndcg@5"])


def test_nothing_to_ask_is_an_error(world):
    split, items = world
    nobody = HeldOut([], [], np.zeros(0, dtype=np.int32))
    with pytest.raises(ValueError, match="too few events"):
        evaluate(Graph().fit(split.train, items), nobody, split.train, items)
