"""The registry and the leaderboard: what is live, what waits, how good each is, and the buttons between."""

from __future__ import annotations

import numpy as np
import pytest
from django.urls import reverse

from recommender.evaluation import Report
from recommender.evaluation.values import values_save
from recommender.models import Artifact, AuditEntry, Deployment, ShadowList, Standby
from recommender.services import artifact_activate
from recommender.services.leaderboard import baseline_pin, leaderboard
from recommender.services.promoting import standby_start

REGISTRY = reverse("admin:recommender_deployment_registry")
BOARD = reverse("admin:recommender_artifact_leaderboard")


def text_of(response) -> str:
    return response.content.decode()


def page(artifact: Artifact, name: str) -> str:
    return reverse(f"admin:recommender_artifact_{name}", args=[artifact.pk])


def set_figure(artifact: Artifact, ndcg: float, split: str = "8ac1f00d") -> Artifact:
    artifact.manifest["evaluation"]["report"]["metrics"]["ndcg@10"] = ndcg
    artifact.manifest["evaluation"]["split"] = split
    artifact.save()
    return artifact


def write_values(artifact: Artifact, figures: list[float]) -> None:
    persons = np.arange(len(figures), dtype=np.int32)
    report = Report("ease", {}, {}, {}, len(figures), True, 0.0, persons, {"ndcg@10": np.array(figures)})
    values_save(artifact.path, report)


def test_an_empty_registry_says_what_to_do(admin_client, cinema):
    assert "Nothing is live here yet" in text_of(admin_client.get(REGISTRY))


def test_the_registry_shows_champion_challenger_and_shadow(admin_client, cinema, artifact_of):
    first, second, third = (artifact_of(cinema, name) for name in ("a", "b", "c"))
    artifact_activate(artifact=first, reason="The first one")
    standby_start(artifact=second, role="challenger")
    shadow = standby_start(artifact=third, role="shadow", share=0.25)
    ShadowList.objects.create(standby=shadow, overlap=0.5, champion_ms=10, shadow_ms=14)
    html = text_of(admin_client.get(REGISTRY))
    for said in ("The first one", "25% of lists", "0.500", "4.0", "NDCG@10 beside the champion", "split 8ac1f00d"):
        assert said in html


def test_rolling_back_takes_one_click(admin_client, cinema, artifact_of):
    first, second = artifact_of(cinema, "a"), artifact_of(cinema, "b")
    artifact_activate(artifact=first)
    newer = artifact_activate(artifact=second)
    action = reverse("admin:recommender_deployment_rollback", args=[newer.pk])
    assert action in text_of(admin_client.get(REGISTRY))
    admin_client.post(action, {"reason": "Rolled back in the registry."})
    assert Deployment.objects.get(active=True).artifact == first


def test_a_worse_model_is_stopped_by_its_gate_and_goes_live_only_when_that_is_said(admin_client, cinema, artifact_of):
    artifact_activate(artifact=artifact_of(cinema, "a"))
    worse = set_figure(artifact_of(cinema, "b"), 0.01)
    response = admin_client.post(page(worse, "activate"), {"placement": "", "reason": "x"})
    assert "This model does not pass" in text_of(response)
    admin_client.post(page(worse, "activate"), {"placement": "", "reason": "An outage", "force": "on"})
    assert Deployment.objects.get(active=True).artifact == worse
    assert AuditEntry.objects.first().action == "override gates"


def test_the_question_before_promoting_says_what_the_gates_say(admin_client, cinema, artifact_of):
    assert "Coverage@10: wanted ≥ 0.01, is 0.3000 (passed)" in text_of(
        admin_client.get(page(artifact_of(cinema), "activate"))
    )


def test_an_artifact_becomes_challenger_and_shadow_from_its_page(admin_client, cinema, artifact_of):
    artifact_activate(artifact=artifact_of(cinema, "a"))
    other = artifact_of(cinema, "b")
    admin_client.post(page(other, "challenge"), {"placement": "", "reason": "Next"})
    admin_client.post(page(other, "shadow"), {"placement": "home", "percent": "20", "reason": "Try"})
    assert set(Standby.objects.values_list("role", "placement", "share")) == {
        ("challenger", "", 0.0),
        ("shadow", "home", 0.2),
    }


def test_a_shadow_is_ended_in_the_registry(admin_client, cinema, artifact_of):
    artifact_activate(artifact=artifact_of(cinema, "a"))
    shadow = standby_start(artifact=artifact_of(cinema, "b"), role="shadow", share=1)
    admin_client.post(reverse("admin:recommender_deployment_standby_end", args=[shadow.pk]))
    shadow.refresh_from_db()
    assert not shadow.active


