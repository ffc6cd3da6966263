"""Rows become arrays: the right ones, of the right storefront, with the right strength."""

from datetime import timedelta
from itertools import count

import numpy as np
import pytest

from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront
from recommender import selectors

from .conftest import NOW

_numbers = count()


def record(person, item, kind, value=None, days=0):
    return Behaviour.objects.create(
        storefront=person.storefront,
        person=person,
        item=item,
        kind=kind,
        value=value,
        occurred_at=NOW - timedelta(days=days),
        event_id=f"extra-{next(_numbers)}",
    )


@pytest.fixture
def somebody(world):
    return Person.objects.create(storefront=world.storefront, external_id="somebody")


def test_every_person_and_item_has_a_row(world):
    data = selectors.training_data(world.storefront)
    assert data.interactions.n_persons == 40
    assert len(data.items) == 20
    assert len(data.interactions) == 240
    assert data.items.ids.tolist() == [item.pk for item in world.items]
    assert "category:Drama" in data.items.facets[0]


def test_another_storefront_sees_none_of_it(world, shop):
    data = selectors.training_data(shop)
    assert len(data.items) == len(data.interactions) == 0


def test_several_events_on_one_item_are_one_interaction_at_the_latest_time(world, somebody):
    record(somebody, world.items[0], "view", days=9)
    record(somebody, world.items[0], "rating", 5, days=3)
    record(somebody, world.items[1], "view", days=5)
    data = selectors.training_data(world.storefront)
    row = data.persons.tolist().index(somebody.pk)
    mine = data.interactions.persons == row
    assert data.interactions.items[mine].tolist() == [1, 0]
    assert data.interactions.values[mine][1] > data.interactions.values[mine][0]


def test_a_later_dislike_takes_an_interaction_back(world, somebody):
    record(somebody, world.items[0], "view", days=9)
    record(somebody, world.items[0], "rating", 1, days=3)
    assert somebody.pk not in selectors.training_data(world.storefront).persons


def test_searches_and_reviews_are_no_interactions(world, somebody):
    record(somebody, None, "search")
    record(somebody, world.items[0], "review")
    assert somebody.pk not in selectors.training_data(world.storefront).persons


def test_withdrawn_items_are_not_learned_about(world):
    Item.objects.filter(pk=world.items[3].pk).update(withdrawn=True)
    data = selectors.training_data(world.storefront)
    assert world.items[3].pk not in data.items.ids
    assert len(data.interactions) == 240 - 12


def test_who_refused_training_is_left_out(world):
    Person.objects.filter(pk=world.persons[0].pk).update(consents={"training": False})
    assert world.persons[0].pk not in selectors.training_data(world.storefront).persons


def test_a_past_can_be_cut_off(world):
    data = selectors.training_data(world.storefront, until=NOW - timedelta(days=17, hours=12))
    assert len(data.interactions) == 40 * 3


def test_history_is_oldest_first_with_one_entry_an_item(world, somebody):
    record(somebody, world.items[0], "view", days=9)
    record(somebody, world.items[1], "view", days=5)
    record(somebody, world.items[0], "watch", 0.9, days=1)
    history = selectors.history_of(world.storefront, somebody)
    assert history.items == (world.items[1].pk, world.items[0].pk)
    assert history.kinds[world.items[0].pk] == "watch"


def test_what_was_watched_hidden_or_disliked_counts_as_seen_but_a_view_does_not(world, somebody):
    record(somebody, world.items[0], "view")
    record(somebody, world.items[1], "watch", 0.9)
    record(somebody, world.items[2], "hide")
    record(somebody, world.items[3], "dismiss")
    seen = selectors.history_of(world.storefront, somebody).seen
    assert seen == {item.pk for item in world.items[1:4]}


def test_older_events_say_less_but_never_nothing(world, somebody):
    record(somebody, world.items[0], "view", days=3000)
    record(somebody, world.items[1], "view", days=0)
    values = selectors.history_of(world.storefront, somebody).values
    assert 0 < values[0] < values[1]


def test_popularity_counts_recent_interest_only(world, somebody, monkeypatch):
    monkeypatch.setattr(selectors.serving, "POPULAR_EVENTS", 240)
    for days in range(3):
        record(somebody, world.items[19], "watch", 0.5, days=days)
    record(somebody, world.items[18], "view", days=200)
    counts = selectors.popular_items(world.storefront)
    assert counts[world.items[19].pk] == 12 + 3
    assert counts[world.items[18].pk] == 12


