"""Keywords of a person bring up items that carry them."""

from dataclasses import replace

import numpy as np
import pytest

from catalog.models import Item
from recommender import registry, selectors, serving
from recommender.artifacts import publish
from recommender.language.keyword_ranking import KeywordSource
from recommender.language.keyword_vocabulary import Bounds, build_vocabulary
from recommender.models import Artifact, PersonKeywords
from recommender.services import language_activate, recommend
from recommender.services.questions import keywords_of

SHOWN = 6


@pytest.fixture
def written(live, look_again):
    """Two comedies are musicals, and a person who has only seen dramas seems to like those."""
    for item in live.comedies[-2:]:
        Item.objects.filter(pk=item.pk).update(tags=["Musical"])
    items = selectors.items_as_columns(live.storefront, Item.objects.filter(storefront=live.storefront).order_by("pk"))
    source = KeywordSource(build_vocabulary(items, Bounds(least=1, most_share=1.0)), np.zeros(len(items)))

    def write(folder):
        source.vocabulary.save(folder)
        source.save(folder)

    folder = Artifact(folder="cinema/keywords")
    manifest = publish(folder.path, write, {"task": "keywords"})
    live.writer = Artifact.objects.create(
        storefront=live.storefront, product="keywords", algorithm="keywords", folder=folder.folder, manifest=manifest
    )
    language_activate(artifact=live.writer)
    PersonKeywords.objects.create(storefront=live.storefront, person=live.persons[0], keywords=[["Musical", 0.9]])
    look_again(live.storefront)
    return live


def brought(world, person) -> set[str]:
    served = recommend(storefront=world.storefront, person=person, count=SHOWN)
    return {entry.item.external_id for entry in served.items if entry.source == "keywords"}


def test_items_that_carry_what_somebody_seems_to_like_get_a_place(written):
    assert brought(written, written.persons[0]) <= {"film-18", "film-19"}
    assert len(brought(written, written.persons[0])) == 1


def test_nobody_else_gets_them(written):
    assert brought(written, written.persons[2]) == set()
    assert brought(written, None) == set()


def test_who_does_not_allow_personalisation_gets_none(written):
    person = written.persons[0]
    person.consents = {"personalisation": False}
    person.save()
    assert brought(written, person) == set()


def test_without_a_live_writer_keywords_change_nothing(written, look_again):
    written.writer.language_deployments.update(active=False)
    look_again(written.storefront)
    assert brought(written, written.persons[0]) == set()


def test_a_damaged_writer_costs_its_places_and_no_page(written):
    (written.writer.path / "vocabulary.json").write_text("[]")
    assert brought(written, written.persons[0]) == set()
    assert len(recommend(storefront=written.storefront, person=written.persons[0], count=SHOWN).items) == SHOWN


def test_what_is_sensitive_is_not_asked_for(written):
    sensitive = replace(registry.vertical("video"), sensitive_categories=frozenset({"Musical"}))
    assert keywords_of(written.persons[0], registry.vertical("video")) == (("Musical", 0.9),)
    assert keywords_of(written.persons[0], sensitive) == ()


def test_where_others_must_not_count_likes_count_for_nothing(written):
    live = serving.live(written.storefront)
    assert live.keywords(popularity=True).match.likes > 0
    assert live.keywords(popularity=False).match.likes == 0
