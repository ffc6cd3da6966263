"""What the demo is made of: five storefronts with data, models and people to look through the eyes of."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from behaviour.datasets import FORMATS, Dataset, Options
from behaviour.datasets.importing import dataset_import
from behaviour.models import Account, Behaviour, Person
from catalog.keys import api_key_create
from catalog.models import Storefront
from catalog.schema import say
from catalog.services import Record

from .. import registry
from ..jobs import items_embed, training_run_execute
from ..models import Artifact, Deployment
from ..services import artifact_activate, training_run_create
from ..simulation import Demo
from .movielens import NotAvailable, fetch

SEED = 7
LIVE = "blend"
OPERATOR = "operator"
BROWSE_AS = 5
COMMON = 0.04  # of all events lie in a category that a person to browse as is chosen for


@dataclass(frozen=True)
class Bundled:
    """A storefront that is made of its vertical's own demo data. News are young: their people come in few days."""

    slug: str
    name: str
    vertical: str
    persons: int
    days: int


CINEMA = Bundled("cinema", "Lantern", "video", persons=600, days=120)  # where MovieLens cannot be had
BUNDLED = (
    Bundled("shop", "Harbour & Hearth", "ecommerce", persons=600, days=120),
    Bundled("news", "The Sound", "news", persons=500, days=21),
    Bundled("commons", "Commons", "social", persons=400, days=45),
    Bundled("wellspring", "Wellspring", "health", persons=400, days=120),
)

#: Called with the stage and the share of it that is done.
Show = Callable[[str, float], None]


TAGLINES = {
    "cinema": {
        "en": "Films that follow your taste, from 100,000 real ratings.",
        "zh-hans": "十万条真实评分，读懂你的观影口味。",
    },
    "shop": {
        "en": "Things for the kitchen, the garden and the road, and what goes with them.",
        "zh-hans": "厨房、花园与旅途好物，以及与之相配的一切。",
    },
    "news": {
        "en": "The day's stories from several papers, with the other side within reach.",
        "zh-hans": "汇集多家媒体的每日新闻，也让你看到另一种观点。",
    },
    "commons": {
        "en": "Small groups of people who grow, bake, mend, swim and sing.",
        "zh-hans": "种菜、烘焙、修补、游泳、唱歌的人，聚在一个个小组里。",
    },
    "wellspring": {
        "en": "Calm, reviewed advice on eating, sleeping, moving and getting help.",
        "zh-hans": "关于饮食、睡眠、运动与求助的平实建议，均注明审核日期。",
    },
}


def storefront_of(slug: str, name: str, vertical: str) -> Storefront:
    found, _ = Storefront.objects.get_or_create(
        slug=slug,
        defaults={
            "name": name,
            "vertical": vertical,
            "languages": ["en", "zh-hans"],
            "settings": {"tagline": TAGLINES[slug]} if slug in TAGLINES else {},
        },
    )
    return found


def bundled_of(slug: str) -> Bundled:
    """A storefront of any installed vertical. Raises ValueError where there is none, or where it brings no data."""
    for one in (CINEMA, *BUNDLED):
        if one.vertical == slug:
            return one
    try:
        vertical = registry.vertical(slug)
    except LookupError as error:
        raise ValueError(str(error)) from None
    Demo.read(vertical)
    return Bundled(slug, say(vertical.name, "en"), slug, persons=200, days=60)


def films_import(storefront: Storefront, show: Show, say: Callable[[str], None]) -> None:
    """MovieLens 100K, or the bundled films where it cannot be had."""
    try:
        folder = fetch(settings.VAR_DIR / "data" / "ml-100k")
    except NotAvailable as reason:
        say(
            f"MovieLens 100K cannot be had here ({reason}); the bundled films with simulated behaviours take its place."
        )
        synthetic_import(storefront, CINEMA, show)
        return
    dataset = FORMATS["movielens-100k"].read(folder, Options(vertical=storefront.vertical))
    _import(storefront, dataset, show, total=100_000)
    storefront.settings["browse_as"] = people_with_a_taste(storefront)
    storefront.save()


def synthetic_import(storefront: Storefront, bundled: Bundled, show: Show) -> None:
    """The vertical's own demo catalogue, with behaviours simulated from personas up to today."""
    # Days, not moments: the same simulation again on the same day gives the same events.
    until = datetime.combine(timezone.now().date(), datetime.min.time(), tzinfo=timezone.get_current_timezone())
    demo = Demo.read(registry.vertical(bundled.vertical)).as_of(until)
    dataset = Dataset(
        items=_records(demo.items),
        persons=_records(demo.persons(bundled.persons, SEED)),
        behaviours=_records(demo.behaviours(until, bundled.persons, SEED, bundled.days)),
        relationships=_records(demo.relationships(bundled.persons, SEED)),
    )
    _import(storefront, dataset, show, total=bundled.persons * 30)
    storefront.synthetic = True
    storefront.settings["browse_as"] = people_with_a_taste(storefront)
    storefront.save()


def _records(rows) -> Iterator[Record]:
    return (Record(row, "", position) for position, row in enumerate(rows, 1))


