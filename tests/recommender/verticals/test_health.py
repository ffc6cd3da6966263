import re
from datetime import UTC, datetime

import numpy as np
import pytest

from recommender.contracts import EventView, ItemView
from recommender.data import Items, Query, Ranking
from recommender.pipeline import allow
from recommender.testing import VerticalContract
from recommender.verticals.health.food import unhealthiness
from recommender.verticals.health.reranker import Careful
from recommender.verticals.health.terms import ALLERGENS, CONDITIONS, GOALS, SENSITIVE_CATEGORIES
from recommender.verticals.health.vertical import VERTICAL, diversity_key

RULES = {rule.slug: rule for rule in VERTICAL.rules}
NOW = datetime(2026, 11, 24, tzinfo=UTC).timestamp()
# Beginnings of English words and stretches of Chinese that tell of an illness, a symptom, a medicine, a pregnancy or
# the like: of whoever reads, or of somebody near to them.
PRIVATE = re.compile(
    r"\b(addict|alcohol|allerg|anxi|appetite|arthr|asthma|bipolar|blood pressure|cancer|coeliac|contracep|"
    r"dement|depress|diabet|drink|eczema|epilep|fever|forgetting|grief|hearing|heart|inhal|insomnia|kidney|medicine|"
    r"memory|menopaus|migraine|moles?\b|mood|osteo|panic|pelvi|periods?\b|pills?\b|pollen|pregnan|psycho|sexual|"
    r"smok|snor|surger|therap|trauma|vein|waking at night|worr)|\w*(?:aches?\b|pains?\b|arthritis)|\bpain|"
    r"血压|哮喘|糖尿病|癫痫|抑郁|焦虑|情绪|担心|打鼾|发烧|失眠|用药|的药|药箱|孕|月经|更年期|"
    r"吸烟|戒酒|心脏|肾"
)
ADULT = {"age_group": "18_to_39", "conditions": [], "allergies": [], "goals": []}


class TestHealth(VerticalContract):
    vertical = VERTICAL

    def test_demo_items_declare_only_what_a_profile_can_answer(self, demo_items):
        declared = [item["attributes"] for item in demo_items]
        assert {code for row in declared for code in row.get("contraindications", ())} <= set(CONDITIONS)
        assert {code for row in declared for code in row.get("allergens", ())} <= set(ALLERGENS)

    def test_personas_answer_in_the_words_of_the_profile(self, personas):
        for persona in personas:
            for field, known in (("conditions", CONDITIONS), ("allergies", ALLERGENS), ("goals", GOALS)):
                for answer in persona["attributes"].get(field, ()):
                    assert set(answer) <= set(known), persona["slug"]

    def test_nobody_in_the_demo_has_a_profile_without_having_agreed_to_it(self, personas):
        sensitive = {field.name for field in VERTICAL.person_schema if field.sensitive}
        for persona in personas:
            assert persona["consents"].get("sensitive") or sensitive.isdisjoint(persona["attributes"]), persona["slug"]

    def test_every_demo_item_has_a_review_date_a_reviewer_and_a_reading_level(self, demo_items):
        assert all(
            {"reviewed", "reviewer", "reading_level", "form"} <= item["attributes"].keys() for item in demo_items
        )

    def test_every_demo_recipe_has_both_scores(self, demo_items):
        recipes = [item["attributes"] for item in demo_items if item["attributes"]["form"] == "recipe"]
        assert len(recipes) >= 30 and all({"fsa_score", "who_score"} <= row.keys() for row in recipes)

    def test_every_demo_item_that_names_what_is_private_stands_in_a_sensitive_category(self, demo_items):
        """By title and tags, for these are what reasons, headings and chips would name."""
        for item in demo_items:
            named = " ".join([item["title"], *item["tags"]]).lower()
            if found := PRIVATE.search(named):
                assert VERTICAL.is_sensitive(item["categories"]), (item["external_id"], found[0])

    def test_what_is_ordinary_may_still_be_a_reason(self, demo_items):
        named = [item for item in demo_items if not VERTICAL.is_sensitive(item["categories"])]
        assert len(named) > len(demo_items) / 2


def allowed(rule: str, attributes, **person) -> bool:
    return bool(RULES[rule].allows(Items(ids=np.arange(1), attributes=[attributes]), Query(person=person))[0])


def passes(attributes, **person) -> bool:
    items = Items(ids=np.arange(1), attributes=[attributes])
    return bool(allow(VERTICAL.rules, items, Query(person=person))[0])