def test_the_registry_costs_the_same_queries_however_much_was_mirrored(
    admin_client, cinema, artifact_of, django_assert_max_num_queries
):
    artifact_activate(artifact=artifact_of(cinema, "a"))
    standby_start(artifact=artifact_of(cinema, "b"), role="challenger")
    shadow = standby_start(artifact=artifact_of(cinema, "c"), role="shadow", share=1)
    ShadowList.objects.bulk_create(
        ShadowList(standby=shadow, overlap=0.5, champion_ms=1, shadow_ms=2) for _ in range(100)
    )
    with django_assert_max_num_queries(20):
        admin_client.get(REGISTRY)


def test_the_leaderboard_shows_one_split_at_a_time(admin_client, cinema, artifact_of):
    old = set_figure(artifact_of(cinema, "old"), 0.5, "0ld5p117")
    new = set_figure(artifact_of(cinema, "new"), 0.2)
    assert [one.artifact for one in leaderboard(cinema).standings] == [new]
    assert [one.artifact for one in leaderboard(cinema, "0ld5p117").standings] == [old]
    html = text_of(admin_client.get(BOARD))
    assert "0ld5p117" in html
    assert "0.2000" in html
    assert "0.5000" not in html


def test_differences_to_the_pinned_baseline_are_paired_and_say_how_sure_one_is(admin_client, cinema, artifact_of):
    plain, better = set_figure(artifact_of(cinema, "a"), 0.1), set_figure(artifact_of(cinema, "b"), 0.3)
    write_values(plain, [0.1] * 50)
    write_values(better, [0.25, 0.35] * 25)
    admin_client.post(page(plain, "baseline"))
    cinema.refresh_from_db()
    first = leaderboard(cinema).standings[0]
    assert first.artifact == better
    assert first.difference.mean == pytest.approx(0.2)
    assert 0.18 < first.difference.low < first.difference.high < 0.22
    assert "better" in text_of(admin_client.get(BOARD))
    assert AuditEntry.objects.first().action == "pin baseline"


def test_models_of_which_no_pairs_were_kept_have_no_difference(admin_client, cinema, artifact_of):
    set_figure(artifact_of(cinema, "a"), 0.1)
    set_figure(artifact_of(cinema, "b"), 0.3)
    assert "no pairs were kept" in text_of(admin_client.get(BOARD))


def test_a_leaderboard_without_models_says_what_to_do(admin_client, cinema):
    assert "No model has been measured here yet." in text_of(admin_client.get(BOARD))


def test_the_leaderboard_costs_few_queries(admin_client, cinema, artifact_of, django_assert_max_num_queries):
    for number in range(6):
        set_figure(artifact_of(cinema, f"m{number}"), 0.1 + number / 100)
    with django_assert_max_num_queries(16):
        admin_client.get(BOARD)


def test_a_viewer_sees_both_and_changes_nothing(viewer, cinema, artifact_of):
    artifact_activate(artifact=artifact_of(cinema, "a"))
    other = artifact_of(cinema, "b")
    for address in (REGISTRY, BOARD):
        assert viewer.get(address).status_code == 200
    for name in ("activate", "challenge", "shadow", "baseline"):
        assert viewer.post(page(other, name), {"reason": "x", "percent": 5}).status_code == 403
    assert Deployment.objects.count() == 1
    assert not Standby.objects.exists()


def test_popularity_is_never_compared_with_itself(admin_client, cinema, artifact_of):
    first, second, other = (artifact_of(cinema, name) for name in ("a", "b", "c"))
    Artifact.objects.filter(pk__in=(first.pk, second.pk)).update(algorithm="popularity")
    baseline_pin(storefront=cinema, artifact=first)
    cinema.refresh_from_db()
    standings = {one.artifact.pk: one.is_baseline for one in leaderboard(cinema).standings}
    assert standings == {first.pk: True, second.pk: True, other.pk: False}
    assert (
        text_of(admin_client.get(BOARD)).count("the baseline</div></td>") == 3
    )  # both, and the row of the same questions


def test_the_page_of_popularity_says_that_it_is_what_others_are_compared_with(admin_client, cinema, artifact_of):
    artifact = artifact_of(cinema)
    artifact.refresh_from_db()  # the manifest that was given is every test's
    artifact.manifest["evaluation"]["report"]["algorithm"] = "popularity"
    artifact.save()
    assert "It is itself what others are compared with." in text_of(admin_client.get(page(artifact, "change")))


def test_the_question_before_a_model_stands_by_says_as_what(admin_client, cinema, artifact_of):
    waiting = artifact_of(cinema, "b")
    for role, said in (("challenge", "the challenger?"), ("shadow", "as a shadow?")):
        asked = admin_client.get(reverse(f"admin:recommender_artifact_{role}", args=[waiting.pk]))
        assert asked.context["title"].endswith(said)
