"""The page that starts a language task."""

from __future__ import annotations

import pytest
from django.urls import reverse

from behaviour.models import Account, Membership
from recommender.admin.setting_words import LOOP, OWN, SUMMARIES
from recommender.language.task import BUILT_IN
from recommender.models import Artifact, TrainingRun
from recommender.services.task_settings import task_settings


def page(task: str = "contrastive") -> str:
    return reverse("admin:recommender_trainingrun_teach", args=[task])


WISH = {"storefront": "cinema", "seed": "3"}


def errors(response) -> dict:
    return response.context["form"].errors


@pytest.mark.parametrize("task", list(BUILT_IN))
def test_every_task_has_a_form_of_all_its_settings(admin_client, cinema, task):
    response = admin_client.get(page(task))
    fields = response.context["form"].fields
    assert {f"set-{setting.name}" for setting in task_settings()[task]} <= set(fields)
    assert response.context["summary"] == SUMMARIES[task]


def test_every_setting_is_explained():
    names = {one.name.rpartition(".")[2] for known in task_settings().values() for one in known}
    assert names == LOOP.keys() | OWN.keys()


def test_a_form_that_is_sent_as_it_stands_asks_for_the_defaults(admin_client, cinema):
    form = admin_client.get(page()).context["form"]
    told = {name: field.initial for name, field in form.fields.items() if name.startswith("set-")}
    response = admin_client.post(page(), {**WISH, **told})
    run = TrainingRun.objects.get()
    assert response["Location"] == reverse("admin:recommender_trainingrun_change", args=[run.pk])
    assert (run.task, run.config, run.seed, run.created_by.username) == ("contrastive", {}, 3, "admin")


def test_what_was_changed_reaches_the_run(admin_client, cinema):
    changes = {"set-examples": "100", "set-dimensions": "8,16", "set-loop.epochs": "2", "set-base": "elsewhere"}
    admin_client.post(page(), {**WISH, **changes})
    config = TrainingRun.objects.get().config
    assert (config["examples"], config["dimensions"], config["base"]) == (100, [8, 16], "elsewhere")
    defaults = {one.name: one.default for one in task_settings()["contrastive"]}
    assert (config["loop"]["epochs"], config["loop"]["batch_size"]) == (2, defaults["loop.batch_size"])


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("set-examples", "many", "examples is a whole number; 'many' is not."),
        ("set-temperature", "inf", "temperature is a number"),
        ("set-loop.checkpointing", "perhaps", "Select a valid choice"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused_with_what_would(admin_client, cinema, name, value, said):
    response = admin_client.post(page(), {**WISH, name: value})
    assert said in errors(response)[name][0]
    assert not TrainingRun.objects.exists()


def test_sending_the_form_twice_makes_one_run(admin_client, cinema):
    first, second = (admin_client.post(page(), WISH) for _ in range(2))
    assert TrainingRun.objects.count() == 1
    assert first["Location"] == second["Location"]


def test_teaching_again_fills_the_form_from_the_run(admin_client, cinema):
    config = {"examples": 5, "loop": {"epochs": 9}}
    run = TrainingRun.objects.create(storefront=cinema, task="contrastive", seed=7, config=config)
    form = admin_client.get(page(), {"again": run.pk}).context["form"]
    assert [form[name].value() for name in ("seed", "set-examples", "set-loop.epochs")] == [7, "5", "9"]


def test_a_model_of_our_own_can_be_begun_with(admin_client, cinema):
    base = Artifact.objects.create(storefront=cinema, product="language-model", algorithm="pretrain", folder="base")
    response = admin_client.get(page(), {"base": base.pk})
    assert response.context["form"]["set-base"].value() == str(base.path)
    assert str(base.path) in response.content.decode()


def test_whoever_trains_begins_with_no_model_of_a_storefront_that_is_not_theirs(client, cinema, shop):
    account = Account.objects.create_user("analyst", password="test", is_staff=True)
    Membership.objects.create(account=account, storefront=cinema, role="administrator")
    client.force_login(account)
    foreign = Artifact.objects.create(storefront=shop, product="encoder", algorithm="distil", folder="shop/base")
    refused = client.post(page(), {**WISH, "set-base": str(foreign.path)})
    assert "No training can begin with" in str(errors(refused))
    assert not TrainingRun.objects.exists()
    Membership.objects.create(account=account, storefront=shop, role="viewer")
    client.post(page(), {**WISH, "set-base": str(foreign.path)})
    assert TrainingRun.objects.get().config["base"] == str(foreign.path)


def test_a_task_that_there_is_not_is_not_found(admin_client, cinema):
    assert admin_client.get(page("knit")).status_code == 404


def test_a_viewer_cannot_teach(viewer, cinema):
    assert viewer.get(page()).status_code == 403
    assert viewer.post(page(), WISH).status_code == 403
    assert not TrainingRun.objects.exists()


def test_only_who_may_activate_can_ask_for_it(account, cinema):
    client = account("add_trainingrun")
    assert "activate" not in client.get(page()).context["form"].fields
    client.post(page(), {**WISH, "activate": "on"})
    assert TrainingRun.objects.get().activate is False


def test_the_page_costs_the_same_with_many_models(admin_client, cinema, django_assert_max_num_queries):
    for number in range(20):
        Artifact.objects.create(storefront=cinema, product="encoder", algorithm="distil", folder=f"f{number}")
    admin_client.get(page())
    with django_assert_max_num_queries(10):
        admin_client.get(page())
