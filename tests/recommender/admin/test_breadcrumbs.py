"""Where one is, in words: rows call themselves by slugs."""

from __future__ import annotations

import pytest
from django.template import RequestContext
from django.urls import reverse
from unfold.templatetags.unfold import header_title

from catalog.models import Item
from recommender.models import ItemVector, Recommendation, Schedule, TrainingRun
from recommender.services import artifact_activate, language_activate

from .test_language import address, html


def header_of(response) -> str:
    """The breadcrumbs of a page, as Unfold draws them."""
    context = {name: response.context[name] for name in response.context.keys()}  # noqa: SIM118
    return header_title(RequestContext(response.wsgi_request, context))


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


@pytest.mark.parametrize(
    ("page", "name", "instead_of"),
    [
        ("deployment_placements", "Placements", "Deployments"),
        ("deployment_registry", "Registry", "Deployments"),
        ("artifact_leaderboard", "Leaderboard", "Artifacts"),
        ("recommendation_inspector", "Inspector", "Served lists"),
        ("liveencoder_preview", "What the model reads", "Text encoders"),
    ],
)
def test_a_page_of_its_own_is_called_by_its_own_name(admin_client, cinema, page, name, instead_of):
    response = admin_client.get(reverse(f"admin:recommender_{page}"))
    header = header_of(response)
    assert name in header
    assert instead_of not in header


def test_a_served_list_is_called_by_its_place_and_time_and_a_vector_by_its_item(admin_client, cinema):
    served = Recommendation.objects.create(storefront=cinema, placement="home", items=[])
    assert f"For you · {served.created_at:%Y-%m-%d %H:%M} UTC" in header_of(admin_client.get(address(served)))
    film = Item.objects.create(storefront=cinema, external_id="a", title="Deep Sea")
    vector = ItemVector.objects.create(item=film, storefront=cinema, encoder="e", text_hash="t", vector=b"")
    assert "Deep Sea" in header_of(admin_client.get(address(vector)))


def test_the_history_of_a_row_calls_it_by_its_name(admin_client, cinema, artifact_of):
    artifact = artifact_of(cinema)
    artifact_activate(artifact=artifact)
    schedule = Schedule.objects.create(storefront=cinema, what="retrain", algorithm="ease", every_hours=24)
    for row, name in (
        (artifact, f"EASE #{artifact.pk}"),
        (artifact.run, f"#{artifact.run_id} EASE"),
        (artifact.deployments.get(), f"EASE #{artifact.pk} · {cinema}"),
        (schedule, f"train anew: EASE · {cinema}"),
    ):
        page = html(admin_client, address(row, "history"))
        assert f"What was changed: {name}" in page
        assert f"Ease #{artifact.pk}" not in page
    assert "rain anew: EASE" in header_of(admin_client.get(address(schedule)))


@pytest.mark.parametrize("model", ["trainingrun", "artifact", "deployment", "languagedeployment"])
@pytest.mark.parametrize("number", ["999", "x", str(10**30)])
def test_a_row_that_there_is_not_is_said_in_a_sentence(admin_client, model, number):
    response = admin_client.get(reverse(f"admin:recommender_{model}_change", args=[number]), follow=True)
    assert response.status_code == 200
    assert number in str(next(iter(response.context["messages"])))
