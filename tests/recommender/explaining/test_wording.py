"""Templates are true by construction, whatever a title looks like."""

from importlib import import_module

import numpy as np
import pytest

from catalog.schema import Field, Schema
from recommender import registry
from recommender.explaining import (
    Checker,
    Deed,
    Lexicon,
    Thing,
    Trace,
    because,
    counterfactual_sentence,
    reasons_sentence,
    shared_facet,
    template_keys,
    template_refusal,
)
from recommender.explaining.telling import telling_events
from recommender.explaining.trace import facets_of
from recommender.explaining.wording import template_key
from recommender.verticals.ecommerce.vertical import VERTICAL as SHOP
from recommender.verticals.video.vertical import VERTICAL as VIDEO


def test_a_reason_says_what_is_shared_in_either_language():
    facet = ("directors", "Agnès Varda")
    assert because(VIDEO, "watch", "Cléo", "en", facet) == "Because you watched Cléo – also directed by Agnès Varda"
    assert because(VIDEO, "watch", "Cléo", "zh-hans", facet) == "因为你看过《Cléo》，同样由“Agnès Varda”执导"


def test_a_field_without_words_of_its_own_is_told_by_its_label():
    assert because(SHOP, "purchase", "Mug", "en", ("colour", "red")).endswith(" – same colour: red")


def test_a_choice_is_told_in_words():
    assert because(SHOP, "purchase", "Mug", "en", ("age_group", "toddler")).endswith("same age group: Toddlers")


@pytest.mark.parametrize("path", registry.VERTICALS)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_template_of_ours_is_grounded(path, language):
    module, _, name = path.partition(":")
    vertical = getattr(import_module(module), name)
    checker = Checker(Lexicon.of(vertical, language))
    for key, kind, name in template_keys(vertical):
        field = next((field for field in vertical.item_schema if field.name == name), None)
        facet = (name, field.choices[0] if field is not None and field.choices else "Qxz") if name else None
        shared = frozenset({facet} if facet else ())
        trace = Trace(Thing("Item", shared), (Deed("Title", shared, frozenset({kind})),), needed=("Title",))
        assert checker.refusal(because(vertical, kind, "Title", language, facet), trace) == "", key
        assert checker.refusal(counterfactual_sentence(["Title"], language), trace) == "", key


def test_the_narrowest_shared_category_is_told_after_makers():
    item = Thing("A", frozenset({("category", "Kitchen"), ("category", "Cups"), ("brand", "Calderin")}))
    assert shared_facet(SHOP, item, Deed("B", item.facets), ["Kitchen", "Cups"]) == ("brand", "Calderin")
    alike = Deed("B", frozenset({("category", "Kitchen"), ("category", "Cups")}))
    assert shared_facet(SHOP, item, alike, ["Kitchen", "Cups"]) == ("category", "Cups")
    assert shared_facet(SHOP, item, Deed("C"), ["Kitchen", "Cups"]) is None


def test_what_is_sensitive_is_no_facet():
    schema = Schema((Field("brand", facet=True), Field("condition", facet=True, sensitive=True), Field("size")))
    found = facets_of(schema, ["Sleep", "Grief"], {"brand": "A", "condition": "asthma", "size": "L"}, {"Grief"})
    assert found == {("category", "Sleep"), ("brand", "A")}


def test_numbers_and_dates_are_no_reasons():
    assert facets_of(VIDEO.item_schema, [], {"year": 1999, "country": "France"}) == {("country", "France")}


def test_only_loud_events_are_told_and_hidden_ones_never():
    contributions = np.array([0.5, 0.1, 0.3, -0.4, 0.2])
    assert telling_events(contributions) == [0, 2, 4]
    assert telling_events(contributions, hidden=np.array([True, False, False, False, False])) == [2, 4]


TRACE = Trace(
    Thing("Mug {item}", frozenset({("brand", "Calderin")})),
    (Deed("Pot {title}", frozenset({("brand", "Calderin")}), frozenset({"purchase"})),),
)
KEY = template_key(SHOP, "purchase", "brand")


@pytest.fixture(scope="module")
def shop_checker() -> Checker:
    return Checker(Lexicon.of(SHOP, "en"))


def test_a_title_with_braces_stays_a_title():
    told = reasons_sentence(SHOP, TRACE, [], "en")
    assert told == "Because you bought Pot {title} – also by Calderin."


def test_a_worded_template_takes_the_place_of_ours(shop_checker):
    templates = {KEY: "You bought {title}, so here is {item}, by the same brand, {facet}."}
    trace = Trace(Thing("Mug", TRACE.item.facets), (Deed("Pot", TRACE.item.facets, frozenset({"purchase"})),))
    told = reasons_sentence(SHOP, trace, [], "en", templates, shop_checker)
    assert told == "You bought Pot, so here is Mug, by the same brand, Calderin."


@pytest.mark.parametrize(
    "text",
    [
        "Your friends bought {title} too.",
        "You returned {title}, made by {facet}.",
        "Because you bought {title} and {item}.",
    ],
)
def test_a_worded_template_that_says_more_does_not(text, shop_checker):
    told = reasons_sentence(SHOP, TRACE, [], "en", {KEY: text}, shop_checker)
    assert told == reasons_sentence(SHOP, TRACE, [], "en")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("You bought {title}.", ""),
        ("You bought {title}, so {item} might suit you.", ""),
        ("Because you bought {title} – also by {facet}.", "brand"),
    ],
)
def test_a_true_template_is_kept(text, field, shop_checker):
    assert template_refusal(text, shop_checker, "purchase", field) == ""


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("You bought something.", ""),
        ("You bought {title} and {title}.", ""),
        ("You bought {title}, by {facet}.", ""),
        ("You bought {title}.", "brand"),
        ("You bought {title} {0}.", ""),
        ("You bought {title} {", ""),
        ("You bought the {title}.", ""),
        ("You rated {title}.", ""),
        ("You bought {title}, a bestseller.", ""),
        ("You bought {item} because of {title}.", ""),
    ],
)
def test_a_template_that_could_say_more_is_refused(text, field, shop_checker):
    assert template_refusal(text, shop_checker, "purchase", field) != ""
