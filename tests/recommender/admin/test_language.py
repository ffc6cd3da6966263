"""Language models in the admin: their runs, their figures, what is live and the way back."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from recommender.models import (
    Artifact,
    EmbeddingShard,
    LanguageDeployment,
    LiveEncoder,
    TrainingRun,
)
from recommender.services import language_activate


def address(row, page: str = "change") -> str:
    return reverse(f"admin:recommender_{row._meta.model_name}_{page}", args=[row.pk])


def html(client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


# --- runs -------------------------------------------------------------------------------------------------------------


def test_the_page_of_a_language_run_names_its_task_and_no_protocol(admin_client, cinema):
    run = TrainingRun.objects.create(storefront=cinema, task="interest", status="running", stage="learn: training")
    page = html(admin_client, address(run, "panel"))
    assert "<dd>Interest model</dd>" in page
    assert "Protocol" not in page
    assert "learning" in page


def test_curves_are_drawn_with_the_same_in_numbers(admin_client, cinema):
    points = [{"progress": 0.1 * n, "loss": 3.0 - n / 10, "ndcg@10": 0.1 * n} for n in range(1, 10)]
    run = TrainingRun.objects.create(storefront=cinema, task="contrastive", status="running", curves=points)
    page = html(admin_client, address(run, "panel"))
    assert page.count("<polyline") == 2
    assert 'aria-label="Loss went from 2.9000 to 2.1000."' in page
    assert "<td" in page and "2.1000" in page


def test_curves_are_a_file_of_every_point(admin_client, cinema):
    points = [{"progress": 0.1, "loss": 2.5}, {"progress": 0.2, "loss": 2.0, "auc": 0.7}]
    run = TrainingRun.objects.create(storefront=cinema, task="contrastive", status="running", curves=points)
    file = reverse("admin:recommender_trainingrun_curves", args=[run.pk])
    page = admin_client.get(reverse("admin:recommender_trainingrun_change", args=[run.pk])).content.decode()
    assert file in page
    assert admin_client.get(file).content.decode().splitlines() == ["progress,loss,auc", "0.1,2.5,", "0.2,2.0,0.7"]


def test_a_single_point_is_no_curve(admin_client, cinema):
    run = TrainingRun.objects.create(storefront=cinema, task="interest", curves=[{"progress": 0.1, "loss": 1.0}])
    assert "<polyline" not in html(admin_client, address(run, "panel"))


def test_a_change_of_encoder_shows_its_parts(admin_client, cinema):
    run = TrainingRun.objects.create(storefront=cinema, task="embed", status="running")
    whole = {"run": run, "first_pk": 1, "last_pk": 9, "total": 9}
    EmbeddingShard.objects.create(number=0, done=9, finished_at=timezone.now(), **whole)
    EmbeddingShard.objects.create(number=1, done=4, heartbeat_at=timezone.now(), **whole)
    EmbeddingShard.objects.create(number=2, **whole)
    page = html(admin_client, address(run, "panel"))
    for said in ("9 of 9", "4 of 9", "0 of 9", "at work", "waiting"):
        assert said in page


@pytest.mark.parametrize(("status", "goes_on"), [("cancelled", True), ("failed", True), ("finished", False)])
def test_an_interrupted_run_can_go_on(admin_client, cinema, status, goes_on):
    run = TrainingRun.objects.create(storefront=cinema, task="interest", status=status)
    assert (address(run, "resume") in html(admin_client, address(run))) is goes_on
    admin_client.post(address(run, "resume"))
    run.refresh_from_db()
    assert (run.status == "queued") is goes_on


def test_looking_resumes_nothing_and_a_viewer_cannot(admin_client, viewer, cinema):
    run = TrainingRun.objects.create(storefront=cinema, task="interest", status="cancelled")
    assert admin_client.get(address(run, "resume")).status_code == 405
    assert viewer.post(address(run, "resume")).status_code == 403
    run.refresh_from_db()
    assert run.status == "cancelled"


def test_runs_are_narrowed_by_task(admin_client, cinema):
    wanted = TrainingRun.objects.create(storefront=cinema, task="interest")
    TrainingRun.objects.create(storefront=cinema, algorithm="ease")
    response = admin_client.get(reverse("admin:recommender_trainingrun_changelist"), {"task": "interest"})
    assert list(response.context["cl"].result_list) == [wanted]


def test_asking_for_a_language_panel_is_cheap(admin_client, model_of, django_assert_max_num_queries):
    run = model_of().run
    admin_client.get(address(run, "panel"))
    with django_assert_max_num_queries(8):
        admin_client.get(address(run, "panel"))


# --- artifacts --------------------------------------------------------------------------------------------------------


def test_an_artifact_shows_its_figures_and_what_it_learned_from(admin_client, model_of):
    page = html(admin_client, address(model_of()))
    assert "AUC 0.7000 → 0.8100" in page
    assert "20 texts, and 2,400 events of 40 persons, 2026-01-02 – 2026-03-04" in page
    assert "Questions learned from" in page
    assert "questions.train" not in page
    assert "training.best" not in page


def test_models_are_narrowed_by_kind(admin_client, cinema, model_of, artifact_of):
    model, ranking, report = model_of(), artifact_of(cinema), model_of("report", "embed")
    url = reverse("admin:recommender_artifact_changelist")

    def found(kind: str) -> set:
        return set(admin_client.get(url, {"product": kind}).context["cl"].result_list)

    assert found("language") == {model}
    assert found("ranking") == {ranking}
    assert found("report") == {report}


def test_a_model_goes_live_with_its_reason_and_back(admin_client, model_of):
    first, second = model_of(), model_of(name="second")
    for artifact in (first, second):
        admin_client.post(address(artifact, "activate"), {"reason": "Better calibrated"})
    live = LanguageDeployment.objects.get(active=True)
    assert (live.artifact, live.previous.artifact, str(live.activated_by)) == (second, first, "admin")
    assert live.reason == "Better calibrated"
    admin_client.post(address(live, "rollback"), {"reason": "Complaints"})
    live = LanguageDeployment.objects.get(active=True)
    assert (live.artifact, live.reason) == (first, "Complaints")


def test_going_live_needs_a_reason_and_the_right(admin_client, viewer, model_of):
    artifact = model_of()
    assert "reason" in admin_client.post(address(artifact, "activate"), {}).context["form"].errors
    assert viewer.post(address(artifact, "activate"), {"reason": "x"}).status_code == 403
    assert not LanguageDeployment.objects.exists()


def test_an_encoder_goes_live_by_a_run_that_keeps_the_reason(admin_client, model_of):
    artifact = model_of("encoder", "contrastive")
    response = admin_client.post(address(artifact, "activate"), {"reason": "Finds new items"})
    run = TrainingRun.objects.get(task="embed")
    assert run.config == {"artifact": artifact.pk, "shards": 4, "reason": "Finds new items"}
    assert response["Location"] == address(run)


@pytest.mark.parametrize("product", ["language-model", "report"])
def test_what_nothing_serves_has_no_button(admin_client, model_of, product):
    artifact = model_of(product, "pretrain")
    assert address(artifact, "activate") not in html(admin_client, address(artifact))


@pytest.mark.parametrize(
    ("product", "task", "config", "leads_to"),
    [
        ("language-model", "pretrain", {"objective": "masked"}, "contrastive"),
        ("language-model", "pretrain", {"objective": "causal"}, "interest"),
        ("encoder", "contrastive", {}, "contrastive"),
    ],
)
def test_another_training_begins_with_a_model(admin_client, cinema, model_of, product, task, config, leads_to):
    artifact = model_of(product, task)
    Artifact.objects.filter(pk=artifact.pk).update(manifest=artifact.manifest | {"config": config})
    assert address(artifact, "teach_from_it") in html(admin_client, address(artifact))
    response = admin_client.get(address(artifact, "teach_from_it"), follow=True)
    assert response.redirect_chain[0][0].startswith(f"/admin/recommender/trainingrun/teach/{leads_to}/")
    form = response.context["form"]
    assert (form["set-base"].value(), form["storefront"].value()) == (str(artifact.path), cinema.slug)
    assert f"/teach/distil/?storefront=cinema&amp;base={artifact.pk}" in response.content.decode()


def test_a_live_encoder_can_still_be_taught_more(admin_client, model_of, encoder):
    artifact = model_of("encoder", "contrastive")
    LiveEncoder.objects.filter(pk=encoder.pk).update(artifact=artifact)
    page = html(admin_client, address(artifact))
    assert address(artifact, "teach_from_it") in page
    assert address(artifact, "activate") not in page


def test_nothing_begins_with_an_interest_model_and_no_viewer_teaches(admin_client, viewer, model_of):
    artifact, model = model_of(), model_of("language-model", "pretrain")
    assert address(artifact, "teach_from_it") not in html(admin_client, address(artifact))
    assert address(model, "teach_from_it") not in html(viewer, address(model))
    assert viewer.get(address(model, "teach_from_it")).status_code == 403


def test_the_first_model_is_taken_off(admin_client, model_of):
    language_activate(artifact=model_of())
    live = LanguageDeployment.objects.get()
    assert "there was none before it" in html(admin_client, address(live, "rollback"))
    admin_client.post(address(live, "rollback"), {"reason": "x"})
    assert not LanguageDeployment.objects.filter(active=True).exists()


def test_a_viewer_cannot_roll_back(viewer, model_of):
    language_activate(artifact=model_of())
    live = LanguageDeployment.objects.get()
    assert viewer.post(address(live, "rollback"), {"reason": "x"}).status_code == 403
    assert LanguageDeployment.objects.filter(active=True).exists()


def test_only_a_live_keyword_writer_writes(admin_client, model_of):
    language_activate(artifact=model_of("keywords", "keywords"))
    language_activate(artifact=model_of())
    writer, other = (LanguageDeployment.objects.get(product=product) for product in ("keywords", "interest"))
    assert address(writer, "write_keywords") in html(admin_client, address(writer))
    assert address(other, "write_keywords") not in html(admin_client, address(other))
    assert admin_client.get(address(writer, "write_keywords")).status_code == 200
    assert not TrainingRun.objects.filter(task="write-keywords").exists()
    admin_client.post(address(writer, "write_keywords"))
    assert TrainingRun.objects.get(task="write-keywords").config == {"artifact": writer.artifact_id}


# --- navigation -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("/admin/", "Home"),
        ("/admin/recommender/artifact/", "Artifacts"),
        ("/admin/recommender/artifact/?product=language", "Language models"),
        ("/admin/recommender/trainingrun/", "Training"),
        ("/admin/recommender/trainingrun/teach/interest/", "Teach"),
        ("/admin/recommender/liveencoder/preview/", "What models read"),
    ],
)
def test_one_place_of_the_sidebar_says_where_one_is(admin_client, cinema, url, here):
    groups = admin_client.get(url).context["sidebar_navigation"]
    assert [str(item["title"]) for group in groups for item in group["items"] if item["active"]] == [here]
