"""Later pages go on as the first began, in the order that a list has."""

import base64
import json
import zlib

from behaviour.models import Person
from catalog.models import Item, Storefront
from recommender.models import Recommendation
from recommender.services import cursor_of, page_next, page_of, recommend
from recommender.services.answers import SPARE
from recommender.services.pages import BEYOND
from recommender.services.together import Together


def test_nobody_is_offered_their_own_posts_on_any_page(db):
    """What the vertical's reranker leaves out of a list is on none of its later pages either."""
    commons = Storefront.objects.create(slug="commons", name="Commons", vertical="social")
    ada = Person.objects.create(storefront=commons, external_id="ada")
    for number in range(40):
        author = "ada" if number % 4 == 0 else f"p-{number % 5}"
        Item.objects.create(
            storefront=commons, external_id=f"post-{number}", title=f"Post {number}", attributes={"author": author}
        )
    served = recommend(storefront=commons, person=ada, count=5, pages=True)
    authors = [entry.item.attributes["author"] for entry in served.items]
    while (cursor := cursor_of(commons, served, "test")) is not None:
        served = page_next(storefront=commons, page=page_of(commons, cursor, "test"), person=ada)
        authors += [entry.item.attributes["author"] for entry in served.items]
    assert len(authors) == 30
    assert "ada" not in authors


def test_what_is_kept_for_later_pages_is_bounded(shop):
    Item.objects.bulk_create(
        Item(storefront=shop, external_id=f"thing-{number}", title=f"Thing {number}") for number in range(300)
    )
    served = recommend(storefront=shop, count=5, pages=True)
    row = Recommendation.objects.get(pk=served.id)
    assert len(json.loads(zlib.decompress(base64.b85decode(row.rest)))) <= BEYOND + SPARE
    assert len(row.rest) < 4_000
    assert "rest" not in row.context


def test_a_later_page_looks_at_no_more_items_than_it_may_need(shop, monkeypatch):
    Item.objects.bulk_create(
        Item(storefront=shop, external_id=f"thing-{number}", title=f"Thing {number}") for number in range(200)
    )
    served = recommend(storefront=shop, count=5, pages=True)
    asked = []
    available = Together.available

    def counting(self, storefront, pks):
        asked.append(len(pks))
        return available(self, storefront, pks)

    monkeypatch.setattr(Together, "available", counting)
    page_next(storefront=shop, page=page_of(shop, cursor_of(shop, served, "test"), "test"))
    assert asked == [5 + 1 + SPARE]


def test_a_page_goes_on_looking_where_much_has_gone_since(shop):
    """Whatever was withdrawn, a page is full as long as there is something left."""
    Item.objects.bulk_create(
        Item(storefront=shop, external_id=f"thing-{number}", title=f"Thing {number}") for number in range(100)
    )
    first = recommend(storefront=shop, count=5, pages=True)
    shown = {entry.item.pk for entry in first.items}
    rest = Item.objects.exclude(pk__in=shown)
    left = set(rest.order_by("pk").values_list("pk", flat=True)[:8])
    rest.exclude(pk__in=left).update(withdrawn=True)
    served, found = first, []
    while (cursor := cursor_of(shop, served, "test")) is not None:
        served = page_next(storefront=shop, page=page_of(shop, cursor, "test"))
        found.append([entry.item.pk for entry in served.items])
    assert [len(page) for page in found] == [5, 3]
    assert {pk for page in found for pk in page} == left
