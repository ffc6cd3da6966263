"""Attribution tables equal a slow count of the rows themselves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from recommender.jobs.measuring import measures_update
from recommender.models import PlaceHour
from recommender.services.attribution import attribution
from recommender.services.periods import last_days
from tests.recommender.served_world import served_world
from tests.recommender.slow_figures import brought

NOW = datetime(2026, 11, 20, 15, 20, tzinfo=UTC)
OF_LISTS = ("lists", "seen", "clicked", "converted")
SUMS = ("impressions", "clicks", "conversions", "dismissals", "dwell", "dwells")


@pytest.mark.parametrize("by", ["placement", "algorithm", "deployment", "arm", "position", "source"])
def test_every_table_equals_a_count_of_the_rows(shop, by):
    served_world(shop, now=NOW, seed=11)
    measures_update(storefront_id=shop.pk, now=NOW)
    period = last_days(7, NOW)
    slow = brought(shop, period.start, period.end, by)
    found = {row.key: row for row in attribution(storefront=shop, period=period, by=by)}
    assert found.keys() == slow.keys()
    for key, row in found.items():
        expected = slow[key]
        assert {name: getattr(row, name) for name in (*OF_LISTS, *SUMS)} == pytest.approx(
            {name: expected.get(name, 0) for name in (*OF_LISTS, *SUMS)}
        ), key
        assert {f"revenue {currency}": sum_ for currency, sum_ in row.revenue.items() if sum_} == {
            name: sum_ for name, sum_ in expected.items() if name.startswith("revenue") and sum_
        }, key


def test_an_algorithm_in_bad_places_is_not_taken_for_a_bad_one(shop):
    """Two algorithms of equal worth; one of them stood lower. θ = 1, .5, .25, and γ = .4."""
    theta = [1.0, 0.5, 0.25]
    shown = {"high": [8000, 2000, 1000], "low": [1000, 2000, 8000]}
    for number, (algorithm, impressions) in enumerate(shown.items()):
        for position, n in enumerate(impressions):
            PlaceHour.objects.create(
                storefront=shop,
                hour=NOW.replace(minute=0),
                placement="home",
                deployment=number,
                algorithm=algorithm,
                position=position,
                source="model",
                impressions=n,
                clicks=round(n * theta[position] * 0.4),
            )
    rows = {r.key: r for r in attribution(storefront=shop, period=last_days(7, NOW), by="algorithm")}
    assert rows["high"].ctr > 1.8 * rows["low"].ctr
    assert rows["high"].corrected == pytest.approx(0.4, rel=0.02)
    assert rows["low"].corrected == pytest.approx(0.4, rel=0.02)
    places = attribution(storefront=shop, period=last_days(7, NOW), by="position")
    assert [row.examined for row in places] == pytest.approx(theta, rel=0.02)
