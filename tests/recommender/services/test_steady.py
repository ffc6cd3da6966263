"""A list that nothing speaks against stays as it was."""

from datetime import timedelta

import pytest
from django.utils import timezone

from behaviour.models import Behaviour
from catalog.models import Item
from recommender import selectors
from recommender.models import Recommendation
from recommender.services import ArmWish, experiment_create, experiment_start, experiment_stop, recommend
from recommender.services.rules import rule_create
from recommender.services.steady import served_again, state_of


@pytest.fixture
def served(live):
    person = live.persons[0]

    def state() -> str:
        return state_of(live.storefront, selectors.history_of(live.storefront, person), (), person)

    first = recommend(storefront=live.storefront, person=person, count=4, reasons=True, context={"state": state()})

    def again():
        return served_again(storefront=live.storefront, person=person, state=state())

    def act(kind: str, item: Item) -> Behaviour:
        return Behaviour.objects.create(
            storefront=live.storefront, person=person, item=item, kind=kind, occurred_at=timezone.now(), event_id=kind
        )

    return first, again, act


def test_it_is_the_same_list_with_the_same_reasons(served):
    first, again, _act = served
    same = again()
    assert (same.id, same.placement, same.created_at) == (first.id, first.placement, first.created_at)
    told = [[(entry.item, entry.source, entry.position, entry.reason) for entry in one.items] for one in (same, first)]
    assert told[0] == told[1]


def test_opening_an_item_changes_nothing(served, live):
    first, again, act = served
    act("view", live.comedies[0])
    assert again().id == first.id


@pytest.mark.parametrize("kind", ["like", "hide", "more"])
def test_an_act_does_and_taking_it_back_brings_the_list_back(served, live, kind):
    first, again, act = served
    event = act(kind, live.comedies[0])
    assert again() is None
    event.delete()
    assert again().id == first.id


def test_a_rule_ends_it_when_it_begins_to_hold(served, live, look_again):
    _first, again, _act = served
    rule_create(storefront=live.storefront, values={"name": "x", "kind": "filter", "condition": 'category = "Drama"'})
    look_again(live.storefront)
    assert again() is None


def test_an_experiment_ends_it_and_so_does_its_end(served, live, look_again):
    first, again, _act = served
    arms = [ArmWish("As it is"), ArmWish("Varied", options={"alike": 0.3})]
    experiment = experiment_create(storefront=live.storefront, name="Varied?", placement="home", arms=arms)
    experiment_start(experiment=experiment)
    look_again(live.storefront)
    assert again() is None
    experiment_stop(experiment=experiment, decision="Enough")
    look_again(live.storefront)
    assert again().id == first.id


def test_an_item_that_cannot_be_shown_ends_it(served):
    first, again, _act = served
    Item.objects.filter(pk=first.items[0].item.pk).update(withdrawn=True)
    assert again() is None


def test_it_ends_after_half_an_hour(served):
    first, again, _act = served
    Recommendation.objects.filter(pk=first.id).update(created_at=timezone.now() - timedelta(minutes=31))
    assert again() is None
