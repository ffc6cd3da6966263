"""What is only of use while it is new goes by itself."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from recommender.jobs.cleaning import REST_HOURS, rests_clean
from recommender.models import Recommendation
from recommender.services.pages import HOURS_VALID
from recommender.tasks import clean

NOW = timezone.now()


@pytest.fixture
def lists(shop) -> list[Recommendation]:
    """An old list and a new one, both with later pages."""
    return [
        Recommendation.objects.create(
            storefront=shop, placement="home", items=[[1, 0.5, "model"]], rest="packed", created_at=NOW - age
        )
        for age in (timedelta(hours=REST_HOURS + 1), timedelta(hours=HOURS_VALID))
    ]


def test_later_pages_go_when_no_cursor_can_ask_for_them_and_the_list_stays(lists):
    assert rests_clean(now=NOW) == 1
    old, new = (Recommendation.objects.get(pk=one.pk) for one in lists)
    assert (old.rest, old.items) == (None, [[1, 0.5, "model"]])
    assert new.rest == "packed"


def test_a_second_look_finds_nothing(lists):
    rests_clean(now=NOW)
    assert rests_clean(now=NOW) == 0


def test_the_daily_task_does_it(lists):
    clean()
    assert Recommendation.objects.filter(rest=None).count() == 1


def test_lists_without_later_pages_are_not_even_read(lists):
    old = Recommendation.objects.filter(created_at__lt=NOW, rest__isnull=False).order_by().values("pk")
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {old.query.sql_with_params()[0]}", old.query.sql_with_params()[1])
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "recommendation_with_rest" in plan
