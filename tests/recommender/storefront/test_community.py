"""People and groups of a community: a button pressed holds for the very next page."""

import pytest
from django.utils import timezone

from behaviour.models import Behaviour, Person, Relationship
from behaviour.services import relationship_make
from catalog.models import Item, Storefront


@pytest.fixture
def village(db) -> Storefront:
    """Ann, Bob and Cem each wrote three posts in a group of their own."""
    storefront = Storefront.objects.create(
        slug="village",
        name="Village",
        vertical="social",
        settings={"browse_as": [{"external_id": "me", "label": "Me"}]},
    )
    for name in ("me", "ann", "bob", "cem"):
        Person.objects.create(storefront=storefront, external_id=name, attributes={"name": name.title()})
    for name, group in (("ann", "Bees"), ("bob", "Trains"), ("cem", "Bread")):
        for number in range(3):
            Item.objects.create(
                storefront=storefront,
                external_id=f"{name}-{number}",
                title=f"A word by {name}",
                text="Good morning",
                categories=[group],
                attributes={"author": name, "author_name": name.title()},
                published_at=timezone.now(),
            )
    return storefront


@pytest.fixture
def me(village, visitor) -> Person:
    visitor.post("/s/village/browse-as/choose/", {"person": "me"})
    return Person.objects.get(external_id="me")


def tie(visitor, name: str, kind: str, **more):
    return visitor.post(f"/s/village/people/{name}/tie/", {"kind": kind, **more})


def test_what_somebody_likes_names_who_wrote_it_and_never_their_id(me, village):
    from behaviour.services import behaviours_record
    from recommender.services.profiles import profile_of

    liked = [
        {"event_id": f"like-{n}", "person": "me", "kind": "like", "item": f"ann-{n}", "occurred_at": timezone.now()}
        for n in range(3)
    ]
    assert behaviours_record(storefront=village, records=liked).accepted == 3
    keywords = profile_of(storefront=village, person=me).keywords
    assert "Ann" in keywords and "ann" not in keywords


def test_topics_in_the_visitors_language_come_first(village):
    from recommender.services.listings import topics_of

    Item.objects.filter(categories=["Trains"]).update(language="zh-hans")
    Item.objects.exclude(categories=["Trains"]).update(language="en")
    Item.objects.filter(external_id="bob-0").delete()

    def names(language: str) -> list[str]:
        return [topic.name for topic in topics_of(village, language=language)]

    assert names("") == names("en") == ["Bees", "Bread", "Trains"]
    assert names("zh-hans") == ["Trains", "Bees", "Bread"]


PAGES = ("", "following/", "search/?q=morning", "item/bob-0/", "c/Bees/", "groups/")


@pytest.mark.parametrize("kind", ["blocks", "mutes"])
def test_whoever_is_blocked_or_muted_is_on_no_page_nor_is_what_they_wrote(me, visitor, kind):
    tie(visitor, "ann", "follows")
    assert any("A word by ann" in visitor.get(f"/s/village/{path}").content.decode() for path in PAGES)
    Behaviour.objects.create(
        storefront=me.storefront,
        person=Person.objects.get(external_id="ann"),
        item=Item.objects.get(external_id="bob-0"),
        kind="comment",
        text="Annsaid",
        occurred_at=timezone.now(),
        event_id="c",
    )
    assert "Annsaid" in visitor.get("/s/village/item/bob-0/").content.decode()
    tie(visitor, "ann", kind)
    visitor.get("/s/village/")  # the notice that says so
    for path in PAGES:
        response = visitor.get(f"/s/village/{path}")
        html = response.content.decode()
        assert "A word by ann" not in html and "Annsaid" not in html, path
        # The one place where the name stands is the list on which it can be taken back.
        assert ("people/ann/" in html) == (path == "following/"), path
    assert visitor.get("/s/village/item/ann-0/").status_code == 404


def test_a_block_works_in_both_directions(me, visitor):
    relationship_make(source=Person.objects.get(external_id="bob"), target=me, kind="blocks")
    assert visitor.get("/s/village/people/bob/").status_code == 404
    assert visitor.get("/s/village/item/bob-0/").status_code == 404
    assert tie(visitor, "bob", "follows").status_code == 404
    assert "A word by bob" not in visitor.get("/s/village/").content.decode()


def test_unblocking_brings_them_back(me, visitor):
    tie(visitor, "ann", "blocks")
    tie(visitor, "ann", "blocks", end="1")
    assert visitor.get("/s/village/item/ann-0/").status_code == 200


def test_following_fills_the_second_tab_with_theirs_and_nothing_else(me, visitor, items_in):
    assert items_in(visitor.get("/s/village/following/")) == []
    tie(visitor, "ann", "follows")
    assert set(items_in(visitor.get("/s/village/following/"))) == {"ann-0", "ann-1", "ann-2"}
    tie(visitor, "ann", "follows", end="1")
    assert items_in(visitor.get("/s/village/following/")) == []


