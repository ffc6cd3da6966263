"""What is live, and how to go back."""

import pytest

from recommender.jobs import training_run_execute
from recommender.models import Deployment
from recommender.services import ServiceError, artifact_activate, deployment_rollback, recommend, training_run_create


@pytest.fixture
def second(live):
    run = training_run_create(storefront=live.storefront, algorithm="popularity", enqueue=False)
    return training_run_execute(run.pk)


def test_one_artifact_is_live_at_a_time(live, second):
    artifact_activate(artifact=second)
    assert Deployment.objects.get(active=True).artifact == second
    assert Deployment.objects.count() == 2


def test_an_answer_names_the_artifact_that_made_it(live, second, look_again):
    assert recommend(storefront=live.storefront, person=live.persons[0]).artifact_id == live.artifact.pk
    artifact_activate(artifact=second)
    look_again(live.storefront)
    assert recommend(storefront=live.storefront, person=live.persons[0]).artifact_id == second.pk


def test_rollback_puts_the_one_before_back(live, second):
    artifact_activate(artifact=second)
    assert deployment_rollback(storefront=live.storefront).artifact == live.artifact


def test_there_is_nothing_before_the_first(live):
    with pytest.raises(ServiceError, match="nothing to go back to"):
        deployment_rollback(storefront=live.storefront)


def test_a_placement_can_have_an_artifact_of_its_own(live, second, look_again):
    artifact_activate(artifact=second, placement="search")
    look_again(live.storefront)
    assert recommend(storefront=live.storefront, placement="search").artifact_id == second.pk
    assert recommend(storefront=live.storefront, placement="home").artifact_id == live.artifact.pk


def test_activating_twice_changes_nothing(live):
    assert artifact_activate(artifact=live.artifact) == Deployment.objects.get()


def test_an_unknown_placement_is_refused(second):
    with pytest.raises(ServiceError, match="no placement 'attic'"):
        artifact_activate(artifact=second, placement="attic")


def test_a_damaged_artifact_cannot_go_live(second):
    (second.path / "config.json").write_text("{}")
    with pytest.raises(ServiceError, match="cannot go live"):
        artifact_activate(artifact=second)
