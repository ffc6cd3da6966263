"""Many lists at once are the lists that each would have been."""

from datetime import timedelta
from shutil import copytree
from types import SimpleNamespace

import pytest
from django.utils import timezone

from behaviour.services import behaviours_record
from recommender import serving
from recommender.algorithms.ease import Ease
from recommender.models import Artifact, Recommendation
from recommender.services import (
    ArmWish,
    ServiceError,
    experiment_create,
    experiment_start,
    questions,
    recommend,
)
from recommender.services.batches import MOST_PERSONS, Ask, recommend_many


def ids(served) -> list[str]:
    return [entry.item.external_id for entry in served.items]


@pytest.fixture
def asked(monkeypatch):
    """How many queries each call of the model brought."""
    calls = []
    score_many = Ease._score_many

    def counting(self, queries):
        calls.append(len(queries))
        return score_many(self, queries)

    monkeypatch.setattr(Ease, "_score_many", counting)
    return calls


def test_the_model_is_asked_once_and_says_what_it_says_to_each_alone(live, asked):
    serving.live(live.storefront).model("home")  # trying it out when it is loaded counts, too
    asked.clear()
    lists = recommend_many(
        storefront=live.storefront, asks=[Ask(person, options={"count": 4}) for person in live.persons]
    )
    assert asked == [len(live.persons)]
    alone = [recommend(storefront=live.storefront, person=person, count=4) for person in live.persons[:6]]
    assert [ids(served) for served in lists[:6]] == [ids(served) for served in alone]
    assert [served.algorithm for served in lists] == ["ease"] * 40


def test_one_that_cannot_be_answered_keeps_no_other_from_its_answer(live):
    asks = [Ask(placement="moon"), Ask(options={"count": 1000}), Ask(live.persons[0], options={"count": 2})]
    first, second, third = recommend_many(storefront=live.storefront, asks=asks)
    assert isinstance(first, ServiceError) and "moon" in str(first)
    assert isinstance(second, ServiceError) and "1000" in str(second)
    assert len(third.items) == 2
    assert [str(row.pk) for row in Recommendation.objects.all()] == [third.id]


def test_the_lists_are_written_down_as_each_would_be_alone(live):
    hidden = live.items[0]
    behaviours_record(
        storefront=live.storefront,
        records=[
            {
                "event_id": "h",
                "person": live.persons[0].external_id,
                "kind": "hide",
                "item": hidden.external_id,
                "occurred_at": timezone.now().isoformat(),
            }
        ],
    )
    first, _second = recommend_many(
        storefront=live.storefront, asks=[Ask(one, options={"count": 20}) for one in live.persons[:2]]
    )
    row = Recommendation.objects.get(pk=first.id)
    assert [pk for pk, _score, _source in row.items] == [entry.item.pk for entry in first.items]
    assert (row.person_id, row.deployment_id is not None) == (live.persons[0].pk, True)
    assert hidden.external_id not in ids(first)


def test_a_list_more_costs_little_more_than_its_person(live, django_assert_max_num_queries):
    recommend_many(storefront=live.storefront, asks=[Ask(live.persons[0])])
    # Else a busy machine takes longer than a second, and looks at the catalogue again in between.
    serving.live(live.storefront)._looked_at = float("inf")
    with django_assert_max_num_queries(95):  # two a person, who has a past: five each would be 200
        recommend_many(storefront=live.storefront, asks=[Ask(one, options={"count": 4}) for one in live.persons])


def test_more_than_there_is_room_for_is_refused(live):
    with pytest.raises(ServiceError, match="At most 100"):
        recommend_many(storefront=live.storefront, asks=[Ask()] * (MOST_PERSONS + 1))


class Clock:
    """The time of what is asked: what a past is worth, and so each score, falls by the second."""

    def __init__(self, monkeypatch):
        self.now = timezone.now()
        monkeypatch.setattr(timezone, "now", lambda: self.now)
        monkeypatch.setattr(questions, "time", SimpleNamespace(time=lambda: self.now.timestamp()))


@pytest.fixture
def clock(monkeypatch) -> Clock:
    return Clock(monkeypatch)


def test_a_batch_that_is_asked_later_has_other_scores_in_the_same_order(live, clock):
    def scores():
        (served,) = recommend_many(storefront=live.storefront, asks=[Ask(live.persons[0])])
        return [entry.item.pk for entry in served.items], served.items[0].score

    first, second = scores(), scores()
    clock.now += timedelta(minutes=1)
    later = scores()
    assert first == second
    assert later[0] == first[0]
    assert 0 < first[1] - later[1] < 1e-4, "enough to be another number where five digits are kept"


@pytest.mark.parametrize("variant", ["what is popular", "another model", "a model that is gone", "other places"])
def test_a_running_experiment_decides_in_a_batch_as_it_does_alone(live, look_again, clock, variant):
    folder = f"{live.artifact.folder}-copy"
    other = Artifact.objects.create(
        storefront=live.storefront, algorithm="ease", folder=folder, manifest=live.artifact.manifest
    )
    if variant == "another model":
        copytree(live.artifact.path, other.path)
    wish = {
        "what is popular": {"options": {"popular": 1}},
        "another model": {"artifact": other},
        "a model that is gone": {"artifact": other},
        "other places": {"options": {"alike": 0.1}},
    }[variant]
    arms = [ArmWish("As it is"), ArmWish("Variant", **wish)]
    experiment = experiment_create(storefront=live.storefront, name="Try", placement="home", arms=arms)
    experiment_start(experiment=experiment, ramp=0.6)
    look_again(live.storefront)

    def served(lists):
        rows = Recommendation.objects.in_bulk([one.id for one in lists], field_name="pk")
        row_of = {str(pk): row for pk, row in rows.items()}
        return [
            (row_of[one.id].arm_id, one.artifact_id, one.degraded, one.fallback, row_of[one.id].items) for one in lists
        ]

    together = served(recommend_many(storefront=live.storefront, asks=[Ask(person) for person in live.persons]))
    alone = served([recommend(storefront=live.storefront, person=person) for person in live.persons])
    assert {arm for arm, *_rest in together} == {None, *experiment.arms.values_list("pk", flat=True)}
    assert together == alone


def test_a_shadow_is_told_of_the_lists_of_a_batch_when_they_are_written_down(
    live, monkeypatch, django_capture_on_commit_callbacks
):
    told = []
    monkeypatch.setattr("recommender.services.recommendations.mirror_request", lambda *args: told.append(args))
    monkeypatch.setattr(serving.LiveStorefront, "shadow", lambda self, placement: (7, 1.0))
    with django_capture_on_commit_callbacks(execute=True):
        lists = recommend_many(storefront=live.storefront, asks=[Ask(person) for person in live.persons[:3]])
        assert not told
    assert told == [(7, served.id) for served in lists]
