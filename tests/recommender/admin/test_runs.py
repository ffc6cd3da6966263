"""The page of a training run."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from recommender.models import TrainingRun


@pytest.fixture
def run(cinema) -> TrainingRun:
    return TrainingRun.objects.create(storefront=cinema, algorithm="ease")


def page(run: TrainingRun, name: str = "change") -> str:
    return reverse(f"admin:recommender_trainingrun_{name}", args=[run.pk])


def panel(client, run: TrainingRun) -> str:
    return client.get(page(run, "panel")).content.decode()


def change(run: TrainingRun, **values) -> None:
    TrainingRun.objects.filter(pk=run.pk).update(**values)


def test_the_page_of_a_run_follows_it(admin_client, run):
    change(run, status="running", stage="fit: step 3", progress=0.42, started_at=timezone.now())
    for html in (admin_client.get(page(run)).content.decode(), panel(admin_client, run)):
        assert f'hx-get="{page(run, "panel")}" hx-trigger="every 2s"' in html
        assert "42%" in html
        assert "finding settings and measuring" in html
        assert '<span class="rx-quiet">step 3</span>' in html
        assert "fit:" not in html


def test_a_stage_inside_another_that_we_know_is_said_in_words(admin_client, run):
    change(run, status="running", stage="baseline: evaluate", started_at=timezone.now())
    html = panel(admin_client, run)
    assert "measuring popularity, to compare with" in html
    assert "asking the test questions" in html


def test_an_algorithm_and_a_protocol_are_called_by_their_names(admin_client, run):
    html = panel(admin_client, run)
    assert "<dd>EASE</dd>" in html
    assert "<dd>Leave one out</dd>" in html


@pytest.mark.parametrize("status", ["finished", "failed", "cancelled"])
def test_the_page_stops_asking_when_the_run_has_ended(admin_client, run, status):
    change(run, status=status)
    assert "hx-trigger" not in panel(admin_client, run)


def test_a_run_that_nobody_picks_up_says_how_to_start_a_worker(admin_client, run):
    assert "manage.py serve" not in panel(admin_client, run)
    change(run, created_at=timezone.now() - timedelta(minutes=1))
    assert "manage.py serve" in panel(admin_client, run)


def test_the_time_that_is_left_is_told_once_it_can_be(admin_client, run):
    started = timezone.now() - timedelta(minutes=10)
    change(run, status="running", progress=0.05, started_at=started)
    assert "Left, about" not in panel(admin_client, run)
    change(run, progress=0.5)
    assert "Left, about</dt><dd>10:0" in panel(admin_client, run)
    change(run, status="finished", progress=1)
    assert "Left, about" not in panel(admin_client, run)


def test_a_silent_worker_is_noticed(admin_client, run):
    silent = timezone.now() - timedelta(minutes=5)
    change(run, status="running", started_at=silent, heartbeat_at=silent)
    assert "no sign of life for 5:00" in panel(admin_client, run)


def test_the_reason_of_a_failure_and_the_end_of_the_log_are_shown(admin_client, run):
    log = "\n".join(f"line {number} ends" for number in range(100))
    change(run, status="failed", error="There is nothing to <learn> from.", log=log)
    html = panel(admin_client, run)
    assert "There is nothing to &lt;learn&gt; from." in html
    assert "line 99 ends" in html
    assert "line 39 ends" not in html
    assert "40 earlier lines are left out" in html


def test_a_finished_run_is_compared_with_popularity(admin_client, cinema, artifact_of):
    html = panel(admin_client, artifact_of(cinema).run)
    assert "Better than Popularity: NDCG@10 +0.0400" in html
    assert "[0.0800, 0.1000]" in html


def test_a_queued_run_is_stopped_at_once(admin_client, run):
    admin_client.post(page(run, "stop"))
    run.refresh_from_db()
    assert run.status == "cancelled"


def test_a_running_run_is_asked_to_stop(admin_client, run):
    change(run, status="running")
    admin_client.post(page(run, "stop"))
    run.refresh_from_db()
    assert (run.status, run.cancel_requested) == ("running", True)
    assert "stops at its next step" in panel(admin_client, run)


def test_stopping_a_run_that_has_ended_changes_nothing(admin_client, run):
    change(run, status="finished")
    assert "has ended already" in admin_client.post(page(run, "stop"), follow=True).content.decode()
    run.refresh_from_db()
    assert run.status == "finished"


def test_looking_never_stops_a_run(admin_client, run):
    assert admin_client.get(page(run, "stop")).status_code == 405
    run.refresh_from_db()
    assert run.status == "queued"


def test_a_viewer_can_follow_a_run_but_not_stop_it(viewer, run):
    html = panel(viewer, run)
    assert page(run, "stop") not in html
    assert viewer.post(page(run, "stop")).status_code == 403
    run.refresh_from_db()
    assert run.status == "queued"


def test_a_stranger_cannot_follow_a_run(client, run):
    assert client.get(page(run, "panel")).status_code == 302


def test_a_run_cannot_be_edited_or_deleted(admin_client, run):
    assert admin_client.post(page(run), {"status": "finished"}).status_code == 403
    assert admin_client.post(page(run, "delete")).status_code == 403


def test_a_run_that_does_not_exist_is_not_found(admin_client, db):
    assert admin_client.get(reverse("admin:recommender_trainingrun_panel", args=[99])).status_code == 404


def test_asking_for_the_panel_is_cheap(admin_client, cinema, artifact_of, django_assert_max_num_queries):
    run = artifact_of(cinema).run
    panel(admin_client, run)
    with django_assert_max_num_queries(8):
        panel(admin_client, run)


@pytest.mark.parametrize("query, found", [({"status__exact": "queued"}, True), ({"algorithm": "content"}, False)])
def test_runs_are_narrowed_by_status_and_algorithm(admin_client, run, query, found):
    response = admin_client.get(reverse("admin:recommender_trainingrun_changelist"), query)
    assert (run in response.context["cl"].result_list) is found
