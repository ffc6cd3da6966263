"""Films with vectors of a tiny encoder, encoders to put in its place, and a shop whose data comes late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.models import Item
from recommender.artifacts import publish
from recommender.jobs import embedding, items_embed
from recommender.models import Artifact
from tests.recommender.language.conftest import write_tiny_model

from .alerting import NOW, event

TEXTS = ("red shoe", "green tea", "a film of tea", "red film", "green shoe", "a red tea")


@pytest.fixture
def light(settings, tmp_path, monkeypatch):
    """Tiny encoders that are exported by name only: the export has tests of its own."""
    settings.VAR_DIR = tmp_path / "var"
    settings.DEVICE = "cpu"
    settings.ENCODER_MODEL = str(write_tiny_model(tmp_path / "first", seed=1))
    monkeypatch.setattr("recommender.language.onnx_export.export", lambda encoder, folder: folder.mkdir(parents=True))
    embedding._prepared.cache_clear()
    yield
    embedding._prepared.cache_clear()


@pytest.fixture
def films(light, cinema):
    for number, text in enumerate(TEXTS):
        Item.objects.create(storefront=cinema, external_id=f"f{number}", title=text)
    items_embed(cinema.pk)
    return cinema


def encoder_artifact(storefront, seed=2) -> Artifact:
    """An encoder as a fine-tuning leaves it."""
    folder = Artifact(folder=f"{storefront.slug}/encoder-{seed}")
    manifest = publish(folder.path, lambda path: write_tiny_model(path, seed=seed), {"task": "contrastive"})
    return Artifact.objects.create(
        storefront=storefront, product="encoder", algorithm="contrastive", folder=folder.folder, manifest=manifest
    )


@pytest.fixture
def late(shop):
    """A shop whose last event came an hour ago."""
    event(shop, NOW - timedelta(hours=1))
    return shop
