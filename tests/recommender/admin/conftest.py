"""Operators with few and many rights, and an artifact that can go live."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from behaviour.models import Account
from catalog.models import Storefront
from recommender.artifacts import publish
from recommender.models import Artifact, LiveEncoder, TrainingRun


def report(algorithm: str, figure: float) -> dict:
    return {
        "algorithm": algorithm,
        "questions": 943,
        "filter_seen": True,
        "metrics": {"ndcg@10": figure, "recall@10": figure * 2, "coverage@10": 0.3},
        "intervals": {"ndcg@10": [figure - 0.01, figure + 0.01]},
    }


EVALUATION = {
    "protocol": "leave-one-out",
    "split": "8ac1f00d",
    "report": report("ease", 0.09),
    "baseline": report("popularity", 0.05),
    "difference": {"ndcg@10": 0.04, "low": 0.03, "high": 0.05},
}
DATA = {"interactions": 99287, "persons": 943, "items": 1682, "from": "1997-09-20T03:05:10", "until": "1998-04-22"}
FIGURES = {"auc": 0.81, "before": {"auc": 0.7}, "questions": {"train": 1000}, "training": {"best": {"auc": 0.82}}}
CORPUS = {"items": 20, "persons": 40, "events": 2400, "language": "en", "from": "2026-01-02T", "until": "2026-03-04T"}


@pytest.fixture
def account(db) -> Callable[..., Client]:
    """A client signed in as somebody who may look at everything and do what is named."""

    def signed_in(*rights: str) -> Client:
        person = Account.objects.create_user("operator", password="test", is_staff=True)
        allowed = Permission.objects.filter(codename__in=rights) | Permission.objects.filter(
            codename__startswith="view_"
        )
        person.user_permissions.set(allowed)
        client = Client()
        client.force_login(person)
        return client

    return signed_in


@pytest.fixture
def viewer(account) -> Client:
    return account()


@pytest.fixture
def artifact_of(db, settings, tmp_path) -> Callable[..., Artifact]:
    """An artifact with a folder whose files are what its manifest says, made by a finished run."""

    settings.VAR_DIR = tmp_path

    def made(storefront: Storefront, name: str = "first") -> Artifact:
        run = TrainingRun.objects.create(storefront=storefront, algorithm="ease", status="finished", progress=1)
        manifest = {"algorithm": "ease", "config": {"top": 50}, "data": DATA, "evaluation": EVALUATION}
        manifest |= {"serving": {"p95_ms": 3.5}, "cost": {"seconds": 61}}
        folder = f"{storefront.slug}/{name}-{run.pk}"
        whole = publish(settings.VAR_DIR / "artifacts" / folder, lambda f: (f / "a.json").write_text("{}"), manifest)
        return Artifact.objects.create(storefront=storefront, run=run, algorithm="ease", folder=folder, manifest=whole)

    return made


@pytest.fixture
def model_of(cinema, settings, tmp_path) -> Callable[..., Artifact]:
    """A language model of the cinema, with figures, made by a finished run."""

    settings.VAR_DIR = tmp_path

    def made(product="interest", task="interest", name="first") -> Artifact:
        run = TrainingRun.objects.create(storefront=cinema, task=task, status="finished", progress=1)
        folder = f"cinema/{name}-{run.pk}"
        manifest = {"figures": FIGURES, "corpus": CORPUS, "config": {}}
        whole = publish(tmp_path / "artifacts" / folder, lambda f: (f / "a.json").write_text("{}"), manifest)
        return Artifact.objects.create(
            storefront=cinema, run=run, product=product, algorithm=task, folder=folder, manifest=whole
        )

    return made


@pytest.fixture
def encoder(cinema) -> LiveEncoder:
    return LiveEncoder.objects.create(storefront=cinema, fingerprint="f" * 16, model="tiny", dimensions=4)
