"""Random lists with all that may come of them, by seed: what figures are held against."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from types import SimpleNamespace

import numpy as np

from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront
from recommender.models import (
    Arm,
    Artifact,
    Click,
    Deployment,
    Experiment,
    Impression,
    ItemVector,
    LiveEncoder,
    Recommendation,
)

#: Around the edges of both windows, in seconds after a list was first seen.
EDGES = (0, 1, 1799, 1800, 1801, 86_399, 86_400, 86_401)
PLACEMENTS = ("home", "item", "search")


def served_world(storefront: Storefront, *, now: datetime, seed: int = 0, lists: int = 260, days: float = 15):
    """Lists of the last `days` in three placements, by two deployments or none, seen, clicked, bought and dismissed."""
    rng = np.random.default_rng(seed)
    items = Item.objects.bulk_create(
        Item(
            storefront=storefront,
            external_id=f"i{n}",
            title=f"Item {n}",
            price=100 * n + 50 if n % 5 else None,
            currency=("EUR" if n % 3 else "USD") if n % 5 else "",
        )
        for n in range(120)
    )
    persons = Person.objects.bulk_create(Person(storefront=storefront, external_id=f"p{n}") for n in range(20))
    LiveEncoder.objects.create(storefront=storefront, fingerprint="f", model="m", dimensions=4)
    for item in items[:100]:
        vector = rng.normal(size=4)
        ItemVector.objects.create(
            storefront=storefront,
            item=item,
            encoder="f",
            text_hash="",
            vector=(vector / np.linalg.norm(vector)).astype("<f4").tobytes(),
        )
    deployments = [None, *(_deployment(storefront, name, number) for number, name in enumerate(("ease", "blend")))]
    arms = _arms(storefront)
    for _ in range(lists):
        _serve(rng, storefront, now, days, items, persons, deployments, arms)
    return SimpleNamespace(storefront=storefront, items=items, persons=persons, now=now)


def _deployment(storefront: Storefront, algorithm: str, number: int) -> Deployment:
    artifact = Artifact.objects.create(storefront=storefront, algorithm=algorithm, folder=f"{algorithm}-{number}")
    return Deployment.objects.create(storefront=storefront, artifact=artifact, placement=f"x{number}")


def _arms(storefront: Storefront) -> list[Arm]:
    """Of a baseline that serves what is live, and of a model that was never live."""
    experiment = Experiment.objects.create(storefront=storefront, name="Graph?", placement=PLACEMENTS[0])
    graph = Artifact.objects.create(storefront=storefront, algorithm="graph", folder="graph-0")
    about = {"experiment": experiment, "share": 0.5}
    return [
        Arm.objects.create(**about, number=0, name="As it is"),
        Arm.objects.create(**about, number=1, name="Graph", artifact=graph),
    ]


def _serve(rng, storefront, now, days, items, persons, deployments, arms) -> None:
    at = now - timedelta(seconds=float(rng.uniform(0, days * 86_400)))
    shown = rng.choice(len(items), size=rng.integers(1, 9), replace=False)
    person, deployment = persons[rng.integers(len(persons))], deployments[rng.integers(len(deployments))]
    arm = arms[rng.integers(2)] if rng.random() < 0.4 else None
    of_model = arm is not None and arm.artifact is not None and rng.random() < 0.8
    if of_model:
        deployment = None
    served = Recommendation.objects.create(
        storefront=storefront,
        person=person,
        placement=PLACEMENTS[rng.integers(3)],
        deployment=deployment,
        fallback="" if deployment or of_model else "no_model",
        items=[[items[n].pk, 0.5, "model" if n % 2 else "fresh"] for n in shown],
        arm=arm,
        milliseconds=float(rng.gamma(2, 20)) if rng.random() < 0.9 else None,
        created_at=at,
    )
    about = {"storefront": storefront, "recommendation": served}
    seen = at + timedelta(seconds=2)
    if rng.random() < 0.8:
        for position in range(int(rng.integers(1, len(shown) + 1))):
            Impression.objects.create(**about, position=position, seen_at=seen + timedelta(seconds=position))
            if rng.random() < 0.15:
                Click.objects.create(**about, position=position, clicked_at=seen + _later(rng))
    for _ in range(int(rng.poisson(0.7))):
        inside = rng.random() < 0.8
        when = seen + _later(rng)
        Behaviour.objects.create(
            storefront=storefront,
            person=person,
            item=items[shown[rng.integers(len(shown))] if inside else rng.integers(len(items))],
            kind=str(rng.choice(["purchase", "hide", "dismiss", "view", "cart"], p=[0.5, 0.1, 0.1, 0.2, 0.1])),
            value=float(rng.integers(1, 4)) if rng.random() < 0.5 else None,
            context={"dwell": float(rng.integers(1, 300))} if rng.random() < 0.5 else {},
            occurred_at=when,
            received_at=min(when + timedelta(seconds=3), now),
            event_id=uuid.UUID(bytes=rng.bytes(16)).hex,
            recommendation_id=served.pk,
        )


def _later(rng) -> timedelta:
    if rng.random() < 0.5:
        return timedelta(seconds=int(rng.choice(EDGES)))
    return timedelta(seconds=float(rng.exponential(20_000)))
