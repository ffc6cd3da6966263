"""Images and recordings become vectors and words; what cannot be had is listed and keeps nobody waiting."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from catalog.models import Item, Medium
from recommender import selectors, serving
from recommender.jobs import media, media_embed
from recommender.language.media.fetching import Fetched
from recommender.language.media.limits import MediaError
from recommender.models import EmbeddingFailure, ItemVector, LiveMediaEncoder
from recommender.services import similar
from tests.recommender.language.media.conftest import image_bytes, tone, wav_bytes

random = np.random.default_rng(0)
STRIPES = np.tile(np.array([[[250, 250, 250]], [[5, 5, 5]]], dtype=np.uint8), (32, 64, 1))
NOISE = random.integers(0, 255, (64, 64, 3), dtype=np.uint8)
FILES = {
    "https://media.example/stripes.png": image_bytes(pixels=STRIPES),
    "https://media.example/striped.png": image_bytes(pixels=STRIPES[:, ::-1]),
    "https://media.example/noise.png": image_bytes(pixels=NOISE),
    "https://media.example/low.wav": wav_bytes(tone(200)),
    "https://media.example/broken.png": b"no image at all",
}


def fetched(address: str) -> Fetched:
    if address not in FILES:
        raise MediaError("Nothing is there.")
    return Fetched(FILES[address], address, "")


@pytest.fixture
def catalogue(cinema):
    """Two items that look alike and one that does not; no text says so."""
    return {
        name: Item.objects.create(
            storefront=cinema, external_id=name, title=name, image=f"https://media.example/{name}.png"
        )
        for name in ("stripes", "noise", "striped")
    }


def embed(storefront):
    return {one.modality: one for one in media_embed(storefront.pk, fetched=fetched)}


def test_what_looks_alike_is_alike(cinema, catalogue):
    assert embed(cinema)["image"].items == 3
    ids = [entry.item.external_id for entry in similar(storefront=cinema, item=catalogue["stripes"]).items]
    assert ids == ["striped", "noise"]


def test_a_recording_is_heard(cinema, catalogue):
    Medium.objects.create(item=catalogue["noise"], kind="audio", url="https://media.example/low.wav")
    assert embed(cinema)["audio"].items == 1
    live = LiveMediaEncoder.objects.get(modality="audio")
    [(pk, vector)] = selectors.vectors_of(cinema, live.fingerprint)
    assert pk == catalogue["noise"].pk
    assert len(vector) == live.dimensions


def test_what_was_met_is_not_met_again_until_it_changes(cinema, catalogue):
    embed(cinema)
    assert embed(cinema)["image"].items == 0
    catalogue["noise"].save()
    assert embed(cinema)["image"].items == 1


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("https://media.example/gone.png", "Nothing is there."),
        ("https://media.example/broken.png", "broken.png"),
    ],
)
def test_what_cannot_be_had_is_listed_and_the_others_go_on(cinema, catalogue, address, why):
    Item.objects.filter(pk=catalogue["noise"].pk).update(image=address)
    result = embed(cinema)["image"]
    assert (result.items, result.failed) == (2, 1)
    failure = EmbeddingFailure.objects.get()
    assert failure.item == catalogue["noise"]
    assert failure.error.startswith(address)
    assert why in failure.error
    assert embed(cinema)["image"].failed == 0, "it is tried again later, not at once"


def test_one_medium_that_works_is_enough(cinema, catalogue):
    Medium.objects.create(item=catalogue["noise"], kind="image", url="https://media.example/gone.png")
    result = embed(cinema)["image"]
    assert (result.items, result.failed) == (3, 0)
    assert result.problems == ["https://media.example/gone.png: Nothing is there."]


def test_the_vector_goes_with_the_image(cinema, catalogue):
    embed(cinema)
    catalogue["noise"].image = ""
    catalogue["noise"].save()
    embed(cinema)
    assert not ItemVector.objects.filter(item=catalogue["noise"]).exists()


def test_nobody_looks_where_looking_is_off(cinema, catalogue, settings):
    settings.IMAGE_ENCODER = media.OFF
    assert embed(cinema) == {}


def test_captions_count_as_text_and_stand_beside_what_people_wrote(cinema, catalogue, settings, monkeypatch):
    settings.CAPTION_MODEL = "a model"

    class Writer:
        def describe(self, images):
            return ["black and white stripes"] * len(images)

    monkeypatch.setattr(media, "_writer", lambda modality, name, device: Writer())
    own = Medium.objects.create(
        item=catalogue["noise"], kind="image", url="https://media.example/noise.png", caption="Mine"
    )
    Medium.objects.create(item=catalogue["stripes"], kind="image", url="https://media.example/stripes.png")
    assert embed(cinema)["image"].captions == 1
    own.refresh_from_db()
    assert own.caption == "Mine"
    columns = selectors.items_as_columns(cinema, Item.objects.filter(storefront=cinema).order_by("pk"))
    assert "black and white stripes" in columns.texts[0]
    assert embed(cinema)["image"].items == 0, "a caption is no reason to look again"


def test_training_sees_text_and_media_side_by_side(cinema, catalogue):
    embed(cinema)
    ItemVector.objects.create(
        storefront=cinema, item=catalogue["noise"], encoder="text", text_hash="", vector=np.ones(1, "<f4").tobytes()
    )
    vectors = selectors.training_data(cinema, encoder="text").items.vectors
    assert vectors.shape == (3, 1 + 1280)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)


def test_pages_follow_a_change_without_a_restart(cinema, catalogue):
    assert not serving.live(cinema).catalogue.media
    embed(cinema)
    serving.live(cinema)._looked_at = float("-inf")
    assert set(serving.live(cinema).catalogue.media) == {"image"}


def test_addresses_inside_the_network_are_fetched_only_where_settings_say_so(cinema, catalogue, settings):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(FILES["https://media.example/noise.png"])

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Item.objects.exclude(pk=catalogue["noise"].pk).delete()
    Item.objects.update(image=f"http://127.0.0.1:{server.server_port}/noise.png")
    try:
        assert media_embed(cinema.pk)[0].failed == 1
        EmbeddingFailure.objects.all().delete()
        settings.MEDIA_NETWORKS = ["127.0.0.0/8"]
        assert media_embed(cinema.pk)[0].items == 1
    finally:
        server.shutdown()
