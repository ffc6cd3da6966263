"""What a heading, a reason or a share says of a person is what they did, and nothing warmer."""

from types import SimpleNamespace

import numpy as np
import pytest
from django.utils import timezone

from behaviour.kinds import MORE, kinds_for
from behaviour.models import Behaviour
from catalog.models import Item
from recommender import registry, selectors
from recommender.data import Items, Query
from recommender.explaining import because
from recommender.explaining.trace import facets_of
from recommender.services import listed
from recommender.services.aside import aside_of
from recommender.storefront.shelves import Home
from recommender.storefront.visitor import Visitor
from recommender.storefront.why import _method
from recommender.verticals.ecommerce.past import profile
from recommender.verticals.ecommerce.sources import Substitutes
from recommender.verticals.video.series import NextParts

VERTICALS = ("ecommerce", "news", "video", "social", "health")


def act(person, item, kind: str, value: float | None = None) -> None:
    count = Behaviour.objects.count()
    Behaviour.objects.create(
        storefront=person.storefront,
        person=person,
        item=item,
        kind=kind,
        value=value,
        event_id=f"act-{count}",
        occurred_at=timezone.now(),
    )


@pytest.mark.parametrize("slug", VERTICALS)
@pytest.mark.parametrize(("language", "picked"), [("en", "Because you picked"), ("zh-hans", "因为你选择了")])
def test_what_was_picked_is_called_picked(db, slug, language, picked):
    assert because(registry.vertical(slug), MORE, "Heat", language).startswith(picked)


@pytest.mark.parametrize(("slug", "mark"), [("video", 3.0), ("video", 3.5), ("ecommerce", 3.5)])
def test_a_middling_mark_is_told_as_a_mark(db, slug, mark):
    vertical = registry.vertical(slug)
    assert because(vertical, "rating", "Heat", "en", mark=mark) == f"Because you rated Heat {mark:g} of 5"
    assert f"打了 {mark:g} 分" in because(vertical, "rating", "Heat", "zh-hans", mark=mark)
    assert because(vertical, "rating", "Heat", "en", mark=4.0) == "Because you liked Heat"


def test_a_share_of_a_film_is_no_mark(db):
    assert not kinds_for("video")["watch"].is_lukewarm(0.5)


@pytest.mark.parametrize(
    ("slug", "weak"),
    [
        ("ecommerce", {"colour": "white", "age_group": "child"}),
        ("news", {"source": "The Post", "form": "opinion", "place": "Port Alder"}),
        ("social", {"form": "note"}),
        ("health", {"form": "article", "reading_level": "easy"}),
    ],
)
def test_forms_colours_and_places_are_no_reason(db, slug, weak):
    assert facets_of(registry.vertical(slug).item_schema, [], weak) == frozenset()


def test_nothing_that_got_three_stars_heads_a_shelf(world):
    person = world.persons[0]
    person.storefront = world.storefront
    act(person, world.comedies[0], "rating", 4.0)
    act(person, world.comedies[1], "rating", 3.0)
    act(person, world.comedies[2], "view")
    home = Home(Visitor(world.storefront, person), "en")
    home.history, home.hidden = selectors.history_of(world.storefront, person), frozenset()
    assert home._anchor(registry.vertical("video")) == world.comedies[0].pk
    home.hidden = frozenset({"Comedy"})
    assert home._anchor(registry.vertical("video")) not in {item.pk for item in world.comedies}


def test_what_is_saved_or_picked_or_in_the_cart_is_put_aside(shop, django_assert_num_queries):
    person = shop.persons.create(external_id="me")
    items = [Item.objects.create(storefront=shop, external_id=str(n), title=str(n)) for n in range(6)]
    done = [("like",), (MORE,), ("cart",), ("cart", "remove_from_cart"), ("cart", "purchase"), ("view",)]
    for item, kinds in zip(items, done, strict=True):
        for kind in kinds:
            act(person, item, kind)
    with django_assert_num_queries(1):
        assert aside_of(person) == {item.pk for item in items[:3]}
    assert aside_of(None) == frozenset()


def test_what_is_picked_does_not_make_itself_popular(world):
    before = selectors.popular_items(world.storefront)
    for person in world.persons[:5]:
        act(person, world.dramas[0], MORE)
    assert selectors.popular_items(world.storefront) == before


def test_what_can_be_read_comes_first_and_nothing_is_left_out(world):
    Item.objects.filter(pk__in=[item.pk for item in world.dramas]).update(language="zh-hans")
    Item.objects.filter(pk=world.comedies[0].pk).update(language="en-gb")
    options = {"storefront": world.storefront, "order": "popular", "placement": "popular", "count": 20, "record": False}
    shown = [entry.item for entry in listed(language="en", **options)[0].items]
    assert len(shown) == 20 and {item.categories[0] for item in shown[:10]} == {"Comedy"}
    chinese = [entry.item for entry in listed(language="zh-hans", **options)[0].items]
    assert len(chinese) == 20 and chinese[-1].pk == world.comedies[0].pk


@pytest.mark.parametrize(
    "shares", [{"graph": 0.63, "ease": 0.23, "next-item": 0.09, "content": 0.06}, {"ease": 1 / 3, "content": 2 / 3}]
)
def test_shares_add_up_to_a_hundred_and_name_no_algorithm(db, shares):
    told = _method(SimpleNamespace(components=shares, algorithm="blend"), "en")
    percents = [int(part.rsplit(" ", 1)[1].rstrip("%")) for part in told.split(", ")]
    assert sum(percents) == 100
    assert "EASE" not in told and "what the same people chose" in told


def test_a_source_names_what_it_went_by(db):
    items = Items(
        ids=np.arange(4),
        categories=[("Kitchen", "Cups"), ("Kitchen", "Cups"), ("Kitchen", "Cups"), ("Kitchen", "Pans")],
        attributes=[{}] * 4,
        prices=np.array([100.0, 120.0, 500.0, 100.0]),
    )
    past = [SimpleNamespace(kind="view", item=SimpleNamespace(categories=("Kitchen", "Cups")), time=0.0)]
    query = Query.of([0], now=0.0, person=profile(past))
    assert Substitutes().anchor(items, query, 1) == 0
    assert Substitutes().anchor(items, query, 2) is None
    assert list(Substitutes().candidates(items, query, 4).items) == [1]


def test_a_next_part_names_the_part_before_it(db):
    items = Items(
        ids=np.arange(3),
        attributes=[{"series": "A", "part": 1}, {"series": "B", "part": 1}, {"series": "A", "part": 2}],
    )
    assert NextParts().anchor(items, Query.of([0, 1], now=0.0), 2) == 0