def _import(storefront: Storefront, dataset: Dataset, show: Show, total: int) -> None:
    reports = dataset_import(
        storefront=storefront,
        dataset=dataset,
        progress=lambda what, rows: show(what, min(1.0, rows / total) if what == "behaviours" else 0.0),
    )
    for report in reports.values():
        if report.rejected:
            raise ValueError(f"The demo's own data was refused: {report.rejections[0]}")


def people_with_a_taste(storefront: Storefront) -> list[dict[str, Any]]:
    """A few persons whose liking for some category is clear, each for another one, to browse as."""
    active = (
        Person.objects.filter(storefront=storefront)
        .annotate(events=Count("behaviours"))
        .filter(events__range=(20, 120))
        .order_by("pk")[:400]
    )
    overall = _categories(Behaviour.objects.filter(storefront=storefront)[:20_000])
    total = sum(overall.values())
    vertical = registry.vertical(storefront.vertical)
    taste: dict[str, tuple[float, Person]] = {}
    for person in active:
        mine = _categories(person.behaviours.all())
        for category, count in mine.items():
            if vertical.is_sensitive([category]) or overall[category] < COMMON * total:
                continue
            # How many times more often than everybody else, held back where it is only a handful.
            lift = (count / (sum(mine.values()) + 10)) / (overall[category] / total + 0.02)
            if lift > taste.get(category, (0.0, None))[0]:
                taste[category] = (lift, person)
    chosen: dict[int, dict[str, Any]] = {}
    for category, (_, person) in sorted(taste.items(), key=lambda entry: -entry[1][0]):
        if person.pk not in chosen and len(chosen) < BROWSE_AS:
            label = {"en": f"Drawn to {category}", "zh-hans": f"偏爱{' ' if category.isascii() else ''}{category}"}
            chosen[person.pk] = {"external_id": person.external_id, "label": label}
    return list(chosen.values())


def _categories(behaviours) -> Counter[str]:
    rows = behaviours.filter(item__isnull=False) if not behaviours.query.is_sliced else behaviours
    counts: Counter[str] = Counter()
    for categories in rows.values_list("item__categories", flat=True):
        counts.update(categories or [])
    return counts


def train_all(storefront: Storefront, show: Callable[[str], Any]) -> list[dict[str, Any]]:
    """An artifact of every algorithm, the blend live; those that are there already stay. One row of metrics each.

    `show(title)` is a context manager that yields `show(stage, fraction)`.
    """
    with show(f"{storefront.name}: embed") as stage:
        items_embed(storefront.pk, progress=lambda done, total: stage("items", done / max(total, 1)))
    rows = []
    for slug in registry.algorithms():
        artifact = Artifact.objects.filter(storefront=storefront, algorithm=slug).order_by("-pk").first()
        if artifact is None:
            run = training_run_create(storefront=storefront, algorithm=slug, seed=SEED, enqueue=False)
            with show(f"{storefront.name}: {slug}") as stage:
                artifact = training_run_execute(run.pk, echo=stage)
            if artifact is None:
                run.refresh_from_db()
                raise ValueError(f"{slug} could not be trained: {run.error}")
        rows.append(_metrics(storefront, artifact))
    if not Deployment.objects.filter(storefront=storefront, active=True).exists():
        live = Artifact.objects.filter(storefront=storefront, algorithm=LIVE).latest("pk")
        artifact_activate(artifact=live, reason="The demo puts the blend live.")
    return sorted(rows, key=lambda row: -row["ndcg@10"])


def _metrics(storefront: Storefront, artifact: Artifact) -> dict[str, Any]:
    evaluation = artifact.manifest["evaluation"]
    report = evaluation["report"]
    return {
        "storefront": storefront.slug,
        "algorithm": artifact.algorithm,
        "recall@10": report["metrics"]["recall@10"],
        "ndcg@10": report["metrics"]["ndcg@10"],
        "95%": "{:.4f}–{:.4f}".format(*report["intervals"]["ndcg@10"]),
        "protocol": evaluation["protocol"],
    }


def credentials(storefronts: list[Storefront]) -> dict[str, Any]:
    """An operator and an API key a storefront, made once and kept in a file that only this user can read."""
    path: Path = settings.VAR_DIR / "demo.json"
    kept = json.loads(path.read_text()) if path.is_file() else {"password": secrets.token_urlsafe(9), "keys": {}}
    account, created = Account.objects.get_or_create(
        username=OPERATOR, defaults={"is_staff": True, "is_superuser": True, "email": "operator@example.com"}
    )
    if created:
        account.set_password(kept["password"])
        account.save()
    for storefront in storefronts:
        if not storefront.api_keys.filter(name="demo").exists():
            _, kept["keys"][storefront.slug] = api_key_create(
                storefront=storefront, name="demo", scopes=["read", "write", "manage"]
            )
    path.touch(mode=0o600)
    path.write_text(json.dumps(kept))
    return kept


def is_imported(storefront: Storefront) -> bool:
    return Behaviour.objects.filter(storefront=storefront).exists()
