"""Looking at an item is a fact, when somebody looks."""

import pytest

from behaviour.models import Behaviour, Person, RefusedEvent
from recommender.models import Recommendation

from .conftest import BROWSER


@pytest.fixture
def views(world):
    return Behaviour.objects.filter(kind="view", person=world.persons[0])


def test_a_view_names_the_list_it_came_from(live, browsing, views):
    card = browsing.get("/s/cinema/").context["shelves"][0].cards[0]
    browsing.get(card.url)
    assert views.get().item == card.item
    assert str(views.get().recommendation_id) == card.recommendation


def test_looking_again_is_the_same_look(live, browsing, views):
    card = browsing.get("/s/cinema/").context["shelves"][0].cards[0]
    browsing.get(card.url)
    browsing.get(card.url)
    assert views.count() == 1


def test_a_made_up_list_is_not_named(world, browsing, views):
    browsing.get("/s/cinema/item/film-15/?r=6f1ed002-ab0b-4f3a-8b8a-000000000000")
    browsing.get("/s/cinema/item/film-16/?r=nonsense")
    assert set(views.values_list("recommendation_id", flat=True)) == {None}


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"User-Agent": ""},
    ],
)
def test_prefetching_browsers_and_robots_look_at_nothing(world, browsing, views, headers):
    lists = Recommendation.objects.count()
    answer = browsing.get("/s/cinema/item/film-15/", headers={"User-Agent": BROWSER, **headers})
    assert answer.status_code == 200
    assert not views.exists()
    assert Recommendation.objects.count() == lists


def test_a_head_request_looks_at_nothing(world, browsing, views):
    assert browsing.head("/s/cinema/item/film-15/").status_code == 200
    assert not views.exists()


def test_looking_around_makes_nobody_a_person(world, visitor):
    before = Person.objects.count()
    for path in ("/", "/s/cinema/", "/s/cinema/item/film-0/", "/s/cinema/search/?q=drama", "/s/cinema/c/Drama/"):
        visitor.get(path)
    assert Person.objects.count() == before
    assert not Behaviour.objects.filter(kind="view").exists()


def test_views_of_a_stranger_are_kept_in_one_storefront(world, shop, visitor):
    visitor.get("/s/cinema/item/film-0/")
    assert visitor.cookies["kindred_views"]["path"] == "/s/cinema/"
    assert visitor.cookies["kindred_views"]["httponly"]
    assert visitor.get("/s/shop/").context["visitor"].views == []


def test_only_the_last_views_are_kept(world, visitor):
    for n in range(20):
        visitor.get(f"/s/cinema/item/film-{n}/")
    views = visitor.get("/s/cinema/").context["visitor"].views
    assert [view.item for view in views] == [item.pk for item in world.items[8:]]
    assert len(visitor.cookies["kindred_views"].value) < 1500


def test_looking_or_pressing_twice_is_not_noted_as_a_refused_event(live, browsing, press):
    for _ in range(2):
        browsing.get("/s/cinema/item/film-7/")
        browsing.get("/s/cinema/search/?q=drama")
        press("like", client=browsing)
    assert not RefusedEvent.objects.exists()
