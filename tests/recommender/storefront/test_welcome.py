"""Three picks make a page of one's own, at once; nobody has to."""

import pytest

from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront

COMEDIES = ["film-11", "film-12", "film-13"]


def test_it_shows_tiles_of_every_kind_and_a_way_past_it(world, visitor):
    page = visitor.get("/s/cinema/welcome/")
    assert 16 <= len(page.context["tiles"]) <= 20
    assert {card.item.categories[0] for card in page.context["tiles"][:4]} == {"Drama", "Comedy"}
    assert "Skip" in page.content.decode()


def test_the_home_page_invites_strangers_only(world, visitor, press):
    assert "Pick a few things" in visitor.get("/s/cinema/").content.decode()
    press("like")
    assert "Pick a few things" not in visitor.get("/s/cinema/").content.decode()


def test_picks_are_used_at_once_by_an_anonymous_visitor(live, visitor):
    answer = visitor.post("/s/cinema/welcome/", {"item": COMEDIES})
    assert answer.url == "/s/cinema/"
    shelf = visitor.get("/s/cinema/").context["shelves"][0]
    assert shelf.heading == "For you"
    assert {card.item.categories[0] for card in shelf.cards[:4]} == {"Comedy"}
    assert Person.objects.get(anonymous=True).behaviours.filter(kind="more").count() == 3


def test_what_was_picked_is_not_called_looked_at(live, visitor):
    visitor.post("/s/cinema/welcome/", {"item": COMEDIES})
    shelves = visitor.get("/s/cinema/?all=1").context["shelves"]
    reasons = [card.reason for card in shelves[0].cards if card.reason]
    assert reasons and all(reason.startswith("Because you asked for more like “Comedy") for reason in reasons)
    because = next((shelf.heading for shelf in shelves if shelf.slug == "because"), "more like")
    assert "more like" in because


def test_the_preview_is_the_list_that_follows(live, visitor):
    previewed = visitor.post("/s/cinema/welcome/", {"item": COMEDIES, "preview": "1"}).context["preview"]
    visitor.post("/s/cinema/welcome/", {"item": COMEDIES})
    follows = visitor.get("/s/cinema/").context["shelves"][0].cards
    assert [card.item for card in previewed] == [card.item for card in follows[: len(previewed)]]


def test_sending_it_twice_is_picking_once(live, visitor):
    for _ in range(2):
        visitor.post("/s/cinema/welcome/", {"item": COMEDIES})
    assert Behaviour.objects.filter(kind="more").count() == 3


def test_whoever_comes_back_picks_more(live, visitor):
    visitor.post("/s/cinema/welcome/", {"item": COMEDIES})
    visitor.post("/s/cinema/welcome/", {"item": [*COMEDIES, "film-1"]})
    assert Behaviour.objects.filter(kind="more").count() == 4


def test_too_few_say_how_many_are_missing_and_stay_picked(world, visitor):
    page = visitor.post("/s/cinema/welcome/", {"item": ["film-11", "no-such-film"]})
    assert page.status_code == 422
    html = page.content.decode()
    assert "Pick 2 more" in html and 'value="film-11" checked' in html
    assert not Person.objects.filter(anonymous=True).exists()


def test_a_preview_changes_nothing(live, visitor):
    part = visitor.post("/s/cinema/welcome/preview/", {"item": COMEDIES}, headers={"HX-Request": "true"})
    assert {card.item.categories[0] for card in part.context["preview"][:3]} == {"Comedy"}
    assert not Person.objects.filter(anonymous=True).exists()


def test_without_script_a_button_previews(live, visitor):
    page = visitor.post("/s/cinema/welcome/", {"item": COMEDIES, "preview": "1"})
    assert page.status_code == 200
    assert {card.item.categories[0] for card in page.context["preview"][:3]} == {"Comedy"}
    assert 'value="film-11" checked' in page.content.decode()


@pytest.mark.django_db
def test_where_consent_comes_first_picks_alone_are_no_consent(visitor):
    portal = Storefront.objects.create(slug="portal", name="Portal", vertical="health")
    for number in range(6):
        Item.objects.create(storefront=portal, external_id=f"i{number}", title=f"Naps {number}", categories=["Sleep"])
    picks = {"item": ["i0", "i1", "i2"]}
    page = visitor.post("/s/portal/welcome/", picks)
    assert page.status_code == 422 and "only if you say yes" in page.content.decode()
    assert not Behaviour.objects.exists()
    assert visitor.post("/s/portal/welcome/", {**picks, "agree": "1"}).status_code == 302
    assert Person.objects.get().consents == {"personalisation": True}
