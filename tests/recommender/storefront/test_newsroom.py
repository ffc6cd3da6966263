"""A newsroom's pages: what is old says so, other sides are a step away, and nothing comes twice."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Item, Storefront
from recommender.serving import forget
from recommender.storefront.cards import Card
from recommender.storefront.newsroom import Share, topic_shares
from recommender.storefront.shelves import Shelf


@pytest.fixture
def paper(db) -> Storefront:
    storefront = Storefront.objects.create(slug="paper", name="Paper", vertical="news")
    now = timezone.now()

    def article(name: str, topic: str, hours: float, **attributes) -> None:
        Item.objects.create(
            storefront=storefront,
            external_id=name,
            title=f"News of {name}",
            categories=[topic],
            attributes={"source": "The Post", **attributes},
            published_at=now - timedelta(hours=hours),
        )

    article("wall", "Politics", 2, story="The wall", viewpoint="for")
    article("no-wall", "Politics", 3, story="The wall", viewpoint="against")
    article("wall-report", "Politics", 4, story="The wall")
    article("old", "Culture", 24 * 9)
    article("guide", "Culture", 24 * 9, evergreen=True)
    for number in range(8):
        article(f"sport-{number}", "Sport", 5 + number)
    return storefront


def page(visitor, path: str = "") -> str:
    return visitor.get(f"/s/paper/{path}").content.decode()


def test_what_is_days_old_says_so_and_what_keeps_well_does_not(paper, visitor):
    old, guide, new = (Item.objects.get(external_id=name) for name in ("old", "guide", "wall"))
    assert [Card(item, paper).is_old for item in (old, guide, new)] == [True, False, False]
    assert "Older" in page(visitor, "item/old/") and "Older" not in page(visitor, "item/guide/").split("</article>")[0]


@pytest.mark.parametrize(("hours", "breaks"), [(2, True), (30, False)])
def test_what_broke_yesterday_breaks_no_more(paper, visitor, hours, breaks):
    published = timezone.now() - timedelta(hours=hours)
    Item.objects.filter(external_id="wall").update(attributes={"breaking": True}, published_at=published)
    assert ("Breaking</strong>" in page(visitor, "c/Politics/")) == breaks


def test_every_line_has_its_source_and_its_time(paper, visitor):
    html = page(visitor)
    assert "The Post" in html and "hours ago" in html and "<time datetime=" in html


def test_an_article_offers_the_other_side_of_its_story_and_the_rest_of_it(paper, visitor):
    html = page(visitor, "item/wall/")
    views, rest = html.index("Other views"), html.index("More on The wall")
    assert views < html.index("News of no-wall") < rest < html.index("News of wall-report")


def test_no_article_is_twice_on_its_page(paper, visitor, items_in):
    for path in ("", "item/wall/", "item/sport-0/"):
        shown = items_in(visitor.get(f"/s/paper/{path}"))
        assert shown and len(shown) == len(set(shown)), path


def test_an_article_that_was_opened_does_not_come_again_in_the_session(paper, visitor, items_in):
    assert "sport-0" in items_in(visitor.get("/s/paper/"))
    visitor.get("/s/paper/item/sport-0/")
    assert "sport-0" not in items_in(visitor.get("/s/paper/"))
    visitor.get("/s/paper/item/sport-1/")
    assert not {"sport-0", "sport-1"} & set(items_in(visitor.get("/s/paper/item/sport-2/")))


def test_only_an_article_in_a_story_can_be_followed(paper, visitor):
    assert "Follow this story" in page(visitor, "item/wall/") and "Follow this story" not in page(visitor, "item/old/")
    assert visitor.post("/s/paper/act/old/", {"kind": "follow", "token": "t"}).status_code == 400


def test_a_followed_story_comes_up_with_that_reason(paper, visitor, items_in):
    visitor.post("/s/paper/act/wall/", {"kind": "follow", "token": "t"})
    assert {"no-wall", "wall-report"} & set(items_in(visitor.get("/s/paper/"))[:6])


def test_the_bar_compares_the_page_with_everything_in_print(paper):
    cards = [Card(item, paper) for item in Item.objects.filter(external_id__in=["wall", "no-wall", "old", "sport-0"])]
    assert topic_shares(paper, [Shelf("x", "X", cards)]) == [
        Share("Politics", 50, 23),
        Share("Sport", 25, 62),
        Share("Culture", 25, 15),
    ]


def test_the_bar_compares_a_page_with_what_is_in_its_language(paper):
    Item.objects.filter(storefront=paper).update(language="en")
    Item.objects.filter(external_id__startswith="sport-").update(language="zh-hans")
    forget()
    cards = [Card(item, paper) for item in Item.objects.filter(external_id__in=["wall", "old"])]
    assert "Sport" not in [share.topic for share in topic_shares(paper, [Shelf("x", "X", cards)])]


def test_the_bar_stands_on_the_page_as_a_table(paper, visitor):
    html = page(visitor)
    assert "What this page is about" in html and '<th scope="row">' in html


def test_a_comment_is_published(paper, visitor):
    visitor.post("/s/paper/write/wall/", {"kind": "comment", "text": "Build it.", "token": "t"})
    assert "Build it." in page(visitor, "item/wall/")
