import json
from dataclasses import replace

import numpy as np
import pytest

from recommender.algorithms.social import FOLLOWED_AUTHORS, HIDDEN_AUTHORS, NEAR_AUTHORS, OWN_AUTHOR
from recommender.contracts import EventView, ItemView
from recommender.data import Items, Query, Ranking
from recommender.simulation import Demo
from recommender.testing import VerticalContract
from recommender.verticals.social.reranker import Circle
from recommender.verticals.social.rules import NoHiddenAuthors
from recommender.verticals.social.sources import Following, FriendsOfFriends, JoinedGroups
from recommender.verticals.social.vertical import VERTICAL, diversity_key

KINDS = {kind.name: kind for kind in VERTICAL.kinds}
NOW = 1_000_000_000.0
DAY = 86_400.0


class TestSocial(VerticalContract):
    vertical = VERTICAL

    @pytest.fixture
    def people(self) -> list[dict]:
        return json.loads(self.demo_file("people.json").read_text(encoding="utf-8"))

    def test_everybody_who_writes_in_the_demo_is_a_person_with_a_name(self, demo_items, people):
        names = {person["external_id"]: person["attributes"]["name"] for person in people}
        assert len(names) >= 40
        for item in demo_items:
            assert names[item["attributes"]["author"]] == item["attributes"]["author_name"]

    def test_the_demo_has_a_dozen_groups_of_several_voices(self, demo_items):
        voices: dict[str, set] = {}
        for item in demo_items:
            voices.setdefault(item["categories"][0], set()).add(item["attributes"]["author"])
        assert len(voices) >= 12 and min(map(len, voices.values())) >= 2

    def test_everybody_of_the_demo_is_valid(self, people, personas):
        slugs = {persona["slug"] for persona in personas}
        for person in people:
            assert person["persona"] in slugs
            assert VERTICAL.person_schema.clean(person["attributes"]) == person["attributes"]

    def test_the_demo_has_a_graph_in_which_people_follow_and_are_followed_back(self):
        ties = list(Demo.read(VERTICAL).relationships(120, seed=3))
        follows = {(tie["source"], tie["target"]) for tie in ties if tie["kind"] == "follows"}
        assert len(follows) > 400 and any((target, source) in follows for source, target in follows)
        assert {tie["kind"] for tie in ties} == {"follows", "trusts", "mutes", "blocks"}


def allowed(attributes, **person) -> bool:
    return bool(NoHiddenAuthors().allows(Items(ids=np.arange(1), attributes=[attributes]), Query(person=person))[0])


def test_nothing_by_a_hidden_author_is_shown_and_everything_by_others_is():
    assert not allowed({"author": "ada"}, hidden_authors=["ada"])
    assert allowed({"author": "bo"}, hidden_authors=["ada"])
    assert allowed({"author": "ada"}, hidden_authors=[])


def test_for_a_person_whose_hidden_authors_are_not_known_nothing_passes():
    assert not allowed({"author": "ada"}, name="Me")


@pytest.mark.parametrize("unreadable", [None, "ada", 7, {"ada": 1}, [7]])
def test_hidden_authors_that_cannot_be_read_let_nothing_through(unreadable):
    assert not allowed({"author": "bo"}, hidden_authors=unreadable)


@pytest.mark.parametrize("attributes", [None, "ada", {"author": 7}, {"author": None}])
def test_a_post_whose_author_cannot_be_read_is_shown_to_nobody(attributes):
    assert not allowed(attributes, hidden_authors=[]) and not allowed(attributes)


def test_a_post_without_an_author_is_kept_from_those_who_hide_somebody():
    assert allowed({}) and allowed({}, hidden_authors=[]) and not allowed({}, hidden_authors=["ada"])


def test_a_stranger_hides_nobody():
    assert allowed({"author": "ada"})


def test_without_the_attributes_column_nothing_is_shown():
    assert NoHiddenAuthors().allows(Items(ids=np.arange(2)), Query()).tolist() == [False, False]


def posts(*authors: str, days: list[float] | None = None) -> Items:
    ages = days or [1.0] * len(authors)
    return Items(
        ids=np.arange(len(authors)),
        attributes=[{"author": author} for author in authors],
        published=np.array([NOW - age * DAY for age in ages]),
    )


def feed(items: Items, k: int = 10, **person) -> list[int]:
    n = len(items)
    ranking = Ranking(np.arange(n, dtype=np.int32), np.linspace(1, 0.1, n).astype(np.float32))
    reranked = Circle().rerank(ranking, items, Query(now=NOW, person=person), k)
    assert (np.diff(reranked.scores) <= 0).all()
    return reranked.items.tolist()


