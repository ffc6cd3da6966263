from dataclasses import replace

import numpy as np
import pytest

from recommender.contracts import EventView, ItemView, PastEvent
from recommender.data import Items, Query, Ranking
from recommender.testing import VerticalContract
from recommender.verticals.news.reranker import FrontPage
from recommender.verticals.news.sources import OtherViews, StoriesFollowed
from recommender.verticals.news.stories import FOLLOWED, SIDES_READ, profile
from recommender.verticals.news.vertical import VERTICAL, diversity_key

KINDS = {kind.name: kind for kind in VERTICAL.kinds}
NOW = 1_000_000_000.0
HOUR = 3600.0


class TestNews(VerticalContract):
    vertical = VERTICAL

    def test_the_demo_newsroom_has_topics_sources_and_stories_told_from_several_sides(self, demo_items):
        sides: dict[str, set] = {}
        sources: dict[str, set] = {}
        for item in demo_items:
            if story := item["attributes"].get("story"):
                sides.setdefault(story, set()).add(item["attributes"].get("viewpoint"))
                sources.setdefault(story, set()).add(item["attributes"]["source"])
        told_from_both = [story for story, found in sides.items() if {"for", "against"} <= found]
        assert len({item["categories"][0] for item in demo_items}) >= 8
        assert len(told_from_both) >= 8
        assert all(len(sources[story]) >= 2 for story in told_from_both)

    def test_about_a_fifth_of_the_demo_articles_are_chinese(self, demo_items):
        chinese = sum(item["language"] == "zh-hans" for item in demo_items)
        assert 0.15 < chinese / len(demo_items) < 0.3


def page(*articles: dict, person: dict | None = None, k: int = 10) -> list[int]:
    """Rows in their new order: articles come in as ranked, each with hours, topic and attributes."""
    n = len(articles)
    items = Items(
        ids=np.arange(n),
        categories=[(article.get("topic", f"topic {row}"),) for row, article in enumerate(articles)],
        attributes=[article.get("attributes", {}) for article in articles],
        published=np.array([NOW - article.get("hours", 1) * HOUR for article in articles]),
    )
    ranking = Ranking(np.arange(n, dtype=np.int32), np.linspace(1, 0.1, n).astype(np.float32))
    reranked = FrontPage().rerank(ranking, items, Query(now=NOW, person=person or {}), k)
    assert (np.diff(reranked.scores) <= 0).all()
    return reranked.items.tolist()


def test_of_two_articles_the_fresh_one_stands_first():
    assert page({"hours": 72}, {"hours": 2}) == [1, 0]


def test_relevance_decides_between_articles_of_one_age():
    assert page({"hours": 5}, {"hours": 5}, {"hours": 5}) == [0, 1, 2]


def test_an_explainer_keeps_its_place_when_a_report_has_faded():
    assert page({"hours": 72}, {"hours": 72, "attributes": {"evergreen": True}}) == [1, 0]


def test_breaking_news_rises_while_it_is_fresh_and_falls_faster_afterwards():
    assert page({"hours": 1}, {"hours": 1, "attributes": {"breaking": True}}) == [1, 0]
    assert page({"hours": 30, "attributes": {"breaking": True}}, {"hours": 30}) == [1, 0]


def test_a_story_has_one_place_before_every_other_story_had_one():
    told = {"attributes": {"story": "Barrier"}}
    assert page(told, told, {}, {})[:3] == [0, 2, 3]


def test_a_story_that_somebody_follows_may_have_more():
    told = {"attributes": {"story": "Barrier"}, "topic": "City"}
    assert page(told, told, {}, person={FOLLOWED: ["Barrier"]})[:2] == [0, 1]


def test_topics_take_turns():
    politics, sport = {"topic": "Politics"}, {"topic": "Sport"}
    assert page(politics, politics, politics, sport) == [0, 3, 1, 2]


def test_the_side_that_was_not_read_gets_a_place_near_the_top():
    other = {"hours": 80, "attributes": {"story": "Barrier", "viewpoint": "against"}}
    read = {SIDES_READ: {"Barrier": ["for"]}}
    articles = [{} for _ in range(9)] + [other]
    assert page(*articles, person=read, k=6).index(9) == 4
    assert 9 not in page(*articles, k=6)


def test_whoever_read_both_sides_is_shown_no_further_one_for_its_side():
    other = {"hours": 80, "attributes": {"story": "Barrier", "viewpoint": "against"}}
    assert 9 not in page(*[{}] * 9, other, person={SIDES_READ: {"Barrier": ["for", "against"]}}, k=6)


def test_no_article_comes_twice_and_none_is_invented():
    articles = [{"attributes": {"story": "Barrier", "viewpoint": side}} for side in ("for", "against", "neutral")]
    found = page(*articles, *[{}] * 5, person={SIDES_READ: {"Barrier": ["for"]}, FOLLOWED: ["Barrier"]})
    assert sorted(found) == list(range(8))