@pytest.mark.parametrize(
    ("rule", "declares", "answers"),
    [("contraindications", "contraindications", "conditions"), ("allergens", "allergens", "allergies")],
)
class TestConflicts:
    def test_what_meets_the_profile_is_left_out(self, rule, declares, answers):
        assert not allowed(rule, {declares: ["x", "y"]}, **{answers: ["y"]})

    def test_what_does_not_meet_the_profile_is_shown(self, rule, declares, answers):
        assert allowed(rule, {declares: ["x"]}, **{answers: ["y"]})
        assert allowed(rule, {declares: ["x"]}, **{answers: []})

    def test_without_a_profile_contents_are_shown_and_what_does_not_suit_a_condition_is_not(
        self, rule, declares, answers
    ):
        assert allowed(rule, {declares: ["x"]}) == (rule == "allergens")
        assert allowed(rule, {declares: ["x"]}, reading_level="easy") == (rule == "allergens")

    @pytest.mark.parametrize("answered", ["age_group", "conditions", "allergies", "goals"])
    def test_in_a_profile_a_question_without_an_answer_is_unknown_and_keeps_things_out(
        self, rule, declares, answers, answered
    ):
        if answered != answers:
            assert not allowed(rule, {declares: ["x"]}, **{answered: ADULT[answered]})

    def test_without_an_answer_what_asks_for_a_profile_is_left_out(self, rule, declares, answers):
        assert not allowed(rule, {declares: ["x"], "profile_required": True})
        assert not allowed(rule, {declares: ["x"], "profile_required": "no"})

    def test_what_declares_nothing_is_shown_to_everybody(self, rule, declares, answers):
        assert allowed(rule, {}, **{answers: ["y"]}) and allowed(rule, {declares: []}) and allowed(rule, {})

    @pytest.mark.parametrize("unreadable", ["x", 7, {"x": 1}, [7], [None]])
    def test_what_cannot_be_read_is_a_conflict(self, rule, declares, answers, unreadable):
        assert not allowed(rule, {declares: unreadable}, **{answers: []})
        assert not allowed(rule, {declares: ["x"]}, **{answers: unreadable})

    def test_attributes_that_are_missing_or_no_mapping_are_refused(self, rule, declares, answers):
        assert not allowed(rule, None)
        assert RULES[rule].allows(Items(ids=np.arange(2)), Query()).tolist() == [False, False]


@pytest.mark.parametrize(
    ("limits", "group", "shown"),
    [
        ({}, None, True),
        ({"minimum_age": 18}, None, False),
        ({"minimum_age": 18}, "18_to_39", True),
        ({"minimum_age": 18}, "16_to_17", False),
        ({"minimum_age": 16}, "12_to_15", False),
        ({"minimum_age": 40}, "18_to_39", False),  # some of that group are too young
        ({"maximum_age": 15}, "12_to_15", True),
        ({"maximum_age": 15}, "16_to_17", False),
        ({"maximum_age": 80}, "65_and_over", False),
        ({"minimum_age": 18}, "ancient", False),
        ({"minimum_age": 18}, ["18_to_39"], False),
        ({"minimum_age": "18"}, "18_to_39", False),
        ({"minimum_age": True}, "18_to_39", False),
    ],
)
def test_age_limits_hold_for_everybody_in_the_age_group(limits, group, shown):
    assert allowed("age_limit", limits, **({} if group is None else {"age_group": group})) is shown


def test_what_asks_for_a_profile_needs_every_answer_that_bears_on_safety():
    marked = {"profile_required": True}
    assert passes(marked, **ADULT)
    for missing in ("age_group", "conditions", "allergies"):
        assert not passes(marked, **{name: answer for name, answer in ADULT.items() if name != missing})
    assert not passes(marked)


@pytest.mark.parametrize(
    "person", [{"goals": ["eat_healthier"]}, {"conditions": ["diabetes"]}, {"goals": "unreadable"}]
)
def test_who_wants_or_needs_to_eat_carefully_sees_no_red_food(person):
    assert not allowed("no_red_food", {"form": "recipe", "fsa_score": 11.0}, **person)
    assert allowed("no_red_food", {"form": "recipe", "fsa_score": 9.0}, **person)
    assert allowed("no_red_food", {"form": "article"}, **person)


def test_for_them_food_without_a_score_is_left_out_too():
    assert not allowed("no_red_food", {"form": "recipe"}, goals=["less_salt"])
    assert not allowed("no_red_food", {"form": "recipe", "fsa_score": "low"}, goals=["less_salt"])


def test_for_everybody_else_red_food_stays():
    assert allowed("no_red_food", {"form": "recipe", "fsa_score": 12.0}, goals=["sleep_better"])
    assert allowed("no_red_food", {"form": "recipe", "fsa_score": 12.0})


def order(*attributes: dict, **person) -> list[int]:
    n = len(attributes)
    ranking = Ranking(np.arange(n, dtype=np.int32), np.linspace(1, 0.5, n).astype(np.float32))
    reranked = Careful().rerank(
        ranking, Items(ids=np.arange(n), attributes=attributes), Query(now=NOW, person=person), n
    )
    assert (np.diff(reranked.scores) <= 0).all()
    return reranked.items.tolist()


