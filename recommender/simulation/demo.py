"""A vertical's demo folder: its catalogue as of a day, and people who behave like its personas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from recommender.contracts import Vertical

from .people import simulate, simulate_persons
from .ties import simulate_ties


@dataclass(frozen=True)
class Demo:
    """items.jsonl and personas.json; people.json too, where those who write have names of their own."""

    vertical: Vertical
    items: Sequence[Mapping[str, Any]]
    personas: Sequence[Mapping[str, Any]]
    people: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def read(cls, vertical: Vertical) -> Demo:
        """Raises ValueError where a vertical brings no demo data."""
        if vertical.demo is None:
            raise ValueError(f"The vertical {vertical.slug!r} brings no demo data.")
        lines = (vertical.demo / "items.jsonl").read_text(encoding="utf-8").splitlines()
        people = vertical.demo / "people.json"
        return cls(
            vertical,
            [json.loads(line) for line in lines if line.strip()],
            json.loads((vertical.demo / "personas.json").read_text(encoding="utf-8")),
            json.loads(people.read_text(encoding="utf-8")) if people.is_file() else (),
        )

    def as_of(self, until: datetime) -> Demo:
        """The same with every date moved by the same number of days, so that the newest item is at most a day old.

        A front page of last year's news would show nothing of what a newsroom is about.
        """
        newest = max(datetime.fromisoformat(item["published_at"]) for item in self.items)
        days = timedelta(days=(until - newest).days)
        dates = [field.name for field in self.vertical.item_schema if field.type == "date"]
        return replace(self, items=[_moved(item, days, dates) for item in self.items])

    def persons(self, count: int, seed: int) -> Iterator[dict[str, Any]]:
        return simulate_persons(self.personas, persons=count, seed=seed, people=self.people)

    def behaviours(self, until: datetime, count: int, seed: int, days: int) -> Iterator[dict[str, Any]]:
        return simulate(
            self.items,
            self.personas,
            kinds=self.vertical.kinds,
            until=until,
            persons=count,
            seed=seed,
            days=days,
            people=self.people,
        )

    def relationships(self, count: int, seed: int) -> Iterator[dict[str, Any]]:
        return simulate_ties(self.items, self.personas, people=self.people, persons=count, seed=seed)


def _moved(item: Mapping[str, Any], days: timedelta, dates: Sequence[str]) -> dict[str, Any]:
    at = datetime.fromisoformat(item["published_at"]) + days
    attributes = {
        name: (date.fromisoformat(value) + days).isoformat() if name in dates else value
        for name, value in item.get("attributes", {}).items()
    }
    published = at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {**item, "attributes": attributes, "published_at": published}
