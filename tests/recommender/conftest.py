"""A small world with an obvious answer: whoever likes one drama likes the other dramas, and never a comedy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront
from recommender.models import ItemVector, LiveEncoder

FINGERPRINT = "test-encoder"
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def cinema(db) -> Storefront:
    return Storefront.objects.create(slug="cinema", name="Cinema", vertical="video", languages=["en", "zh-hans"])


@pytest.fixture
def shop(db) -> Storefront:
    return Storefront.objects.create(slug="shop", name="Shop", vertical="ecommerce")


@pytest.fixture
def world(cinema) -> SimpleNamespace:
    """Ten dramas and ten comedies; forty persons who watched six of one kind each, in the order of a circle."""
    genres = ["Drama"] * 10 + ["Comedy"] * 10
    items = Item.objects.bulk_create(
        Item(storefront=cinema, external_id=f"film-{n}", title=f"{genre} {n}", categories=[genre], text=f"A {genre}.")
        for n, genre in enumerate(genres)
    )
    persons = Person.objects.bulk_create(Person(storefront=cinema, external_id=f"person-{n}") for n in range(40))
    Behaviour.objects.bulk_create(
        Behaviour(
            storefront=cinema,
            person=person,
            item=items[(10 if n % 2 else 0) + (n // 2 + step) % 10],
            kind="rating",
            value=5,
            occurred_at=NOW - timedelta(days=20 - step),
            event_id=f"{n}-{step}",
        )
        for n, person in enumerate(persons)
        for step in range(6)
    )
    return SimpleNamespace(storefront=cinema, items=items, dramas=items[:10], comedies=items[10:], persons=persons)


@pytest.fixture
def with_vectors(world) -> SimpleNamespace:
    """The world with text vectors in which dramas point one way and comedies another; no encoder is needed."""
    LiveEncoder.objects.create(storefront=world.storefront, fingerprint=FINGERPRINT, model="test", dimensions=4)
    for item in world.items:
        vector_save(item, drama=item in world.dramas)
    return world


def vector_save(item: Item, *, drama: bool) -> None:
    """A unit vector near the first axis for dramas, near the second for the rest."""
    rng = np.random.default_rng(item.pk)
    vector = np.array([1.0, 0.0, 0.0, 0.0] if drama else [0.0, 1.0, 0.0, 0.0]) + rng.normal(0, 0.05, 4)
    ItemVector.objects.create(
        storefront=item.storefront,
        item=item,
        encoder=FINGERPRINT,
        text_hash="",
        vector=(vector / np.linalg.norm(vector)).astype("<f4").tobytes(),
    )