FRESH, STALE = {"reviewed": "2026-05-01"}, {"reviewed": "2022-05-01"}


def test_what_was_reviewed_long_ago_falls_behind():
    assert order(STALE, FRESH, FRESH) == [1, 2, 0]


def test_what_was_reviewed_within_two_years_keeps_its_place():
    assert order({"reviewed": "2025-01-01"}, FRESH) == [0, 1]


def test_what_was_never_reviewed_counts_as_stale():
    assert order({}, FRESH) == [1, 0]
    assert order({"reviewed": "soon"}, FRESH) == [1, 0]


def test_healthy_food_moves_up_by_either_score():
    rich, light = {**FRESH, "fsa_score": 11.0}, {**FRESH, "fsa_score": 4.0}
    assert order(rich, light) == [1, 0]
    assert order({**FRESH, "who_score": 0.0}, {**FRESH, "who_score": 7.0}) == [1, 0]


def test_who_eats_carefully_gets_it_twice_as_much():
    rich, light = {**FRESH, "fsa_score": 9.0}, {**FRESH, "fsa_score": 7.0}
    between = [FRESH] * 2
    assert order(rich, *between, light).index(3) > order(rich, *between, light, goals=["less_salt"]).index(3)


def test_hard_words_fall_behind_for_those_who_asked_for_easy_ones():
    hard, easy = {**FRESH, "reading_level": "detailed"}, {**FRESH, "reading_level": "easy"}
    assert order(hard, easy, reading_level="easy") == [1, 0]
    assert order(hard, easy) == [0, 1]


def test_unhealthiness_runs_from_the_best_scores_to_the_worst():
    assert unhealthiness({"fsa_score": 4.0, "who_score": 7.0}) == 0.0
    assert unhealthiness({"fsa_score": 12.0, "who_score": 0.0}) == 1.0
    assert unhealthiness({"form": "article"}) is None


COURSE = ItemView(
    "Hot yoga",
    "Up to forty degrees.",
    ("Movement",),
    ("yoga",),
    {
        "form": "course",
        "contraindications": ["pregnancy"],
        "allergens": ["wool"],
        "minimum_age": 18,
        "profile_required": True,
    },
)


def test_item_text_leaves_out_what_only_rules_may_use():
    assert VERTICAL.item_text(COURSE, "en") == "Hot yoga. Course on Movement. Up to forty degrees. About: yoga."
    assert (
        VERTICAL.item_text(COURSE, "zh-hans")
        == "Hot yoga。类型：课程。主题：Movement。Up to forty degrees.关键词：yoga。"
    )


def test_history_text_tells_questions_and_reviews_and_not_what_is_sensitive():
    events = [
        EventView("question", text="Which grains can be frozen?"),
        EventView("read", "When low mood stays", 1.0, sensitive=True),
        EventView("use", "Lentil soup"),
        EventView("review", "Lentil soup", text="Less salt next time."),
    ]
    assert VERTICAL.history_text(events, "en") == (
        "The person asked “Which grains can be frozen?”, tried “Lentil soup”, "
        "wrote about “Lentil soup”: “Less salt next time.”."
    )
    assert VERTICAL.history_text(events, "zh-hans") == (
        "此人提问“Which grains can be frozen?”，试过《Lentil soup》，评价了《Lentil soup》：“Less salt next time.”。"
    )


def test_everything_in_a_profile_is_sensitive_but_the_reading_level():
    assert {field.name for field in VERTICAL.person_schema if not field.sensitive} == {"reading_level"}


def test_events_about_body_and_mind_are_sensitive_and_events_about_soup_are_not():
    assert VERTICAL.is_sensitive(("Mind & mood",)) and VERTICAL.is_sensitive(("Sleep", "Heart & circulation"))
    assert not VERTICAL.is_sensitive(("Food & cooking", "Soups & salads")) and not VERTICAL.is_sensitive(())


def test_consent_comes_first_popularity_is_no_argument_and_a_care_card_stands_above():
    assert VERTICAL.consent_required and not VERTICAL.popularity
    assert {"home", "item", "search"} == set(VERTICAL.notice.placements)
    for words in (VERTICAL.notice.title, VERTICAL.notice.text, *VERTICAL.notice.points):
        assert words["en"] and words["zh-hans"]


def test_pages_on_one_topic_count_as_alike():
    assert diversity_key(COURSE) == "Movement"


def test_sensitive_categories_are_those_of_the_demo():
    assert "Mind & mood" in SENSITIVE_CATEGORIES and "Food & cooking" not in SENSITIVE_CATEGORIES
