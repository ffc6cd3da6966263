"""What is done by the clock exists, and does what its name says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from catalog.idempotency import KEPT
from catalog.keys import api_key_create
from catalog.models import Answer
from config.celery import app
from recommender import tasks
from recommender.admin.clock import NAMES
from recommender.models import LintFinding, Measured, Segment


def test_every_entry_of_the_schedule_names_a_task(db):
    app.autodiscover_tasks(force=True)
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= app.tasks.keys()


def test_every_entry_of_the_schedule_says_in_words_what_it_does():
    assert settings.CELERY_BEAT_SCHEDULE.keys() <= NAMES.keys()


def test_the_clock_calls_itself_and_its_tasks_by_words(admin_client):
    every, _new = IntervalSchedule.objects.get_or_create(every=60, period=IntervalSchedule.SECONDS)
    task, _new = PeriodicTask.objects.update_or_create(
        name="figures", defaults={"task": "recommender.tasks.measure", "interval": every}
    )
    page = admin_client.get(reverse("admin:django_celery_beat_periodictask_change", args=[task.pk])).content.decode()
    assert "count the figures of Home and Attribution" in page
    assert "Periodic Tasks" not in page


def test_the_tasks_count_look_and_sort(shop):
    segment = Segment.objects.create(storefront=shop, slug="s", name="S", condition="known = true")
    tasks.measure()
    tasks.measure(days=2)
    tasks.lint()
    tasks.count_segments()
    segment.refresh_from_db()
    assert Measured.objects.get(storefront=shop).until is not None
    assert LintFinding.objects.filter(storefront=shop).exists()
    assert segment.counted_at is not None


@pytest.mark.parametrize("task", ["measure", "lint", "count_segments", "watch"])
def test_what_fails_on_one_storefront_is_done_on_the_others(cinema, shop, task, monkeypatch, caplog):
    done = []

    def work(*, storefront_id, **options):
        if storefront_id == cinema.pk:
            raise RuntimeError("a row that nobody thought of")
        done.append(storefront_id)

    for place in (
        "measuring.measures_update",
        "linting.storefront_lint",
        "segments.segments_count",
        "alerts.alerts_check",
    ):
        monkeypatch.setattr(f"recommender.jobs.{place}", work)
    getattr(tasks, task)()
    assert done == [shop.pk]
    assert "a row that nobody thought of" in caplog.text


def test_answers_that_nobody_can_ask_for_again_are_forgotten_by_the_clock(shop):
    key, _secret = api_key_create(storefront=shop, name="shop", scopes=["write"])
    now = timezone.now()
    for name, age in (("old", KEPT + timedelta(minutes=1)), ("new", KEPT - timedelta(minutes=1))):
        Answer.objects.create(key=key, name=name, digest="d", status=201, body=b"{}", created_at=now - age)
    task = settings.CELERY_BEAT_SCHEDULE["kept answers"]["task"]
    app.tasks[task]()
    assert Answer.objects.get().name == "new"
