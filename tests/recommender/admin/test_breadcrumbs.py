"""Where one is, in words: rows call themselves by slugs."""

from __future__ import annotations

import pytest
from django.urls import reverse

from recommender.models import TrainingRun
from recommender.services import artifact_activate, language_activate

from .test_language import address, html


def test_a_run_is_called_by_its_task(admin_client, cinema):
    page = html(admin_client, address(TrainingRun.objects.create(storefront=cinema, task="contrastive")))
    assert "Encoder on behaviours" in page
    assert "contrastive" not in page


def test_an_artifact_and_its_confirmation_are_called_by_its_task(admin_client, model_of):
    artifact = model_of("encoder", "distil")
    for name in ("change", "activate"):
        page = html(admin_client, address(artifact, name))
        assert f"Distillation #{artifact.pk}" in page
        assert f"Distil #{artifact.pk}" not in page


def test_what_is_live_is_called_by_its_model_and_storefront(admin_client, cinema, model_of, artifact_of):
    language_activate(artifact=model_of())
    language_activate(artifact=(second := model_of()))
    live = second.language_deployments.get()
    for name in ("change", "rollback"):
        assert f"Interest model #{second.pk} · {cinema}" in html(admin_client, address(live, name))
    ranking = artifact_of(cinema)
    artifact_activate(artifact=ranking)
    assert f"EASE #{ranking.pk} · {cinema}" in html(admin_client, address(ranking.deployments.get()))


@pytest.mark.parametrize("model", ["trainingrun", "artifact", "deployment", "languagedeployment"])
@pytest.mark.parametrize("number", ["999", "x", str(10**30)])
def test_a_row_that_there_is_not_is_said_in_a_sentence(admin_client, model, number):
    response = admin_client.get(reverse(f"admin:recommender_{model}_change", args=[number]), follow=True)
    assert response.status_code == 200
    assert number in str(next(iter(response.context["messages"])))
