"""Explanations are arithmetic first and words second."""

import pytest

from behaviour.models import Person
from catalog.models import Item
from recommender.services import ServiceError, explain, recommend

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
