"""What the demo folders of verticals become: dates of today, named people, ties, and words that people write."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest

from recommender.simulation import Demo, simulate, simulate_persons
from recommender.verticals.health.vertical import VERTICAL as HEALTH
from recommender.verticals.news.vertical import VERTICAL as NEWS
from recommender.verticals.social.vertical import VERTICAL as SOCIAL

UNTIL = datetime(2027, 3, 1, tzinfo=UTC)
DAYS = {"news": 21, "health": 120, "social": 45}
ALL = pytest.mark.parametrize("vertical", [NEWS, HEALTH, SOCIAL], ids=lambda vertical: vertical.slug)


@cache
def demo(slug: str) -> Demo:
    return Demo.read({"news": NEWS, "health": HEALTH, "social": SOCIAL}[slug]).as_of(UNTIL)


@cache
def records(slug: str) -> list[dict]:
    return list(demo(slug).behaviours(UNTIL, 200, seed=5, days=DAYS[slug]))


@ALL
def test_the_newest_item_is_at_most_a_day_old_and_no_item_is_from_tomorrow(vertical):
    newest = max(datetime.fromisoformat(item["published_at"]) for item in demo(vertical.slug).items)
    assert UNTIL - timedelta(days=1) <= newest <= UNTIL


@ALL
def test_dates_move_together(vertical):
    before, after = Demo.read(vertical), demo(vertical.slug)
    moves = {
        datetime.fromisoformat(new["published_at"]) - datetime.fromisoformat(old["published_at"])
        for old, new in zip(before.items, after.items, strict=True)
    }
    assert len(moves) == 1
    assert all(vertical.item_schema.clean(item["attributes"]) == item["attributes"] for item in after.items)


def test_review_dates_move_with_the_rest():
    before, after = Demo.read(HEALTH).items[0], demo("health").items[0]
    moved = datetime.fromisoformat(after["published_at"]) - datetime.fromisoformat(before["published_at"])
    reviewed = [date.fromisoformat(item["attributes"]["reviewed"]) for item in (before, after)]
    assert reviewed[1] - reviewed[0] == moved


def test_nothing_was_reviewed_in_the_future():
    reviewed = [date.fromisoformat(item["attributes"]["reviewed"]) for item in demo("health").items]
    assert max(reviewed) <= UNTIL.date() and min(reviewed) < UNTIL.date() - timedelta(days=730)


def test_a_vertical_without_demo_data_says_so():
    with pytest.raises(ValueError, match="brings no demo data"):
        Demo.read(replace(NEWS, demo=None))


@ALL
def test_every_record_fits_the_kinds_and_the_catalogue(vertical):
    kinds = {kind.name: kind for kind in vertical.kinds}
    known = {item["external_id"] for item in demo(vertical.slug).items}
    for record in records(vertical.slug):
        kind = kinds[record["kind"]]
        assert kind.value_error(record["value"]) is None, record
        assert record["item"] in known if kind.needs_item else record["item"] is None, record
        assert bool(record["text"]) == (record["kind"] in ("search", "comment", "review", "question")), record


@ALL
def test_people_read_search_write_and_hide(vertical):
    counts = Counter(record["kind"] for record in records(vertical.slug))
    written = {"news": "comment", "social": "comment", "health": "question"}[vertical.slug]
    liked = {"news": "read", "social": "like", "health": "read"}[vertical.slug]
    assert min(counts[kind] for kind in ("view", "search", "hide", "like", liked, written)) > 0
    assert counts["view"] > counts[liked] > counts["hide"]


@ALL
def test_what_people_write_fits_what_they_look_at(vertical):
    said = {
        text: token
        for persona in demo(vertical.slug).personas
        for by_token in persona["says"].values()
        for token, texts in by_token.items()
        for text in texts
    }
    tokens = {
        item["external_id"]: {item["external_id"], *item["categories"], *item["tags"]}
        for item in demo(vertical.slug).items
    }
    about_items = [one for one in records(vertical.slug) if one["kind"] in ("comment", "review")]
    assert about_items and all(said[one["text"]] in tokens[one["item"]] for one in about_items)


@ALL
def test_personas_speak_only_of_what_the_catalogue_has_and_in_kinds_that_take_words(vertical):
    known = {
        token
        for item in demo(vertical.slug).items
        for token in (item["external_id"], *item["categories"], *item["tags"])
    }
    for persona in demo(vertical.slug).personas:
        for kind, by_token in persona["says"].items():
            assert kind in ("comment", "review", "question") and set(by_token) <= known, persona["slug"]


@ALL
def test_persons_are_valid(vertical):
    for person in demo(vertical.slug).persons(200, seed=5):
        assert vertical.person_schema.clean(person["attributes"]) == person["attributes"]


def test_named_people_come_first_with_their_own_attributes_and_mostly_their_own_taste():
    items = [
        {"external_id": f"{name}-{number}", "title": name, "categories": [name]}
        for name in ("cup", "rope")
        for number in range(30)
    ]
    personas = [{"slug": name, "interests": {name: 1}, "attributes": {"about": [name]}} for name in ("cup", "rope")]
    people = [{"external_id": "ada", "persona": "rope", "attributes": {"name": "Ada"}}]
    persons = list(simulate_persons(personas, persons=3, people=people))
    assert [person["external_id"] for person in persons] == ["ada", "person-0002", "person-0003"]
    assert persons[0]["attributes"] == {"about": "rope", "name": "Ada"}
    looked = Counter(
        record["item"].split("-")[0]
        for record in simulate(items, personas, kinds=SOCIAL.kinds, until=UNTIL, persons=1, people=people, events=60)
        if record["kind"] == "view"
    )
    assert looked["rope"] > 2 * looked["cup"]


def test_a_persona_that_nobody_declares_is_refused():
    with pytest.raises(ValueError, match="ada names the persona 'sailor': unknown"):
        list(simulate_persons([{"slug": "cup", "interests": {}}], people=[{"external_id": "ada", "persona": "sailor"}]))


def test_names_are_made_of_parts_and_consents_are_the_personas():
    persona = {"attributes": {"name": {"parts": [["Ada"], ["Lind"]]}}, "consents": {"training": True}}
    person = next(simulate_persons([persona], persons=1))
    assert person["attributes"] == {"name": "Ada Lind"} and person["consents"] == {"training": True}


def test_nobody_reads_what_they_wrote_themselves():
    written = {item["external_id"]: item["attributes"]["author"] for item in demo("social").items}
    assert all(record["person"] != written.get(record["item"]) for record in records("social"))


class TestTies:
    def test_the_same_seed_gives_the_same_ties(self):
        assert json.dumps(list(demo("social").relationships(80, 3))) == json.dumps(
            list(demo("social").relationships(80, 3))
        )

    def test_nobody_is_tied_to_themselves_or_twice_in_one_way(self):
        ties = list(demo("social").relationships(80, 3))
        assert all(tie["source"] != tie["target"] for tie in ties)
        assert len({(tie["source"], tie["target"], tie["kind"]) for tie in ties}) == len(ties)

    def test_whom_somebody_follows_they_neither_mute_nor_block(self):
        ties = list(demo("social").relationships(300, 3))
        follows = {(tie["source"], tie["target"]) for tie in ties if tie["kind"] == "follows"}
        apart = {(tie["source"], tie["target"]) for tie in ties if tie["kind"] in ("mutes", "blocks")}
        assert apart and not follows & apart

    def test_people_follow_those_who_write_what_they_like(self):
        groups = {item["attributes"]["author"]: item["categories"][0] for item in demo("social").items}
        ties = list(demo("social").relationships(40, 3))
        follows = [(groups[tie["source"]], groups[tie["target"]]) for tie in ties if tie["kind"] == "follows"]
        shared = sum(source == target for source, target in follows) / len(follows)
        by_chance = sum(count * (count - 1) for count in Counter(groups.values()).values()) / (40 * 39)
        assert shared > 2 * by_chance

    def test_without_authors_there_are_no_ties(self):
        assert list(demo("news").relationships(50, 3)) == []
