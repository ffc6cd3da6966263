"""A large shop for admin.py: rows straight into the tables, as fast as the database takes them."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

import numpy as np
from django.db import connection, transaction

from behaviour.models import Person
from catalog.models import Item, Storefront
from recommender.models import Artifact, Deployment, Segment

CHUNK = 20_000
DAYS = 60
SHOWN = 8  # items of a list that come into sight
KINDS = ("view", "click", "cart", "purchase", "hide", "search")
SHARES = (0.55, 0.2, 0.1, 0.08, 0.02, 0.05)
PLACEMENTS = ("home", "item", "cart")
SEGMENTS = {
    "buyers": "purchase_90d >= 1",
    "regulars": "events_30d >= 10 and known = true",
    "silent": "events_30d = 0",
    "kitchen": 'liked_category = "Topic 3"',
}


def admin_world(*, items: int, behaviours: int, lists: int, seed: int = 0, slug: str = "bench") -> Storefront:
    """A shop with `items`, a tenth as many persons as behaviours at most 500,000, and lists of the last 60 days."""
    rng = np.random.default_rng(seed)
    now = datetime.now(UTC)
    shop = Storefront.objects.create(slug=slug, name="Benchmark", vertical="ecommerce", synthetic=True)
    item_pks = _items(shop, items, now)
    person_pks = _persons(shop, min(500_000, max(10, behaviours // 10)), now)
    deployments = [_deployment(shop, name, place) for name, place in (("ease", ""), ("graph", "item"))]
    served = _lists(shop, lists, item_pks, person_pks, [one.pk for one in deployments], rng, now)
    _behaviours(shop, behaviours, item_pks, person_pks, served, rng, now)
    for name, condition in SEGMENTS.items():
        Segment.objects.create(storefront=shop, slug=name, name=name.capitalize(), condition=condition)
    return shop


def _deployment(shop: Storefront, algorithm: str, placement: str) -> Deployment:
    manifest = {"algorithm": algorithm, "config": {}}
    artifact = Artifact.objects.create(
        storefront=shop, algorithm=algorithm, folder=f"{shop.slug}/{algorithm}", manifest=manifest
    )
    return Deployment.objects.create(storefront=shop, artifact=artifact, placement=placement)


def _items(shop: Storefront, count: int, now: datetime) -> np.ndarray:
    columns = "storefront_id external_id title text categories tags attributes metadata price currency image language "
    columns += "withdrawn created_at updated_at"
    at = _moment(now - timedelta(days=90))
    bulk_insert(
        "catalog_item",
        columns.split(),
        (
            (shop.pk, f"sku-{n:07}", f"Thing number {n}", "" if n % 50 == 0 else f"What thing {n} is for.",
             json.dumps([f"Topic {n % 40}"]), "[]", json.dumps({"brand": f"Brand {n % 300}"}), "{}",
             100 + n % 9_900, "EUR", "", "en", False, at, at)
            for n in range(count)
        ),
    )  # fmt: skip
    return np.fromiter(Item.objects.filter(storefront=shop).order_by("pk").values_list("pk", flat=True), dtype=np.int64)


def _persons(shop: Storefront, count: int, now: datetime) -> np.ndarray:
    columns = (
        "storefront_id",
        "external_id",
        "attributes",
        "consents",
        "metadata",
        "anonymous",
        "subject_key",
        "created_at",
    )
    at = _moment(now - timedelta(days=90))
    rows = (
        (shop.pk, f"u-{n}", "{}", "{}", "{}", n % 3 == 0, _uuid(uuid.UUID(int=2**90 + n)), at) for n in range(count)
    )
    bulk_insert("behaviour_person", columns, rows)
    persons = Person.objects.filter(storefront=shop).order_by("pk").values_list("pk", flat=True)
    return np.fromiter(persons, dtype=np.int64)


def _lists(shop, count: int, items, persons, deployments, rng, now: datetime) -> list[tuple[uuid.UUID, datetime, int]]:
    """Returns (id, when served, its first item) of some of them, for behaviours to name."""
    kept: list[tuple[uuid.UUID, datetime, int]] = []
    seen: list[tuple] = []
    clicked: list[tuple] = []

    def rows() -> Iterator[tuple]:
        for _ in range(count):
            served = uuid.UUID(bytes=rng.bytes(16))
            at = now - timedelta(seconds=float(rng.uniform(0, DAYS * 86_400)))
            shown = items[rng.integers(len(items), size=SHOWN + 4)].tolist()
            made_by = deployments[int(rng.integers(2))] if rng.random() < 0.9 else None
            if len(kept) < 200_000:
                kept.append((served, at, shown[0]))
            for position in range(SHOWN if rng.random() < 0.8 else 0):
                seen.append((shop.pk, _uuid(served), position, _moment(at + timedelta(seconds=1 + position))))
                if rng.random() < 0.08 / (1 + position):
                    clicked.append((shop.pk, _uuid(served), position, _moment(at + timedelta(seconds=30))))
            yield (
                _uuid(served), shop.pk, int(persons[rng.integers(len(persons))]), PLACEMENTS[int(rng.integers(3))],
                made_by, "" if made_by else "no_model",
                json.dumps([[pk, 0.5, "model" if n % 6 else "fresh"] for n, pk in enumerate(shown)]), "{}",
                round(float(rng.gamma(2, 12)), 2), _moment(at),
            )  # fmt: skip

    columns = "id storefront_id person_id placement deployment_id fallback items context milliseconds created_at"
    made = rows()
    while chunk := list(islice(made, CHUNK)):
        bulk_insert("recommender_recommendation", columns.split(), chunk)
        bulk_insert("recommender_impression", ("storefront_id", "recommendation_id", "position", "seen_at"), seen)
        bulk_insert("recommender_click", ("storefront_id", "recommendation_id", "position", "clicked_at"), clicked)
        seen.clear()
        clicked.clear()
    return kept


def _behaviours(shop, count: int, items, persons, served, rng, now: datetime) -> None:
    columns = "storefront_id person_id item_id kind text context occurred_at received_at event_id recommendation_id"

    def rows() -> Iterator[tuple]:
        for start in range(0, count, CHUNK):
            size = min(CHUNK, count - start)
            kinds = rng.choice(len(KINDS), size=size, p=SHARES)
            which, who = rng.integers(len(items), size=size), rng.integers(len(persons), size=size)
            ago, names = rng.uniform(0, DAYS * 86_400, size=size), rng.random(size)
            for n in range(size):
                kind, item, at = KINDS[kinds[n]], int(items[which[n]]), now - timedelta(seconds=float(ago[n]))
                named = None
                if served and names[n] < 0.02:
                    named, at, item = served[int(rng.integers(len(served)))]
                    at = min(now, at + timedelta(seconds=float(rng.exponential(3_000))))
                moment = _moment(at)
                yield (
                    shop.pk, int(persons[who[n]]), None if kind == "search" else item, kind, "", "{}", moment, moment,
                    f"e-{start + n}", _uuid(named) if named else None,
                )  # fmt: skip

    bulk_insert("behaviour_behaviour", columns.split(), rows())


def bulk_insert(table: str, columns: Sequence[str], rows: Iterable[tuple]) -> None:
    rows = iter(rows)
    if connection.vendor == "postgresql":  # every key is known to exist: looking each up is most of the time
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
    while chunk := list(islice(rows, CHUNK)):
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                text = io.StringIO()
                csv.writer(text).writerows([["\\N" if cell is None else cell for cell in row] for row in chunk])
                text.seek(0)
                names = ", ".join(f'"{name}"' for name in columns)
                cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN WITH (FORMAT csv, NULL '\\N')", text)
            else:
                places = ", ".join(["%s"] * len(columns))
                cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", chunk)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("RESET session_replication_role")


def _moment(at: datetime) -> str:
    return str(at if connection.vendor == "postgresql" else at.replace(tzinfo=None))


def _uuid(value: uuid.UUID) -> str:
    return value.hex
