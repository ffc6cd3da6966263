"""The Train page."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from recommender.models import TrainingRun
from recommender.registry import algorithms

PAGE = reverse("admin:recommender_trainingrun_add")
WISH = {"storefront": "cinema", "algorithm": "popularity", "protocol": "leave-one-out", "seed": "3", "config": ""}


def messages_waiting() -> int:
    return len(list(Path(settings.BROKER_DIR).glob("*.msg")))


def errors(response) -> dict:
    return response.context["form"].errors


def test_training_makes_one_run_and_tells_a_worker(admin_client, cinema, django_capture_on_commit_callbacks):
    before = messages_waiting()
    with django_capture_on_commit_callbacks(execute=True):
        response = admin_client.post(PAGE, WISH)
    run = TrainingRun.objects.get()
    assert response["Location"] == reverse("admin:recommender_trainingrun_change", args=[run.pk])
    assert (run.algorithm, run.seed, run.status, run.created_by.username) == ("popularity", 3, "queued", "admin")
    assert messages_waiting() == before + 1


def test_sending_the_form_twice_makes_one_run(admin_client, cinema, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        first = admin_client.post(PAGE, WISH)
        second = admin_client.post(PAGE, WISH)
    assert TrainingRun.objects.count() == 1
    assert first["Location"] == second["Location"]
    assert len(callbacks) == 1


def test_the_same_wish_after_the_run_has_ended_is_a_new_run(admin_client, cinema):
    admin_client.post(PAGE, WISH)
    TrainingRun.objects.update(status="finished")
    admin_client.post(PAGE, WISH)
    assert TrainingRun.objects.count() == 2


def test_another_seed_is_another_run(admin_client, cinema):
    admin_client.post(PAGE, WISH)
    admin_client.post(PAGE, {**WISH, "seed": "4"})
    assert TrainingRun.objects.count() == 2


def test_looking_at_the_page_makes_no_run(admin_client, cinema):
    assert admin_client.get(PAGE, WISH).status_code == 200
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize(
    "config, said",
    [
        ("{half", "This is not JSON."),
        ("[1, 2]", "The settings must be a JSON object"),
        ('{"halflife": 3}', "popularity has no setting halflife; it has: half_life."),
    ],
)
def test_settings_that_do_not_fit_are_refused_with_the_reason(admin_client, cinema, config, said):
    response = admin_client.post(PAGE, {**WISH, "config": config})
    assert said in str(errors(response)["config"])
    assert not TrainingRun.objects.exists()


def test_settings_that_are_no_json_are_still_there_to_be_mended(admin_client, cinema):
    response = admin_client.post(PAGE, {**WISH, "config": "{half"})
    assert response.context["form"]["config"].value() == "{half"


def test_settings_reach_the_run(admin_client, cinema):
    admin_client.post(PAGE, {**WISH, "config": '{"half_life": 30.0}'})
    assert TrainingRun.objects.get().config == {"half_life": 30.0}


def test_every_installed_algorithm_can_be_chosen(admin_client, cinema):
    choices = admin_client.get(PAGE).context["form"].fields["algorithm"].choices
    assert {slug for slug, _ in choices} == set(algorithms())


def test_a_storefront_whose_vertical_is_gone_cannot_be_trained(admin_client, cinema):
    cinema.vertical = "gone"
    cinema.save()
    assert "storefront" in errors(admin_client.post(PAGE, WISH))


def test_train_again_fills_the_form_from_the_run(admin_client, cinema):
    run = TrainingRun.objects.create(storefront=cinema, algorithm="ease", seed=7, config={"top": 5})
    form = admin_client.get(PAGE, {"again": run.pk}).context["form"]
    assert (form["storefront"].value(), form["algorithm"].value(), form["seed"].value()) == ("cinema", "ease", 7)
    assert '"top": 5' in form["config"].value()


def test_an_empty_form_has_no_settings(admin_client, cinema):
    assert admin_client.get(PAGE).context["form"]["config"].value() == ""


def test_a_viewer_cannot_train(viewer, cinema):
    assert viewer.get(PAGE).status_code == 403
    assert viewer.post(PAGE, WISH).status_code == 403
    assert not TrainingRun.objects.exists()


def test_only_who_may_activate_can_ask_for_it_when_training(account, cinema):
    client = account("add_trainingrun")
    assert "activate" not in client.get(PAGE).context["form"].fields
    client.post(PAGE, {**WISH, "activate": "on"})
    assert TrainingRun.objects.get().activate is False
