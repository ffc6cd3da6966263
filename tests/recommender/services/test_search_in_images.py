"""Words find what images show, where the encoder of images reads words."""

import numpy as np
import pytest

from catalog.models import Item
from recommender import serving
from recommender.jobs import media_embed
from recommender.language.media.fetching import Fetched
from recommender.language.media.images import load_image_encoder
from recommender.models import ItemVector, LiveMediaEncoder
from recommender.services import search
from tests.recommender.language.media.conftest import RED, clip_folder, image_bytes, vit_folder  # noqa: F401

PICTURE = image_bytes(pixels=np.asarray(RED))


@pytest.fixture
def things(shop, settings, tmp_path):
    """Eight things with a picture each, whose texts say nothing."""
    settings.VAR_DIR = tmp_path
    items = [
        Item.objects.create(
            storefront=shop, external_id=f"t-{n}", title=f"T{n}", image=f"https://media.example/{n}.png"
        )
        for n in range(8)
    ]

    def look(folder) -> LiveMediaEncoder:
        settings.IMAGE_ENCODER, settings.AUDIO_ENCODER = str(folder), "off"
        media_embed(shop.pk, fetched=lambda address: Fetched(PICTURE, address, ""))
        return LiveMediaEncoder.objects.get(storefront=shop)

    return items, look


def test_what_an_image_shows_is_found_by_words(shop, things, clip_folder):  # noqa: F811
    items, look = things
    live = look(clip_folder)
    assert (live.folder / "encoder.json").is_file(), "the worker exports what the web process needs"
    [shoe] = load_image_encoder(str(clip_folder)).encode_texts(["red shoe"])
    for item in items:  # one looks like it, the others like its opposite
        vector = shoe if item.external_id == "t-5" else -shoe
        ItemVector.objects.filter(item=item).update(vector=vector.astype("<f4").tobytes())
    serving.forget()
    found = search(storefront=shop, words="red shoe")
    assert [(entry.item.external_id, entry.source) for entry in found.items] == [("t-5", "meaning")]


def test_where_nothing_stands_out_nothing_is_found(shop, things, clip_folder):  # noqa: F811
    _items, look = things
    look(clip_folder)
    assert search(storefront=shop, words="red shoe").items == [], "all pictures are the same"


def test_an_encoder_that_reads_no_words_has_no_part_in_it(shop, things, vit_folder):  # noqa: F811
    _items, look = things
    assert not look(vit_folder).folder.exists()
    assert serving.live(shop).seen_in_images("red shoe") is None


def test_a_damaged_text_half_costs_nobody_their_search(shop, things, clip_folder):  # noqa: F811
    items, look = things
    (look(clip_folder).folder / "model.onnx").unlink()
    Item.objects.filter(pk=items[2].pk).update(title="Red shoe")
    serving.forget()
    assert [entry.item.external_id for entry in search(storefront=shop, words="red shoe").items] == ["t-2"]
