"""What is done by the clock exists, and does what its name says."""

from __future__ import annotations

from django.conf import settings

from config.celery import app
from recommender.models import LintFinding, Measured, Segment


def test_every_entry_of_the_schedule_names_a_task(db):
    app.autodiscover_tasks(force=True)
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= app.tasks.keys()


def test_the_tasks_count_look_and_sort(shop):
    from recommender import tasks

    segment = Segment.objects.create(storefront=shop, slug="s", name="S", condition="known = true")
    tasks.measure()
    tasks.measure(days=2)
    tasks.lint()
    tasks.count_segments()
    segment.refresh_from_db()
    assert Measured.objects.get(storefront=shop).until is not None
    assert LintFinding.objects.filter(storefront=shop).exists()
    assert segment.counted_at is not None
