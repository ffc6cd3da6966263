"""A synthetic shop for serving.py: items with words, persons with a past, vectors, and a blend really trained."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
from django.conf import settings
from django.utils import timezone

from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront
from recommender.jobs import encoder_prepare, training_run_execute
from recommender.models import ItemVector, LiveEncoder, TrainingRun
from recommender.services import artifact_activate, training_run_create

EVENTS_EACH = 30
DIMENSIONS = 384  # of the default encoder
TOPICS = 60
#: All members have a part in it, which costs a request the most; finding the weights would take longer than it tells.
BLEND = {"members": ["next-item", "graph", "ease", "content", "popularity"], "weights": [1.0, 0.3, 0.3, 0.15, 0.05]}
_CHUNK = 2000
_WORDS = ("light", "warm", "steel", "wool", "oak", "paper", "travel", "garden", "kitchen", "winter", "blue", "small")


def storefront_build(*, items: int, persons: int, seed: int = 0) -> Storefront:
    """Persons like some topics and act within them, so that there is something to learn."""
    shop = Storefront.objects.create(slug="bench", name="Benchmark", vertical="ecommerce", synthetic=True)
    rng = random.Random(seed)
    item_pks = _items(shop, items, rng)
    person_pks = _persons(shop, persons)
    _behaviours(shop, person_pks, item_pks, rng)
    _vectors(shop, item_pks, np.random.default_rng(seed))
    return shop


def train_and_activate(shop: Storefront, algorithm: str) -> TrainingRun:
    """Through the product's own job, in this process, and put live."""
    config = BLEND if algorithm == "blend" else None
    run = training_run_create(storefront=shop, algorithm=algorithm, config=config, enqueue=False)
    artifact = training_run_execute(run.pk)
    run.refresh_from_db()
    if artifact is None:
        raise SystemExit(f"{algorithm} was not trained: {run.status} {run.error}\n{run.log}")
    artifact_activate(artifact=artifact)
    return run


def _items(shop: Storefront, count: int, rng: random.Random) -> list[int]:
    made = timezone.now() - timedelta(days=200)
    rows = [
        Item(
            storefront=shop,
            external_id=f"sku-{number:06}",
            title=f"{rng.choice(_WORDS).title()} {rng.choice(_WORDS)} no. {number}",
            text=" ".join(rng.choices(_WORDS, k=60)),
            categories=[f"Department {number % TOPICS % 8}", f"Topic {number % TOPICS}"],
            tags=rng.sample(_WORDS, 3),
            attributes={"brand": f"Brand {rng.randrange(300)}", "stock": rng.randrange(1, 50)},
            price=rng.randrange(100, 20_000),
            currency="EUR",
            published_at=made + timedelta(minutes=number),
        )
        for number in range(count)
    ]
    Item.objects.bulk_create(rows, batch_size=_CHUNK)
    return list(Item.objects.filter(storefront=shop).order_by("pk").values_list("pk", flat=True))


def _persons(shop: Storefront, count: int) -> list[int]:
    rows = [Person(storefront=shop, external_id=f"u-{number}") for number in range(count)]
    Person.objects.bulk_create(rows, batch_size=_CHUNK)
    return list(Person.objects.filter(storefront=shop).order_by("pk").values_list("pk", flat=True))


def _behaviours(shop: Storefront, persons: list[int], items: list[int], rng: random.Random) -> None:
    by_topic = [items[topic::TOPICS] for topic in range(TOPICS)]
    now = timezone.now()
    rows = []
    for person in persons:
        topics = [rng.randrange(TOPICS) for _ in range(3)]
        for place in range(EVENTS_EACH):
            liked = by_topic[rng.choice(topics)]
            # Squaring favours the front of each topic: some items are popular, most are not.
            item = liked[int(len(liked) * rng.random() ** 2)]
            when = now - timedelta(hours=rng.randrange(24 * 90), minutes=rng.randrange(60))
            rows.append(
                Behaviour(
                    storefront=shop,
                    person_id=person,
                    item_id=item,
                    kind=rng.choices(("view", "like", "purchase"), (6, 1, 2))[0],
                    occurred_at=when,
                    event_id=f"{person}-{place}",
                )
            )
    Behaviour.objects.bulk_create(rows, batch_size=_CHUNK)


def _vectors(shop: Storefront, items: list[int], rng: np.random.Generator) -> None:
    """Random directions around each topic's own, in the encoder's name: what they mean costs nothing."""
    encoder = encoder_prepare()
    LiveEncoder.objects.create(
        storefront=shop, fingerprint=encoder.fingerprint, model=settings.ENCODER_MODEL, dimensions=DIMENSIONS
    )
    centres = rng.standard_normal((TOPICS, DIMENSIONS))
    for start in range(0, len(items), _CHUNK):
        pks = items[start : start + _CHUNK]
        vectors = centres[[(start + place) % TOPICS for place in range(len(pks))]]
        vectors = vectors + rng.standard_normal((len(pks), DIMENSIONS))
        vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("<f4")
        ItemVector.objects.bulk_create(
            ItemVector(
                storefront=shop, item_id=pk, encoder=encoder.fingerprint, text_hash=str(pk), vector=vector.tobytes()
            )
            for pk, vector in zip(pks, vectors, strict=True)
        )
