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