def test_people_to_follow_come_with_mutual_friends_as_the_reason(me, visitor):
    ann, bob = (Person.objects.get(external_id=name) for name in ("ann", "bob"))
    relationship_make(source=me, target=ann, kind="follows")
    relationship_make(source=ann, target=bob, kind="follows")
    assert "Followed by Ann, whom you follow" in visitor.get("/s/village/").content.decode()


def test_a_stranger_who_follows_somebody_becomes_a_person(village, visitor):
    assert tie(visitor, "ann", "follows").status_code == 302
    assert Relationship.objects.get(kind="follows").source.anonymous


@pytest.mark.parametrize(("name", "kind", "status"), [("ann", "marries", 400), ("zoe", "follows", 404)])
def test_what_cannot_be_done_is_refused(me, visitor, name, kind, status):
    assert tie(visitor, name, kind).status_code == status


def test_nobody_follows_themselves(me, visitor):
    tie(visitor, "me", "follows")
    assert not Relationship.objects.exists()


def test_joining_a_group_brings_its_posts_up_with_that_reason(me, visitor):
    visitor.post("/s/village/groups/change/", {"group": "Bread"})
    me.refresh_from_db()
    assert me.attributes["groups"] == ["Bread"]
    html = visitor.get("/s/village/groups/").content.decode()
    assert "Bread</a>" in html[html.index("Your groups") : html.index("Groups to join")]
    visitor.post("/s/village/groups/change/", {"group": "Bread", "leave": "1"})
    me.refresh_from_db()
    assert me.attributes["groups"] == []


def test_a_group_that_is_not_there_cannot_be_joined(me, visitor):
    assert visitor.post("/s/village/groups/change/", {"group": "Nowhere"}).status_code == 400


def test_a_group_where_followed_people_write_says_so_first(me, visitor):
    tie(visitor, "cem", "follows")
    html = visitor.get("/s/village/groups/").content.decode()
    assert "1 person you follow writes here" in html
    assert html.index("Bread</a>", html.index("Groups to join")) < html.index("Bees</a>", html.index("Groups to join"))


def test_a_comment_is_a_behaviour_with_its_text_and_stands_below_the_post(me, visitor):
    visitor.post("/s/village/write/ann-0/", {"kind": "comment", "text": "Well <b>said</b>", "token": "t"})
    row = Behaviour.objects.get(kind="comment")
    assert (row.text, row.person) == ("Well <b>said</b>", me)
    html = visitor.get("/s/village/item/ann-0/").content.decode()
    assert "Well &lt;b&gt;said&lt;/b&gt;" in html and "1 comment" in html


def test_a_comment_can_be_taken_back_by_whoever_wrote_it(me, visitor):
    visitor.post("/s/village/write/ann-0/", {"kind": "comment", "text": "Oops", "token": "t"})
    event = Behaviour.objects.get(kind="comment").event_id
    assert event in visitor.get("/s/village/item/ann-0/").content.decode()
    visitor.post("/s/village/undo/ann-0/", {"event": event})
    assert not Behaviour.objects.filter(kind="comment").exists()


def test_cards_tell_comments_and_shares_in_one_query(me, visitor, django_assert_max_num_queries):
    for number, kind in enumerate(("comment", "comment", "share")):
        Behaviour.objects.create(
            storefront=me.storefront,
            person=Person.objects.get(external_id="bob"),
            item=Item.objects.get(external_id="ann-0"),
            kind=kind,
            text="x",
            occurred_at=timezone.now(),
            event_id=str(number),
        )
    with django_assert_max_num_queries(75):
        html = visitor.get("/s/village/").content.decode()
    assert "2 comments" in html and "passed on once" in html


def test_ties_and_groups_stand_among_what_is_held_and_each_can_be_ended(
    me, village, visitor, django_assert_max_num_queries
):
    tie(visitor, "ann", "follows")
    tie(visitor, "bob", "mutes")
    visitor.post("/s/village/groups/change/", {"group": "Bees"})
    visitor.get("/s/village/privacy/")
    with django_assert_max_num_queries(9):
        page = visitor.get("/s/village/privacy/")
    assert [(who.name, set(who.ties)) for who in page.context["ties"]] == [("Ann", {"follows"}), ("Bob", {"mutes"})]
    assert page.context["groups"] == ["Bees"]
    back = {"next": "/s/village/privacy/"}
    assert tie(visitor, "ann", "follows", end="1", **back)["Location"] == "/s/village/privacy/"
    tie(visitor, "bob", "mutes", end="1", **back)
    Item.objects.filter(categories=["Bees"]).delete()
    visitor.post("/s/village/groups/change/", {"group": "Bees", "leave": "1"})
    page = visitor.get("/s/village/privacy/")
    assert not page.context["ties"] and not page.context["groups"] and "People and groups" not in page.content.decode()
