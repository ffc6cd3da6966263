"""Every figure of the first page equals a slow count of the rows themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from recommender.jobs.measuring import measures_update
from recommender.models import Click, Impression, Recommendation
from recommender.services.kpis import Kpi, kpis
from recommender.services.periods import last_days
from tests.recommender.served_world import served_world
from tests.recommender.slow_figures import kpis as slow_kpis

NOW = datetime(2026, 11, 20, 15, 20, tzinfo=UTC)


@pytest.fixture
def at_now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.mark.parametrize("days", [1, 7])
@pytest.mark.parametrize("seed", [0, 1])
def test_every_figure_equals_a_count_of_the_rows(shop, at_now, seed, days):
    served_world(shop, now=NOW, seed=seed)
    measures_update(storefront_id=shop.pk, now=NOW)
    period = last_days(days, NOW)
    slow = slow_kpis(shop, period.start, period.end, NOW)
    slow_before = slow_kpis(shop, period.before.start, period.before.end, NOW)
    found = kpis(storefront=shop, period=period)
    assert [kpi.slug for kpi in found] == list(slow)
    for kpi in found:
        assert (kpi.value, kpi.n) == (pytest.approx(slow[kpi.slug][0], rel=1e-6), slow[kpi.slug][1]), kpi.slug
        if kpi.slug != "coverage":
            expected = slow_before[kpi.slug]
            assert (kpi.before, kpi.n_before) == (pytest.approx(expected[0], rel=1e-6), expected[1]), kpi.slug


def test_what_happens_later_changes_the_hour_in_which_the_list_was_served(shop, at_now):
    served_world(shop, now=NOW - timedelta(hours=1), seed=2, lists=120, days=1)
    measures_update(storefront_id=shop.pk, now=NOW - timedelta(minutes=2))
    unseen = Recommendation.objects.filter(impressions=None).first()
    about = {"storefront": shop, "recommendation": unseen, "position": 0}
    Impression.objects.create(**about, seen_at=NOW)
    Click.objects.create(**about, clicked_at=NOW)
    assert measures_update(storefront_id=shop.pk, now=NOW - timedelta(minutes=1)) >= 1
    period = last_days(7, NOW)
    slow = slow_kpis(shop, period.start, period.end, NOW)
    assert {kpi.slug: kpi.n for kpi in kpis(storefront=shop, period=period)} == {k: n for k, (_, n) in slow.items()}
    assert next(iter(kpis(storefront=shop, period=period))).value == pytest.approx(slow["ctr"][0])


def test_counting_twice_adds_nothing(shop, at_now):
    served_world(shop, now=NOW, seed=3, lists=60)
    measures_update(storefront_id=shop.pk, now=NOW)
    before = kpis(storefront=shop, period=last_days(7, NOW))
    measures_update(storefront_id=shop.pk, now=NOW, days=30)
    assert kpis(storefront=shop, period=last_days(7, NOW)) == before


def test_an_update_without_news_counts_no_hour_but_the_last_ones(shop, at_now):
    served_world(shop, now=NOW - timedelta(hours=3), seed=4, lists=60)
    for minute in range(3):
        counted = measures_update(storefront_id=shop.pk, now=NOW + timedelta(minutes=minute))
    assert counted == 0


def test_there_is_no_difference_between_few_cases():
    assert Kpi("ctr", 0.5, 100, 0.4, 100).difference == pytest.approx(0.1)
    assert Kpi("ctr", 0.5, 99, 0.4, 100).difference is None
    assert Kpi("ctr", 0.5, 100, 0.4, 99).difference is None
    assert Kpi("ctr", 0.5, 100, None, 0).difference is None


def test_nothing_happened_gives_no_figure_and_no_error(shop):
    assert {kpi.value for kpi in kpis(storefront=shop, period=last_days(7))} == {None}


def test_figures_of_another_storefront_are_not_counted(shop, cinema, at_now):
    served_world(shop, now=NOW, seed=5, lists=40)
    measures_update(storefront_id=shop.pk, now=NOW)
    measures_update(storefront_id=cinema.pk, now=NOW)
    assert {kpi.n for kpi in kpis(storefront=cinema, period=last_days(7, NOW))} == {0}


def test_eight_queries_tell_all(shop, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        kpis(storefront=shop, period=last_days(28))
