"""The demo's week: something is tried, people come, and doing it again changes nothing."""

import pytest

from recommender.management import demo_days
from recommender.models import Experiment, Exploration, Recommendation


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(demo_days, "DAYS", 3)
    monkeypatch.setattr(demo_days, "PERSONS", 25)


def quiet(stage, fraction):
    pass


def test_a_week_leaves_an_experiment_with_a_table_and_a_slot(world):
    demo_days.days_play(world.storefront, quiet)
    experiment = Experiment.objects.get()
    assert experiment.status == "running" and experiment.results["rows"]
    assert sum(experiment.results["persons"]) > 5
    # The tiny world has nothing that its lists do not hold already, so that the slot has nothing to draw.
    slot = Exploration.objects.get()
    assert slot.measured_at is not None and slot.report["lists"] == 0


def test_the_same_week_is_not_played_twice(world):
    demo_days.days_play(world.storefront, quiet)
    lists = Recommendation.objects.count()
    demo_days.days_play(world.storefront, quiet)
    assert (Recommendation.objects.count(), Experiment.objects.count(), Exploration.objects.count()) == (lists, 1, 1)


def test_where_it_is_decided_the_decision_says_that_it_is_a_demos(world, monkeypatch):
    monkeypatch.setattr(demo_days, "DECIDED", "cinema")
    demo_days.days_play(world.storefront, quiet)
    experiment = Experiment.objects.get()
    assert experiment.status == "stopped" and "demo" in experiment.decision
