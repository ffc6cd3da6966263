"""Items' words become vectors: once, again when they change, and through the real encoder."""

from datetime import timedelta

import numpy as np
import pytest
from django.conf import settings

from catalog.models import Item
from recommender import registry, selectors
from recommender.jobs import embedding, encoder_prepare, items_embed
from recommender.language.cache import text_hash
from recommender.language.onnx_encoder import OnnxEncoder
from recommender.models import ItemVector, LiveEncoder
from recommender.services import search

pytestmark = pytest.mark.slow


@pytest.fixture
def films(cinema):
    stories = {
        "wreck": "A diver finds a sunken ship on the bottom of the sea.",
        "court": "A young lawyer defends an innocent man before a jury.",
        "waltz": "Two dancers fall in love in Vienna.",
    }
    for name, story in stories.items():
        Item.objects.create(storefront=cinema, external_id=name, title=name.title(), text=story)
    items_embed(cinema.pk)
    return cinema


def test_every_item_gets_a_unit_vector_of_the_live_encoder(films):
    live = LiveEncoder.objects.get(storefront=films)
    vectors = dict(selectors.vectors_of(films, live.fingerprint))
    assert len(vectors) == 3
    assert all(len(vector) == live.dimensions for vector in vectors.values())
    assert np.allclose([np.linalg.norm(vector) for vector in vectors.values()], 1, atol=1e-4)


def test_embedding_again_does_nothing(films):
    assert items_embed(films.pk) == 0


def test_a_changed_item_is_embedded_anew(films):
    item = Item.objects.get(external_id="waltz")
    before = bytes(ItemVector.objects.get(item=item).vector)
    item.text = "Engineers repair a submarine cable in the ocean."
    item.save()
    assert items_embed(films.pk) == 1
    assert bytes(ItemVector.objects.get(item=item).vector) != before


def test_an_item_that_changes_while_it_is_encoded_is_encoded_again(films, monkeypatch):
    item = Item.objects.create(storefront=films, external_id="late", title="Late", text="A diver finds a ship.")
    encode = embedding.encode_cached

    def meanwhile(encoder, texts, cache):
        item.text = "Engineers repair a submarine cable in the ocean."
        item.save()
        return encode(encoder, texts, cache)

    with monkeypatch.context() as patch:
        patch.setattr(embedding, "encode_cached", meanwhile)
        assert items_embed(films.pk) == 1
    read = ItemVector.objects.get(item=item)
    assert read.text_hash == text_hash("Late. A diver finds a ship."), "the text that was read"
    fingerprint = LiveEncoder.objects.get(storefront=films).fingerprint
    assert list(selectors.items_without_vector(films, fingerprint)) == [item]
    assert items_embed(films.pk) == 1
    [said] = selectors.item_texts(registry.vertical(films.vertical), [item])
    assert ItemVector.objects.get(item=item).text_hash == text_hash(said) != read.text_hash
    assert items_embed(films.pk) == 0


def test_a_change_that_is_committed_after_the_item_was_read_is_not_missed(films):
    """Its time is from before the reading, as that of a transaction which takes long."""
    item = Item.objects.get(external_id="waltz")
    soon = item.updated_at + timedelta(microseconds=1)
    assert soon < ItemVector.objects.get(item=item).updated_at
    Item.objects.filter(pk=item.pk).update(text="A cable in the ocean.", updated_at=soon)
    assert items_embed(films.pk) == 1


def test_progress_is_told(films):
    Item.objects.create(storefront=films, external_id="new", title="New")
    told = []
    items_embed(films.pk, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (1, 1)


def test_the_web_side_reads_with_the_same_encoder(films):
    exported = OnnxEncoder(LiveEncoder.objects.get(storefront=films).folder)
    assert exported.fingerprint == encoder_prepare().fingerprint
    assert exported.folder.is_relative_to(settings.VAR_DIR)


def test_search_finds_what_is_meant_without_a_common_word(films):
    found = search(storefront=films, words="attorney trial")
    assert found.items[0].item.external_id == "court"
    assert found.items[0].source == "meaning"


def test_a_storefront_without_items_needs_no_encoder(shop):
    assert items_embed(shop.pk) == 0
    assert not LiveEncoder.objects.filter(storefront=shop).exists()
