"""What a caller demands and prefers, and that it never brings in what may not be shown."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Item
from recommender import registry
from recommender.contracts import Rule
from recommender.services import ConditionError, ServiceError, conditions_read, recommend, search, similar
from recommender.services.wishes import recommend_from_words

EVERYTHING = 'category = "comedy" or category = "drama"'


def ids(served) -> set[str]:
    return {entry.item.external_id for entry in served.items}


def test_the_model_ranks_what_the_filter_leaves(live):
    conditions = conditions_read(live.storefront, 'category = "Comedy"')
    served = recommend(storefront=live.storefront, person=live.persons[0], count=5, conditions=conditions)
    assert served.algorithm == "ease"
    assert {entry.item.categories[0] for entry in served.items} == {"Comedy"}
    assert len(served.items) == 5


def test_a_boost_turns_the_order_of_the_model(live):
    conditions = conditions_read(live.storefront, boosts=[{"if": 'category = "comedy"', "by": 10}])
    served = recommend(storefront=live.storefront, person=live.persons[0], count=4, conditions=conditions, diversity=0)
    assert {entry.item.categories[0] for entry in served.items} == {"Comedy"}


def test_no_filter_brings_in_what_is_withdrawn_over_seen_or_excluded(live, look_again):
    now = timezone.now()
    Item.objects.filter(pk=live.items[12].pk).update(withdrawn=True, updated_at=now)
    Item.objects.filter(pk=live.items[13].pk).update(available_until=now - timedelta(days=1), updated_at=now)
    Item.objects.filter(pk=live.items[14].pk).update(available_from=now + timedelta(days=1), updated_at=now)
    look_again(live.storefront)
    conditions = conditions_read(live.storefront, EVERYTHING, [{"if": EVERYTHING, "by": 10}])
    served = recommend(
        storefront=live.storefront, person=live.persons[0], count=20, exclude=[live.items[15].pk], conditions=conditions
    )
    gone = {f"film-{n}" for n in (*range(6), 12, 13, 14, 15)}
    assert ids(served) == {f"film-{n}" for n in range(20)} - gone


def test_no_filter_and_no_boost_gets_past_a_rule(live, monkeypatch):
    class NoComedies:
        slug = "no_comedies"
        reason = {"en": "A comedy."}

        def allows(self, items, query):
            return ~(items.ids >= live.comedies[0].pk)

    assert isinstance(NoComedies(), Rule)
    video = replace(registry.vertical("video"), rules=(NoComedies(),))
    monkeypatch.setattr(registry, "vertical", lambda slug: video)
    conditions = conditions_read(live.storefront, EVERYTHING, [{"if": 'category = "comedy"', "by": 10}])
    options = {"storefront": live.storefront, "count": 20, "conditions": conditions}
    for served in (
        recommend(**options),
        similar(item=live.dramas[0], **options),
        search(words="comedy drama", **options),
        recommend_from_words(text="a comedy", **options),
    ):
        assert served.items
        assert {entry.item.categories[0] for entry in served.items} == {"Drama"}


@pytest.mark.parametrize("diversity", [-0.1, 1.1, float("nan")])
def test_variety_lies_between_none_and_all(live, diversity):
    with pytest.raises(ServiceError, match="between 0 and 1"):
        recommend(storefront=live.storefront, diversity=diversity)


@pytest.mark.parametrize(
    "filter, boosts, place",
    [
        ("genre = ", [], ("filter",)),
        ("", [{"if": "price < 3", "by": 1}, {"if": "nonsense", "by": 1}], ("boost", 1, "if")),
        ("", [{"if": "price < 3", "by": float("inf")}], ("boost", 0, "by")),
        ("", [{"if": "price < 3", "by": 1}] * 11, ("boost",)),
    ],
)
def test_an_error_says_where_it_stands(cinema, filter, boosts, place):
    with pytest.raises(ConditionError) as caught:
        conditions_read(cinema, filter, boosts)
    assert caught.value.place == place
