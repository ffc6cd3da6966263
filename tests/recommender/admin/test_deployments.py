"""Putting an artifact live, and taking it back."""

from __future__ import annotations

import pytest
from django.urls import reverse

from recommender.models import Deployment
from recommender.services import artifact_activate


@pytest.fixture
def artifact(cinema, artifact_of):
    return artifact_of(cinema)


def activate_page(artifact) -> str:
    return reverse("admin:recommender_artifact_activate", args=[artifact.pk])


def rollback_page(deployment) -> str:
    return reverse("admin:recommender_deployment_rollback", args=[deployment.pk])


def live(storefront) -> Deployment | None:
    return Deployment.objects.filter(storefront=storefront, active=True).first()


def test_the_page_of_an_artifact_shows_metrics_data_settings_and_hashes(admin_client, artifact):
    page = admin_client.get(reverse("admin:recommender_artifact_change", args=[artifact.pk])).content.decode()
    assert "Better than Popularity" in page
    assert "99,287 interactions of 943 persons with 1,682 items, 1997-09-20 – 1998-04-22" in page
    assert "<dt>top</dt><dd>50</dd>" in page
    assert artifact.manifest["files"]["a.json"] in page


def test_an_artifact_goes_live_with_its_reason(admin_client, cinema, artifact):
    admin_client.post(activate_page(artifact), {"placement": "", "reason": "Better by a fifth"})
    deployment = live(cinema)
    assert (deployment.artifact, deployment.reason, str(deployment.activated_by)) == (
        artifact,
        "Better by a fifth",
        "admin",
    )


def test_looking_at_the_question_puts_nothing_live(admin_client, cinema, artifact):
    assert admin_client.get(activate_page(artifact), {"reason": "x"}).status_code == 200
    assert live(cinema) is None


def test_going_live_needs_a_reason(admin_client, cinema, artifact):
    response = admin_client.post(activate_page(artifact), {"placement": "", "reason": ""})
    assert "reason" in response.context["form"].errors
    assert live(cinema) is None


def test_an_artifact_whose_file_was_changed_does_not_go_live(admin_client, cinema, artifact):
    (artifact.path / "a.json").write_text("[]")
    response = admin_client.post(activate_page(artifact), {"placement": "", "reason": "x"})
    assert "a.json" in str(response.context["form"].non_field_errors())
    assert live(cinema) is None


def test_a_viewer_cannot_activate(viewer, cinema, artifact):
    assert viewer.post(activate_page(artifact), {"placement": "", "reason": "x"}).status_code == 403
    page = viewer.get(reverse("admin:recommender_artifact_change", args=[artifact.pk])).content.decode()
    assert activate_page(artifact) not in page
    assert live(cinema) is None


def test_rolling_back_brings_the_artifact_before_back(admin_client, cinema, artifact, artifact_of):
    artifact_activate(artifact=artifact)
    newer = artifact_activate(artifact=artifact_of(cinema, "second"))
    admin_client.post(rollback_page(newer), {"reason": "Complaints"})
    assert (live(cinema).artifact, live(cinema).reason) == (artifact, "Complaints")
    assert Deployment.objects.count() == 3


def test_sending_a_rollback_twice_goes_back_once(admin_client, cinema, artifact, artifact_of):
    artifact_activate(artifact=artifact_of(cinema, "oldest"))
    artifact_activate(artifact=artifact)
    newest = artifact_activate(artifact=artifact_of(cinema, "newest"))
    for _ in range(2):
        admin_client.post(rollback_page(newest), {"reason": "Complaints"})
    assert live(cinema).artifact == artifact


def test_looking_at_the_question_rolls_nothing_back(admin_client, cinema, artifact, artifact_of):
    artifact_activate(artifact=artifact)
    newer = artifact_activate(artifact=artifact_of(cinema, "second"))
    assert admin_client.get(rollback_page(newer)).status_code == 200
    assert live(cinema) == newer


def test_what_has_nothing_before_it_is_not_rolled_back(admin_client, cinema, artifact):
    first = artifact_activate(artifact=artifact)
    admin_client.post(rollback_page(first), {"reason": "x"})
    assert live(cinema) == first


def test_the_button_stands_only_where_it_can_do_something(admin_client, artifact, artifact_of):
    first = artifact_activate(artifact=artifact)
    newer = artifact_activate(artifact=artifact_of(artifact.storefront, "second"))
    for row, stands in ((first, False), (newer, True)):
        page = admin_client.get(reverse("admin:recommender_deployment_change", args=[row.pk])).content.decode()
        assert (rollback_page(row) in page) is stands


def test_an_address_that_names_no_deployment_leads_back(admin_client, db):
    assert admin_client.get(reverse("admin:recommender_deployment_change", args=["abc"])).status_code == 302


def test_a_viewer_cannot_roll_back(viewer, cinema, artifact, artifact_of):
    artifact_activate(artifact=artifact)
    newer = artifact_activate(artifact=artifact_of(cinema, "second"))
    assert viewer.post(rollback_page(newer), {"reason": "x"}).status_code == 403
    assert live(cinema) == newer


def test_the_list_says_in_words_what_is_live(admin_client, cinema, artifact, artifact_of):
    artifact_activate(artifact=artifact)
    artifact_activate(artifact=artifact_of(cinema, "second"))
    response = admin_client.get(reverse("admin:recommender_deployment_changelist"), {"active__exact": "1"})
    assert len(response.context["cl"].result_list) == 1
    assert "live" in response.content.decode()


@pytest.mark.parametrize("model", ["artifact", "deployment"])
def test_history_cannot_be_written_by_hand(admin_client, artifact, model):
    row = artifact if model == "artifact" else artifact_activate(artifact=artifact)
    assert admin_client.get(reverse(f"admin:recommender_{model}_add")).status_code == 403
    assert admin_client.post(reverse(f"admin:recommender_{model}_delete", args=[row.pk])).status_code == 403