def test_an_empty_ranking_stays_empty():
    assert page() == []


def test_without_publication_times_and_attributes_the_order_is_kept():
    ranking = Ranking(np.arange(3, dtype=np.int32), np.array([3, 2, 1], dtype=np.float32))
    assert FrontPage().rerank(ranking, Items(ids=np.arange(3)), Query(), 3).items.tolist() == [0, 1, 2]


def past(kind: str, **attributes) -> PastEvent:
    return PastEvent(kind, ItemView("A", "", attributes=attributes))


def test_the_profile_knows_stories_followed_and_sides_read():
    found = profile([past("read", story="Barrier", viewpoint="for"), past("follow", story="Talks"), past("read")])
    assert found == {FOLLOWED: ["Talks"], SIDES_READ: {"Barrier": ["for"], "Talks": ["neutral"]}}


CATALOGUE = Items(
    ids=np.arange(4),
    attributes=[
        {"story": "Barrier", "viewpoint": "for"},
        {"story": "Barrier", "viewpoint": "against"},
        {"story": "Talks"},
        {},
    ],
    published=np.array([NOW - 9, NOW - 8, NOW - 7, NOW - 6]),
)


def test_a_followed_story_brings_up_its_newest_articles():
    query = Query(now=NOW, person={FOLLOWED: ["Barrier"]})
    assert StoriesFollowed().candidates(CATALOGUE, query, 5).items.tolist() == [1, 0]


def test_the_other_side_of_a_story_is_proposed_and_what_was_read_is_not():
    query = Query(now=NOW, person={SIDES_READ: {"Barrier": ["for"], "Talks": ["neutral"]}})
    assert OtherViews().candidates(CATALOGUE, query, 5).items.tolist() == [1]
    excluded = replace(query, exclude=np.array([1]))
    assert len(OtherViews().candidates(CATALOGUE, excluded, 5)) == 0


def test_sources_have_nothing_to_say_of_a_stranger():
    for source in VERTICAL.sources:
        assert len(source.candidates(CATALOGUE, Query(now=NOW), 5)) == 0
        assert len(source.candidates(Items(ids=np.arange(2)), Query(now=NOW), 5)) == 0


def test_an_article_that_was_opened_is_not_recommended_again_and_a_saved_one_may_be():
    assert KINDS["view"].seen and KINDS["read"].seen and not KINDS["save"].seen


@pytest.mark.parametrize(("share", "sign"), [(0.05, -1), (0.15, 0), (0.6, 1), (1.0, 1)])
def test_who_leaves_after_a_few_lines_has_said_no(share, sign):
    assert np.sign(KINDS["read"].signal(share)) == sign


ARTICLE = ItemView(
    "Barrier clears committee",
    "By one vote.",
    ("Politics",),
    ("assembly",),
    {"source": "The Meridian Post", "author": "Ana Verhoeven", "form": "report", "viewpoint": "for", "story": "B"},
)


def test_item_text_names_source_and_author_and_leaves_out_the_viewpoint():
    assert VERTICAL.item_text(ARTICLE, "en") == (
        "Barrier clears committee. Politics. By one vote. Report in The Meridian Post. By Ana Verhoeven. "
        "About: assembly."
    )
    assert VERTICAL.item_text(ARTICLE, "zh-hans") == (
        "Barrier clears committee。栏目：Politics。By one vote.体裁：报道。来源：The Meridian Post。"
        "作者：Ana Verhoeven。关键词：assembly。"
    )


def test_history_text_tells_shares_read_stories_followed_and_comments():
    events = [
        EventView("search", text="barrier"),
        EventView("read", "Wall", 0.4, context={"part_of_day": "morning"}),
        EventView("read", "Fog", 0.05),
        EventView("follow", "Wall"),
        EventView("comment", "Wall", text="And the south shore?"),
    ]
    assert VERTICAL.history_text(events, "en") == (
        "The person searched for “barrier”; read 40% of “Wall”, in the morning; began “Fog” and left, "
        "follows the story behind “Wall”, commented on “Wall”: “And the south shore?”."
    )
    assert VERTICAL.history_text(events, "zh-hans") == (
        "此人搜索了“barrier”；早上读了《Wall》的40%；点开《Fog》又离开了，关注了《Wall》的后续报道，"
        "评论了《Wall》：“And the south shore?”。"
    )


def test_articles_of_one_topic_count_as_alike():
    assert diversity_key(ARTICLE) == "Politics"


def test_of_a_fresh_report_and_a_fresh_explainer_the_report_stands_first():
    assert page({"attributes": {"evergreen": True}}, {}) == [1, 0]


def test_what_nobody_has_read_yet_rises_above_what_everybody_read_last_week():
    articles = [{"hours": 170 + row} for row in range(60)] + [{"hours": 3}]
    assert page(*articles, k=8)[0] == 60


def test_every_source_has_words_for_why_it_brought_something_up():
    assert set(VERTICAL.source_reasons) == {source.slug for source in VERTICAL.sources}