def test_fresh_posts_stand_before_old_ones():
    assert feed(posts("a", "b", days=[20, 0.1])) == [1, 0]


def test_posts_of_those_whom_somebody_follows_rise():
    assert feed(posts("a", "b"), **{FOLLOWED_AUTHORS: ["b"]}) == [1, 0]


def test_posts_of_friends_of_friends_rise_less():
    found = feed(posts("a", "near", "own"), **{FOLLOWED_AUTHORS: ["own"], NEAR_AUTHORS: {"near": 1.0}})
    assert found == [2, 1, 0]


def test_nobody_fills_the_feed_alone():
    assert feed(posts("a", "a", "a", "b", "c")) == [0, 3, 4, 1, 2]
    assert feed(posts("a", "a", "a")) == [0, 1, 2]


def test_posts_without_authors_are_not_taken_for_one_person():
    assert feed(posts("", "", "")) == [0, 1, 2]


def test_nobody_is_shown_what_they_wrote_themselves():
    assert feed(posts("a", "me", "b", ""), **{OWN_AUTHOR: "me"}) == [0, 2, 3]


def test_an_empty_feed_stays_empty():
    assert feed(posts()) == []


def test_the_feed_of_followed_ones_comes_newest_first_without_what_was_seen():
    items = posts("a", "b", "a", "c", days=[3, 1, 2, 0])
    query = Query(now=NOW, person={FOLLOWED_AUTHORS: ["a", "b"]})
    assert Following().candidates(items, query, 5).items.tolist() == [1, 2, 0]
    seen = Query(now=NOW, person={FOLLOWED_AUTHORS: ["a", "b"]}, exclude=np.array([1]))
    assert Following().candidates(items, seen, 1).items.tolist() == [2]


def test_of_friends_of_friends_the_nearer_one_comes_first():
    query = Query(now=NOW, person={NEAR_AUTHORS: {"a": 0.3, "b": 0.9}})
    assert FriendsOfFriends().candidates(posts("a", "b", "c"), query, 5).items.tolist() == [1, 0]


def test_a_joined_group_brings_its_newest_posts_unless_personalisation_is_off():
    items = replace(posts("a", "b", "c", days=[3, 1, 2]), categories=[("Bees",), ("Trains",), ("Bees",)])
    joined = {"groups": ["Bees"], FOLLOWED_AUTHORS: []}
    assert JoinedGroups().candidates(items, Query(now=NOW, person=joined), 5).items.tolist() == [2, 0]
    assert len(JoinedGroups().candidates(items, Query(now=NOW, person={"groups": ["Bees"]}), 5)) == 0
    assert len(JoinedGroups().candidates(items, Query(now=NOW, person={**joined, "groups": "Bees"}), 5)) == 0


def test_sources_have_nothing_to_say_of_a_stranger():
    for source in VERTICAL.sources:
        assert len(source.candidates(posts("a", "b"), Query(now=NOW), 5)) == 0
        assert len(source.candidates(Items(ids=np.arange(2)), Query(now=NOW), 5)) == 0


def test_what_was_opened_liked_or_passed_on_is_not_recommended_again():
    assert KINDS["view"].seen and KINDS["like"].seen and KINDS["share"].seen and not KINDS["save"].seen


POST = ItemView(
    "Open oven",
    "Bring dough.",
    ("Slow Bread",),
    ("oven",),
    {"author": "henk.visser", "author_name": "Henk Visser", "form": "event"},
)


def test_item_text_names_the_group_and_not_the_author():
    assert VERTICAL.item_text(POST, "en") == "Open oven. Bring dough. Event in Slow Bread. About: oven."
    assert VERTICAL.item_text(POST, "zh-hans") == "Open oven。Bring dough.小组：Slow Bread。形式：活动。话题：oven。"


def test_history_text_tells_comments():
    events = [EventView("like", "Open oven"), EventView("comment", "Open oven", text="Is it hot at noon?")]
    assert VERTICAL.history_text(events, "en") == (
        "The person liked “Open oven”, commented on “Open oven”: “Is it hot at noon?”."
    )
    assert VERTICAL.history_text(events, "zh-hans") == "此人赞了“Open oven”，评论了“Open oven”：“Is it hot at noon?”。"


def test_posts_of_one_author_count_as_alike():
    assert diversity_key(POST) == "henk.visser"
    assert diversity_key(ItemView("T", "", ("Slow Bread",))) == "Slow Bread"


def test_the_rule_reads_what_the_platform_gives():
    assert VERTICAL.author == "author" and HIDDEN_AUTHORS == "hidden_authors"


def test_every_source_has_words_for_why_it_brought_something_up():
    assert set(VERTICAL.source_reasons) == {source.slug for source in VERTICAL.sources}
