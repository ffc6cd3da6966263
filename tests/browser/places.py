"""Five small storefronts, one of each vertical, as a browser meets them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import recommender.verticals
from behaviour.kinds import kinds_for
from behaviour.models import Person
from behaviour.services import behaviours_record
from catalog.models import Storefront
from catalog.services import items_import
from recommender.jobs import training_run_execute
from recommender.services import training_run_create

FOLDER = Path(recommender.verticals.__file__).parent
VERTICALS = ("ecommerce", "news", "video", "social", "health")
ITEMS = 60
PEOPLE = 24
#: Pages that a vertical's functions bring with them.
OF_ITS_OWN = {"ecommerce": ("cart/",), "social": ("following/", "groups/"), "health": ("profile/", "ask/")}


@dataclass(frozen=True)
class Place:
    """`item` and `topic` have a page of their own; `words` find the item."""

    storefront: Storefront
    item: str
    title: str
    topic: str

    @property
    def home(self) -> str:
        return f"/s/{self.storefront.slug}/"

    @property
    def pages(self) -> list[str]:
        own = ("", f"item/{self.item}/", f"why/{self.item}/", f"c/{self.topic}/", "search/?q=a", "search/?q=zzzz")
        others = ("welcome/", "saved/", "privacy/", "privacy/erase/", "how-it-works/", "sign-in/", "sign-up/")
        functions = OF_ITS_OWN.get(self.storefront.vertical, ())
        return [f"{self.home}{page}" for page in (*own, *others, "forgotten/", *functions)]


def place(vertical: str) -> Place:
    """Items of the vertical's demo, people who keep to neighbours in it, and a model that learned from them."""
    storefront = Storefront.objects.create(slug=f"the-{vertical}", name=vertical.title(), vertical=vertical)
    lines = (FOLDER / vertical / "demo" / "items.jsonl").read_text().splitlines()[:ITEMS]
    items = [json.loads(line) for line in lines]
    assert items_import(storefront=storefront, records=items).created == len(items)
    people = [
        Person(storefront=storefront, external_id=f"p{n}", consents={"personalisation": True, "training": True})
        for n in range(PEOPLE)
    ]
    Person.objects.bulk_create(people)
    kind = next(kind for kind in kinds_for(vertical).values() if kind.needs_item and kind.signal(kind.maximum) > 0)
    records = [
        {
            "event_id": f"{person}-{step}",
            "person": f"p{person}",
            "kind": kind.name,
            "item": items[(person * 2 + step) % len(items)]["external_id"],
            "occurred_at": f"2026-10-{10 + step}T12:00:00Z",
            **({"value": kind.maximum} if kind.neutral_value is not None else {}),
        }
        for person in range(PEOPLE)
        for step in range(6)
    ]
    report = behaviours_record(storefront=storefront, records=records)
    assert report.accepted == len(records), report
    run = training_run_create(storefront=storefront, algorithm="ease", activate=True, enqueue=False)
    assert training_run_execute(run.pk) is not None, run.log
    first = items[0]
    return Place(storefront, first["external_id"], first["title"], first["categories"][0])