def test_one_event_after_a_quiet_time_does_not_decide_alone_what_is_popular(world, somebody):
    Behaviour.objects.update(occurred_at=NOW - timedelta(days=3000))
    record(somebody, world.items[0], "view")
    assert selectors.popular_items(world.storefront)[world.items[5].pk] == 12


def test_vectors_line_up_with_items(with_vectors):
    data = selectors.training_data(with_vectors.storefront, encoder="test-encoder")
    assert data.items.vectors.shape == (20, 4)
    assert (data.items.vectors[:10, 0] > 0.9).all()
    assert np.allclose(np.linalg.norm(data.items.vectors, axis=1), 1, atol=1e-5)


def test_items_wait_for_a_vector_until_they_have_one_and_again_when_they_change(with_vectors):
    storefront = with_vectors.storefront
    assert not selectors.items_without_vector(storefront, "test-encoder").exists()
    with_vectors.items[4].title = "Another name"
    with_vectors.items[4].save()
    assert selectors.items_without_vector(storefront, "test-encoder").get() == with_vectors.items[4]
    assert selectors.items_without_vector(storefront, "another-encoder").count() == 20


def test_the_corpus_holds_texts_and_who_did_what_under_a_pseudonym(world):
    corpus = selectors.corpus_for(world.storefront)
    assert (len(corpus.items), len(corpus)) == (20, 40)
    assert corpus.items.texts[0].startswith("Drama 0")
    assert set(corpus.subjects) == {str(person.subject_key) for person in world.persons}
    events = corpus.histories[0]
    assert [event.item for event in events] == [0, 1, 2, 3, 4, 5]
    assert all(event.signal > 0 for event in events)
    assert corpus.history_text(events[:2]) == "The person rated “Drama 0” 5 of 5, rated “Drama 1” 5 of 5."


def test_the_corpus_leaves_out_who_refused_and_what_is_withdrawn(world):
    refusing = world.persons[0]
    refusing.consents = {"training": False}
    refusing.save()
    world.dramas[1].withdrawn = True
    world.dramas[1].save()
    corpus = selectors.corpus_for(world.storefront)
    assert len(corpus) == 39
    assert str(refusing.subject_key) not in corpus.subjects
    assert "Drama 1" not in corpus.titles
    assert not any(event.view.title == "Drama 1" for events in corpus.histories for event in events)


def test_the_corpus_holds_searches_and_reviews(world):
    person = world.persons[0]
    Behaviour.objects.create(
        storefront=world.storefront,
        person=person,
        kind="search",
        text="quiet films",
        occurred_at=NOW,
        event_id="search-1",
    )
    corpus = selectors.corpus_for(world.storefront)
    last = corpus.histories[0][-1]
    assert (last.item, last.signal, last.view.text) == (-1, 0.0, "quiet films")


def test_the_corpus_keeps_the_newest_events(world, monkeypatch):
    from recommender.selectors import corpus as module

    monkeypatch.setattr(module, "HISTORY", 2)
    assert [event.item for event in selectors.corpus_for(world.storefront).histories[0]] == [4, 5]


@pytest.mark.django_db
@pytest.mark.parametrize(("agreed", "texts"), [(None, []), (False, []), (True, ["a lump"])])
def test_what_somebody_typed_on_a_health_portal_is_learned_from_only_with_explicit_consent(agreed, texts):
    portal = Storefront.objects.create(slug="portal", name="Portal", vertical="health")
    consents = {"training": True, "personalisation": True, **({} if agreed is None else {"sensitive": agreed})}
    person = Person.objects.create(storefront=portal, external_id="p", consents=consents)
    Behaviour.objects.create(
        storefront=portal, person=person, kind="search", text="a lump", occurred_at=NOW, event_id="1"
    )
    corpus = selectors.corpus_for(portal)
    assert [event.view.text for events in corpus.histories for event in events] == texts


@pytest.mark.django_db
@pytest.mark.parametrize(("consents", "learned"), [({}, 0), ({"training": False}, 0), ({"training": True}, 1)])
def test_where_consent_is_needed_nothing_is_learned_from_those_who_never_gave_it(consents, learned):
    portal = Storefront.objects.create(slug="portal", name="Portal", vertical="health")
    item = Item.objects.create(storefront=portal, external_id="nap", title="Naps", categories=["Food & cooking"])
    person = Person.objects.create(storefront=portal, external_id="p", consents=consents)
    Behaviour.objects.create(storefront=portal, person=person, item=item, kind="like", occurred_at=NOW, event_id="1")
    assert len(selectors.training_data(portal).interactions) == learned
    assert len(selectors.corpus_for(portal)) == learned
