"""What somebody reads about body and mind shapes nothing before they agreed to exactly that."""

import logging

import pytest
from django.utils import timezone

from behaviour.models import Behaviour, Person
from behaviour.services import consents_give
from catalog.models import Item, Storefront
from recommender import registry, selectors
from recommender.models import PersonKeywords, Recommendation
from recommender.selectors.training import guarded_persons
from recommender.services import explain, recommend, search, similar_persons
from recommender.services.questions import history_for, keywords_of
from recommender.services.wishes import recommend_from_words

PERSONALISED = {"personalisation": True, "training": True}
EXPLICIT = {**PERSONALISED, "sensitive": True}
CANARY = "Canarybird"


@pytest.fixture
def portal(db) -> Storefront:
    storefront = Storefront.objects.create(slug="portal", name="Portal", vertical="health")
    for name, category in (("soup", "Food & cooking"), ("naps", "Sleep"), ("panic", "Mind & mood")):
        Item.objects.create(storefront=storefront, external_id=name, title=f"On {name}", categories=[category])
    Item.objects.create(
        storefront=storefront, external_id="canary", title=f"{CANARY} and you", categories=["Mind & mood"]
    )
    return storefront


def reader(portal, name: str, consents: dict, *items: str) -> Person:
    person = Person.objects.create(storefront=portal, external_id=name, consents=consents)
    for number, item in enumerate(items):
        Behaviour.objects.create(
            storefront=portal,
            person=person,
            item=Item.objects.get(storefront=portal, external_id=item),
            kind="like",
            occurred_at=timezone.now(),
            event_id=f"{name}-{number}",
        )
    return person


def names(portal, pks) -> set[str]:
    return set(Item.objects.filter(pk__in=pks).values_list("external_id", flat=True))


@pytest.mark.parametrize(
    ("consents", "shaping"), [({}, set()), (PERSONALISED, {"soup"}), (EXPLICIT, {"soup", "panic"})]
)
def test_a_past_shapes_lists_as_far_as_consent_goes(portal, consents, shaping):
    person = reader(portal, "p", consents, "soup", "panic")
    assert names(portal, history_for(portal, person).items) == shaping


@pytest.mark.parametrize(
    ("consents", "shaping"), [(None, set()), ({}, set()), (PERSONALISED, {"soup"}), (EXPLICIT, {"soup", "panic"})]
)
def test_so_does_what_was_just_looked_at(portal, consents, shaping):
    person = None if consents is None else reader(portal, "p", consents)
    session = Item.objects.filter(external_id__in=["soup", "panic"]).values_list("pk", flat=True)
    assert names(portal, history_for(portal, person, session).items) == shaping


def test_taking_it_back_holds_for_the_next_list(portal):
    person = reader(portal, "p", EXPLICIT, "soup", "panic")
    person = consents_give(person=person, answers={"sensitive": False}, version="1")
    assert names(portal, history_for(portal, person).items) == {"soup"}


def test_models_learn_nothing_sensitive_of_those_who_did_not_agree_to_it(portal):
    plain, explicit = reader(portal, "a", PERSONALISED, "soup", "panic"), reader(portal, "b", EXPLICIT, "panic")
    data = selectors.training_data(portal)
    learned = {
        (int(data.persons[person]), int(data.items.ids[item]))
        for person, item in zip(data.interactions.persons, data.interactions.items, strict=True)
    }
    pk = dict(Item.objects.values_list("external_id", "pk"))
    assert learned == {(plain.pk, pk["soup"]), (explicit.pk, pk["panic"])}
    assert guarded_persons(portal).tolist() == [plain.pk]


def test_nobody_is_a_neighbour_for_an_illness(portal):
    mine = reader(portal, "a", EXPLICIT, "panic")
    reader(portal, "b", EXPLICIT, "panic")
    assert similar_persons(storefront=portal, person=mine) == []


@pytest.mark.parametrize("ask", [search, lambda words, **rest: recommend_from_words(text=words, **rest)])
@pytest.mark.parametrize(("consents", "kept"), [(None, False), ({}, False), (PERSONALISED, False), (EXPLICIT, True)])
def test_words_typed_are_written_down_only_with_explicit_consent(portal, ask, consents, kept):
    person = None if consents is None else reader(portal, "p", consents)
    ask(words="panic", storefront=portal, person=person)
    assert ("panic" in str(Recommendation.objects.get().context)) is kept


def test_a_planted_signal_is_in_no_reason_no_log_and_no_text(portal, caplog):
    caplog.set_level(logging.DEBUG)
    person = reader(portal, "p", EXPLICIT, "canary", "soup")
    Behaviour.objects.create(
        storefront=portal,
        person=person,
        kind="question",
        text="Canaryquestion?",
        occurred_at=timezone.now(),
        event_id="q",
    )
    consents_give(person=person, answers={"sensitive": False}, version="1")
    person.refresh_from_db()
    served = recommend(storefront=portal, person=person, reasons=True)
    said = [entry.reason for entry in served.items]
    said += [explain(storefront=portal, person=person, item=item).sentence for item in Item.objects.all()]
    said += [selectors.history_text(portal, person, language) for language in ("en", "zh-hans")]
    said += [str(selectors.views_of(portal, [person.pk]))]
    said += [caplog.text, str(Recommendation.objects.values_list("context", flat=True))]
    assert "canary" not in " ".join(said).lower()


def test_keywords_written_under_a_consent_that_was_taken_back_shape_nothing(portal):
    person = reader(portal, "p", EXPLICIT)
    PersonKeywords.objects.create(storefront=portal, person=person, keywords=[["lump", 1.0]])
    vertical = registry.vertical("health")
    assert keywords_of(person, vertical) == (("lump", 1.0),)
    person = consents_give(person=person, answers={"sensitive": False}, version="1")
    assert keywords_of(person, vertical) == ()
