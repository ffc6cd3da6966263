"""The slot in which a placement tries what it knows little of."""

import numpy as np
import pytest

from behaviour.models import Person
from recommender.models import Exploration, OperatorRule, Recommendation
from recommender.services import recommend


@pytest.fixture
def slot(live, look_again):
    def make(**wish):
        row = Exploration.objects.create(
            storefront=live.storefront, placement="home", **{"share": 0.5, "position": 1, **wish}
        )
        look_again(live.storefront)
        return row

    return make


def records(live, times=10, count=4):
    ids = [
        recommend(storefront=live.storefront, person=person, count=count).id
        for person in live.persons[:20]
        for _ in range(times)
    ]
    return list(Recommendation.objects.filter(pk__in=ids))


def test_every_list_says_with_what_chance_it_shows_what_it_shows(live, slot):
    slot()
    for row in records(live, times=1):
        kept = row.exploration
        shown = row.items[kept["position"]][0]
        assert kept["item"] == shown
        assert kept["model"] in kept["pool"] and shown in kept["pool"]
        alone = 0.5 / len(kept["pool"])
        assert kept["propensity"] == pytest.approx(alone + (0.5 if shown == kept["model"] else 0), abs=1e-6)


def test_items_come_up_as_often_as_their_propensities_say(live, slot):
    slot()
    rows = [row.exploration for row in records(live, times=15)]
    # If the recorded chances are the true ones, 1 / propensity of what was shown adds up to the size of the pool.
    estimates = [1 / kept["propensity"] for kept in rows]
    sizes = [len(kept["pool"]) for kept in rows]
    assert np.mean(estimates) == pytest.approx(np.mean(sizes), rel=0.3)
    other = np.mean([0.5 * (1 - 1 / size) for size in sizes])
    assert np.mean([kept["item"] != kept["model"] for kept in rows]) == pytest.approx(other, abs=0.13)


def test_what_was_drawn_is_marked_as_explored(live, slot):
    slot(share=1.0)
    for row in records(live, times=1):
        kept = row.exploration
        explored = row.items[kept["position"]][2] == "explored"
        assert explored is (kept["item"] != kept["model"])


def test_only_eligible_items_are_drawn(live, slot):
    slot(share=1.0, category="Comedy")
    comedies = {item.pk for item in live.comedies}
    drawn = [row.exploration for row in records(live, times=1) if row.exploration]
    assert drawn
    for kept in drawn:
        assert set(kept["pool"]) - {kept["model"]} <= comedies


def test_what_may_not_be_shown_is_not_drawn(live, slot, look_again):
    slot(share=1.0)
    withdrawn = live.comedies[0]
    withdrawn.withdrawn = True
    withdrawn.save()
    look_again(live.storefront)
    for row in records(live, times=1):
        assert withdrawn.pk not in row.exploration["pool"]
        assert withdrawn.pk not in [pk for pk, _score, _source in row.items]


def test_nothing_is_drawn_for_who_turned_personalisation_off(live, slot):
    slot(share=1.0)
    Person.objects.filter(pk=live.persons[0].pk).update(consents={"personalisation": False})
    served = recommend(storefront=live.storefront, person=Person.objects.get(pk=live.persons[0].pk))
    assert Recommendation.objects.get(pk=served.id).exploration is None


def test_no_item_stands_twice_in_a_list(live, slot):
    slot(share=1.0)
    for row in records(live, times=3):
        pks = [pk for pk, _score, _source in row.items]
        assert len(pks) == len(set(pks))


def test_a_slot_beyond_the_end_of_the_list_draws_nothing(live, slot):
    slot(position=9)
    assert all(row.exploration is None for row in records(live, times=1))


def test_what_was_drawn_by_chance_claims_no_reason_of_the_persons_own(live, slot):
    slot(share=1.0)
    for person in live.persons[:10]:
        for entry in recommend(storefront=live.storefront, person=person, count=4, reasons=True).items:
            assert (entry.reason == "Chosen by chance, to try something else") is (entry.source == "explored")


def test_what_an_operator_pinned_keeps_its_place(live, slot, look_again):
    OperatorRule.objects.create(
        storefront=live.storefront, name="First", kind="pin", condition='category = "Comedy"', position=2
    )
    slot(share=1.0, position=1)
    for row in records(live, times=1):
        assert row.exploration is None and row.items[1][2] == "rule"


def test_nothing_is_drawn_of_what_an_operator_hid(live, slot, look_again):
    OperatorRule.objects.create(storefront=live.storefront, name="None", kind="filter", condition='category = "Comedy"')
    slot(share=1.0)
    comedies = {item.pk for item in live.comedies}
    rows = [row for row in records(live, times=1) if row.exploration]
    assert rows and all(comedies.isdisjoint(row.exploration["pool"]) for row in rows)
