"""What operators of the large shop set up and what workers left there: a few rows of everything that has a page."""

from __future__ import annotations

import hashlib
from datetime import datetime, time, timedelta

import numpy as np
from django.db import connection
from django.db.models import F

from behaviour.models import Person, Relationship
from catalog.keys import api_key_create
from catalog.models import Item, Storefront
from recommender.jobs.alerts import alerts_check
from recommender.jobs.experiments import experiments_measure
from recommender.models import (
    AlertRule,
    Artifact,
    EmbeddingFailure,
    Exploration,
    GeneratedText,
    LanguageDeployment,
    LiveEncoder,
    PersonKeywords,
    Recommendation,
    Schedule,
    Standby,
    TrainingRun,
)
from recommender.services.experiments import ArmWish, experiment_create, experiment_start
from recommender.services.rules import rule_create

from .admin_data import bulk_insert

DIMENSIONS = 16
ENCODER = "benchmark"
TOPIC = 'category = "Topic {}"'
RULES = (
    {"name": "Topic weeks", "kind": "boost", "condition": TOPIC.format(3), "placements": ["home"]},
    {"name": "Nothing dear", "kind": "filter", "condition": "price > 9500"},
    {"name": "Less of a brand", "kind": "bury", "condition": 'brand = "Brand 7"', "segment": "buyers"},
    {"name": "First", "kind": "pin", "condition": TOPIC.format(5), "placements": ["home"], "segment": "kitchen"},
    {"name": "Two of a topic", "kind": "cap", "condition": TOPIC.format(9), "amount": 2.0},
    {"name": "At least one", "kind": "quota", "condition": TOPIC.format(11), "amount": 1.0},
)
REPORT = {
    "algorithm": "ease",
    "questions": 1000,
    "filter_seen": True,
    "metrics": {"ndcg@10": 0.1, "recall@10": 0.2, "mrr": 0.1, "coverage@10": 0.3},
    "intervals": {"ndcg@10": [0.09, 0.11]},
}
EVALUATION = {
    "protocol": "leave-one-out",
    "split": "8ac1f00d",
    "report": REPORT,
    "baseline": REPORT,
    "difference": {"ndcg@10": 0.04, "low": 0.03, "high": 0.05},
}


def operators_world(shop: Storefront, now: datetime) -> None:
    """Rules, runs, models, an experiment on lists that were served, an alert, and vectors of every item."""
    person, other = Person.objects.filter(storefront=shop).order_by("pk")[:2]
    item = Item.objects.filter(storefront=shop).order_by("pk").first()
    artifacts = _runs(shop, now)
    for values in RULES:
        rule_create(storefront=shop, values=values, reason="For the benchmark")
    _experiment(shop, artifacts[0], now)
    Exploration.objects.create(storefront=shop, placement="home")
    Standby.objects.create(storefront=shop, role=Standby.Role.CHALLENGER, artifact=artifacts[1])
    Schedule.objects.create(storefront=shop, what=Schedule.What.CLEAN, daily_at=time(3))
    AlertRule.objects.create(
        storefront=shop, kind=AlertRule.Kind.STALE, threshold=0.1, channel="email", target="operator@example.com"
    )
    LiveEncoder.objects.create(storefront=shop, fingerprint=ENCODER, model="benchmark", dimensions=DIMENSIONS)
    EmbeddingFailure.objects.create(storefront=shop, item=item, encoder=ENCODER, error="unreadable", attempts=1)
    writer = Artifact.objects.create(storefront=shop, product="keywords", algorithm="keywords", folder="bench/writer")
    LanguageDeployment.objects.create(storefront=shop, product="keywords", artifact=writer)
    PersonKeywords.objects.create(storefront=shop, person=person, artifact=writer, keywords=[["tea", 0.5]])
    GeneratedText.objects.create(storefront=shop, kind="summary", key="sku-0000001", language="en", text="A thing.")
    Relationship.objects.create(storefront=shop, source=person, target=other, kind="follows")
    api_key_create(storefront=shop, name="shop", scopes=["read"])
    _vectors(shop)
    alerts_check(storefront_id=shop.pk, now=now)


def _runs(shop: Storefront, now: datetime) -> list[Artifact]:
    found = []
    for number, algorithm in enumerate(("ease", "graph", "popularity")):
        run = TrainingRun.objects.create(
            storefront=shop,
            algorithm=algorithm,
            status="finished",
            progress=1,
            started_at=now - timedelta(hours=2),
            finished_at=now - timedelta(hours=1),
            curves=[
                {"step": step, "progress": step / 50, "loss": 1 / (1 + step), "ndcg@10": step / 100}
                for step in range(50)
            ],
            log="\n".join(f"step {step}" for step in range(200)),
        )
        manifest = {"algorithm": algorithm, "config": {}, "evaluation": EVALUATION, "serving": {"p95_ms": 3.5}}
        folder = f"{shop.slug}/benchmark-{number}"
        found.append(
            Artifact.objects.create(storefront=shop, run=run, algorithm=algorithm, folder=folder, manifest=manifest)
        )
    return found


def _experiment(shop: Storefront, artifact: Artifact, now: datetime) -> None:
    """Started two weeks ago on the home page, whose lists since then carry an arm, by person."""
    arms = [ArmWish("as it is"), ArmWish("the new one", artifact)]
    experiment = experiment_create(storefront=shop, name="A new model", placement="home", arms=arms, planned_days=30)
    began = now - timedelta(days=14)
    experiment_start(experiment=experiment, at=began)
    lists = Recommendation.objects.filter(storefront=shop, placement="home", created_at__gte=began)
    for arm in experiment.arms.all():
        lists.annotate(half=F("person_id") % 2).filter(half=arm.number).update(arm=arm)
    experiments_measure(storefront_id=shop.pk, now=now)


def _vectors(shop: Storefront) -> None:
    rng = np.random.default_rng(0)
    pks = Item.objects.filter(storefront=shop).values_list("pk", flat=True).iterator(chunk_size=20_000)
    at = str(shop.created_at if connection.vendor == "postgresql" else shop.created_at.replace(tzinfo=None))

    def rows():
        for pk in pks:
            vector = rng.standard_normal(DIMENSIONS, dtype=np.float32)
            stored = (vector / np.linalg.norm(vector)).tobytes()
            cell = "\\x" + stored.hex() if connection.vendor == "postgresql" else stored
            yield shop.pk, pk, ENCODER, hashlib.sha1(str(pk).encode()).hexdigest(), cell, at, at

    columns = "storefront_id item_id encoder text_hash vector updated_at read_at"
    bulk_insert("recommender_itemvector", columns.split(), rows())
