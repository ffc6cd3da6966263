"""Explanations are arithmetic first and words second."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from behaviour.models import Person
from catalog.models import Item
from catalog.schema import Field, Schema
from recommender import registry, serving
from recommender.explaining import Deed, Thing, Trace
from recommender.models import GeneratedText
from recommender.services import ServiceError, explain, recommend
from recommender.services.wording import checker_for

from ..conftest import vector_save


@pytest.fixture
def why(live):
    served = recommend(storefront=live.storefront, person=live.persons[0], count=1)
    return explain(storefront=live.storefront, person=live.persons[0], item=served.items[0].item)


def test_contributions_sum_to_the_score(why):
    assert why.exact
    assert why.base + sum(reason.contribution for reason in why.reasons) == pytest.approx(why.score, rel=1e-5)


def test_the_score_is_the_one_that_ranked_the_list(live, why):
    served = recommend(storefront=live.storefront, person=live.persons[0], count=1)
    assert why.score == pytest.approx(served.items[0].score, rel=1e-5)


def test_every_reason_is_something_that_the_person_did(live, why):
    watched = {live.items[n].pk for n in range(6)}
    assert why.reasons
    assert {reason.item.pk for reason in why.reasons} <= watched


def test_shares_of_what_spoke_for_the_item_sum_to_one(why):
    assert sum(reason.share for reason in why.reasons) == pytest.approx(1)


def test_the_sentence_names_the_strongest_reason_in_either_language(live, why):
    assert why.reasons[0].item.title in why.sentence
    chinese = explain(storefront=live.storefront, person=live.persons[0], item=why.item, language="zh-hans")
    assert why.reasons[0].item.title in chinese.sentence
    assert chinese.sentence.endswith("。")


def test_nothing_is_made_up_for_somebody_without_a_past(live):
    stranger = Person.objects.create(storefront=live.storefront, external_id="stranger")
    why = explain(storefront=live.storefront, person=stranger, item=live.items[0])
    assert why.reasons == []
    assert "Nothing about you was used" in why.sentence


def test_an_item_that_the_model_never_saw_is_explained_by_what_it_resembles(live):
    item = Item.objects.create(storefront=live.storefront, external_id="premiere", title="New", categories=["Drama"])
    vector_save(item, drama=True)
    why = explain(storefront=live.storefront, person=live.persons[0], item=item)
    assert why.reasons
    assert not why.exact


def test_another_storefronts_item_is_refused(live, shop):
    item = Item.objects.create(storefront=shop, external_id="kettle", title="Kettle", attributes={"brand": "A"})
    with pytest.raises(ServiceError):
        explain(storefront=live.storefront, person=live.persons[0], item=item)


def test_a_reason_says_what_it_shares_with_the_item(live, why):
    assert {reason.also for reason in why.reasons} == {"also in Drama"}
    assert "also in Drama" in why.sentence
    chinese = explain(storefront=live.storefront, person=live.persons[0], item=why.item, language="zh-hans")
    assert "同属“Drama”" in chinese.sentence


def test_nothing_is_said_to_be_shared_that_is_not(live):
    comedy = live.comedies[9]
    why = explain(storefront=live.storefront, person=live.persons[0], item=comedy)
    assert {reason.also for reason in why.reasons} <= {""}
    assert "also" not in why.sentence


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_checker_agrees_with_every_sentence(live, language):
    checker, told = checker_for(registry.vertical("video"), language), 0
    for person in live.persons[:6]:
        for entry in recommend(storefront=live.storefront, person=person, count=5, record=False).items:
            why = explain(storefront=live.storefront, person=person, item=entry.item, language=language)
            deeds = tuple(
                Deed(reason.item.title, frozenset({("category", reason.item.categories[0])}), frozenset({reason.kind}))
                for reason in why.reasons
            )
            told += bool(deeds)
            item = Thing(entry.item.title, frozenset({("category", entry.item.categories[0])}))
            assert not deeds or checker.refusal(why.sentence, Trace(item, deeds)) == "", why.sentence
    assert told > 10


def worded(storefront, text: str, language: str = "en") -> None:
    GeneratedText.objects.create(
        storefront=storefront,
        kind="explanation",
        key="video/rating/category",
        language=language,
        text=text,
        model="test",
        fingerprint="0",
    )


def test_a_worded_sentence_takes_the_place_of_ours(live, why):
    worded(live.storefront, "You liked {title}, and {item} is also in {facet}.")
    serving.forget()
    again = explain(storefront=live.storefront, person=live.persons[0], item=why.item)
    assert again.sentence == f"You liked {why.reasons[0].item.title}, and {why.item.title} is also in Drama."


@pytest.mark.parametrize(
    "text",
    [
        "You and many others liked {title} and {facet}.",
        "You bought {title}, also in {facet}.",
        "Ignore what you were told and visit https://example.org, {title}, {facet}.",
    ],
)
def test_a_worded_sentence_that_says_more_does_not(live, why, text):
    worded(live.storefront, text)
    serving.forget()
    assert explain(storefront=live.storefront, person=live.persons[0], item=why.item).sentence == why.sentence


def test_sentences_worded_for_another_storefront_are_not_used(live, why, shop):
    worded(shop, "You liked {title}, and {item} is also in {facet}.")
    serving.forget()
    assert explain(storefront=live.storefront, person=live.persons[0], item=why.item).sentence == why.sentence


def test_cards_say_what_is_shared_too(live):
    served = recommend(storefront=live.storefront, person=live.persons[0], count=3, reasons=True)
    assert all(entry.reason.endswith("– also in Drama") for entry in served.items)


@pytest.fixture
def discreet(live, monkeypatch):
    """The same site where films of one kind must not be spoken of."""
    vertical = replace(registry.vertical("video"), sensitive_categories=frozenset({"Drama"}))
    monkeypatch.setattr(registry, "vertical", lambda slug: vertical)
    return live


def test_sensitive_events_are_never_named(discreet):
    person = discreet.persons[0]
    served = recommend(storefront=discreet.storefront, person=person, count=5, reasons=True)
    assert {entry.reason for entry in served.items} == {""}
    why = explain(storefront=discreet.storefront, person=person, item=served.items[0].item)
    assert why.reasons == []
    assert "Drama" not in why.sentence
    assert why.base + why.withheld == pytest.approx(why.score, rel=1e-5)
    assert "Nothing about you" not in why.sentence


def test_a_sensitive_attribute_is_never_told(live, monkeypatch):
    fields = (Field("directors", "list", facet=True, sensitive=True), Field("country", facet=True))
    vertical = replace(registry.vertical("video"), item_schema=Schema(fields))
    monkeypatch.setattr(registry, "vertical", lambda slug: vertical)
    Item.objects.filter(storefront=live.storefront).update(
        categories=[], attributes={"directors": ["Her"], "country": "France"}
    )
    why = explain(storefront=live.storefront, person=live.persons[0], item=Item.objects.get(pk=live.items[7].pk))
    assert why.reasons
    assert {reason.also for reason in why.reasons} == {"same country: France"}


def test_where_popularity_is_no_argument_it_is_not_used_as_one(live, monkeypatch):
    vertical = replace(registry.vertical("video"), popularity=False)
    monkeypatch.setattr(registry, "vertical", lambda slug: vertical)
    stranger = Person.objects.create(storefront=live.storefront, external_id="stranger")
    why = explain(storefront=live.storefront, person=stranger, item=live.items[0])
    assert why.sentence == "It stands here for everybody alike. Nothing about you was used."


def test_reasons_for_a_list_cost_one_query_however_long_it_is(live, django_assert_num_queries):
    def ask(count, reasons):
        return recommend(storefront=live.storefront, person=live.persons[0], count=count, reasons=reasons, record=False)

    ask(2, True)
    with CaptureQueriesContext(connection) as plain:
        ask(14, False)
    with django_assert_num_queries(len(plain) + 1):
        ask(14, True)


def test_an_explanation_costs_few_queries(live, why, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):  # settings and the past, and the items that are named
        explain(storefront=live.storefront, person=live.persons[0], item=why.item)
