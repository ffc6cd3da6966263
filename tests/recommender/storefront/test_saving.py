"""What somebody saved waits for them, in every vertical, and for nobody else."""

import pytest
from django.test import Client

from behaviour.kinds import kinds_for
from behaviour.models import Behaviour
from catalog.models import Item, Storefront

from .conftest import BROWSER


@pytest.mark.django_db
@pytest.mark.parametrize("vertical", ["ecommerce", "news", "video", "social", "health"])
def test_each_vertical_saves_from_a_card_and_takes_out_again(vertical, press, visitor):
    storefront = Storefront.objects.create(slug="place", name="Place", vertical=vertical)
    attributes = {"author": "ada", "author_name": "Ada"} if vertical == "social" else {}
    Item.objects.create(storefront=storefront, external_id="a", title="An item", attributes=attributes)
    kind = next(kind.name for kind in kinds_for(vertical).values() if kind.saves)
    press(kind, item="a", storefront="place", card="1", htmx=True)
    page = visitor.get("/s/place/saved/")
    assert [card.title for card in page.context["cards"]] == ["An item"]
    assert str(page.context["keeping"].out) in page.content.decode()
    visitor.post("/s/place/unsave/a/", {})
    page = visitor.get("/s/place/saved/")
    assert str(page.context["keeping"].empty) in page.content.decode()


def test_the_last_that_was_saved_stands_first_and_each_item_once(world, visitor, press):
    for item, token in (("film-1", "a"), ("film-2", "b"), ("film-1", "c")):
        press("save", item=item, token=token)
    cards = visitor.get("/s/cinema/saved/").context["cards"]
    assert [card.item.external_id for card in cards] == ["film-1", "film-2"]


def test_what_a_client_reported_is_taken_out_too(world, browsing):
    person = world.persons[0]
    Behaviour.objects.create(
        storefront=world.storefront,
        person=person,
        item=world.items[3],
        kind="save",
        occurred_at="2026-11-01T00:00Z",
        event_id="from-the-app",
    )
    browsing.post("/s/cinema/unsave/film-3/", {})
    assert browsing.get("/s/cinema/saved/").context["cards"] == []


def test_an_item_that_is_gone_is_counted_and_not_shown(world, visitor, press):
    press("save")
    Item.objects.filter(external_id="film-0").update(withdrawn=True)
    assert "1 film cannot be had" in visitor.get("/s/cinema/saved/").content.decode()


def test_nobody_sees_what_another_saved(world, visitor, press):
    press("save")
    other = Client(headers={"User-Agent": BROWSER})
    assert other.get("/s/cinema/saved/").context["cards"] == []


@pytest.mark.parametrize("page", ["0", "2", "x", "²"])
def test_pages_that_do_not_exist_are_not_found(world, visitor, press, page):
    press("save")
    assert visitor.get("/s/cinema/saved/", {"page": page}).status_code == 404
