"""Playing days of a storefront: simulated persons see real lists, and what they do goes in by the real services."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from behaviour.kinds import Kind, kinds_for
from behaviour.models import Person
from behaviour.services import behaviours_record, persons_import
from catalog.models import Item, Storefront

from .. import registry, selectors, serving
from ..jobs.experiments import experiments_measure
from ..models import Experiment, Recommendation
from ..services import Served, click_record, impressions_record, recommend
from ..simulation.clicks import ClickModel, Reaction, react
from ..simulation.preferences import attractions
from ..simulation.seeds import rng_of
from ..simulation.session import value_of
from ..simulation.visits import Visit, visits_of
from ..simulation.world import Roles

MOST_ITEMS = 50_000  # a table of likings holds a number for every person and item
HOME = 0.75  # of the lists are of the home page
LISTS = 1.6  # a visit, on average
ONBOARDED = 4  # items that somebody liked before the first of the days
LABEL = {"synthetic": "simulate"}


class NotPossible(Exception):
    """What was asked for cannot be simulated; the message says why."""


@dataclass
class Played:
    """What the days came to."""

    days: int = 0
    skipped: int = 0
    visits: int = 0
    lists: int = 0
    impressions: int = 0
    clicks: int = 0
    conversions: int = 0
    dismissals: int = 0


@dataclass
class Simulation:
    """Days of one storefront. The same seed makes the same persons with the same likings, who come at the same times.

    A day that was played is not played again: each is one transaction, known by the lists that it left.
    """

    storefront: Storefront
    persons: int
    seed: int
    model: ClickModel = field(default_factory=ClickModel)

    def __post_init__(self) -> None:
        items = list(Item.objects.filter(storefront=self.storefront).order_by("pk")[: MOST_ITEMS + 1])
        if not items:
            raise NotPossible(f"{self.storefront.slug} has no items that anybody could like; import some first.")
        if len(items) > MOST_ITEMS:
            raise NotPossible(
                f"{self.storefront.slug} has more than {MOST_ITEMS:,} items. The simulator holds what every person "
                "thinks of every item in memory; simulate on a smaller storefront."
            )
        self.vertical = registry.vertical(self.storefront.vertical)
        self.roles = Roles.of(list(kinds_for(self.storefront.vertical).values()))
        self.rows = {item.pk: row for row, item in enumerate(items)}
        self.names = [item.external_id for item in items]
        popular = selectors.popular_items(self.storefront)
        counts = np.array([popular.get(item.pk, 0) for item in items], dtype=float)
        facets = [[*item.categories, *item.tags] for item in items]
        self.likings = attractions(facets, counts, self.persons, self.seed)
        self.other_places = [place.slug for place in self.vertical.placements if place.slug != "home"]

    def name_of(self, number: int) -> str:
        return f"simulated-{self.seed}-{number + 1:04d}"

    def days_before(self, today: date, days: int) -> list[date]:
        return [today - timedelta(days=back) for back in range(days - 1, -1, -1)]

    def is_played(self, day: date) -> bool:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        rows = Recommendation.objects.filter(
            storefront=self.storefront, created_at__gte=start, created_at__lt=start + timedelta(days=1)
        )
        return rows.filter(context__synthetic=self._label).exists()

    @property
    def _label(self) -> str:
        return f"{LABEL['synthetic']}-{self.seed}"

    def play(
        self,
        days: list[date],
        *,
        now: datetime | None = None,
        speed: float = 0.0,
        show: Callable[[str, float], Any] = lambda stage, fraction: None,
    ) -> Played:
        """Play the days in order. `speed`: simulated seconds a second, to watch it happen; 0 is as fast as can be."""
        now, played = now or timezone.now(), Played()
        people = self._people(days[0])
        for number, day in enumerate(days):
            if self.is_played(day):
                played.skipped += 1
                continue
            with transaction.atomic():
                self._play_day(day, people, now, speed, played, show, number / len(days), 1 / len(days))
            played.days += 1
            end = min(now, datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1))
            self._bandits(end)
        if played.days:
            experiments_measure(storefront_id=self.storefront.pk)
        show("done", 1.0)
        return played

    def _bandits(self, end: datetime) -> None:
        """A bandit learns overnight, as it would have."""
        rows = Experiment.objects.filter(
            storefront=self.storefront, status=Experiment.Status.RUNNING, allocation=Experiment.Allocation.BANDIT
        )
        if rows.exists():
            experiments_measure(storefront_id=self.storefront.pk, now=end)
            serving.live(self.storefront).look_again()

    def _people(self, first: date) -> list[Person]:
        """The simulated persons, each with a few things that they liked before; those who are there already stay."""
        # Where real people are, nothing may learn from invented ones.
        consents = {"personalisation": True, "training": self.storefront.synthetic}
        records = [
            {"external_id": self.name_of(n), "consents": consents, "metadata": LABEL} for n in range(self.persons)
        ]
        known = set(
            Person.objects.filter(
                storefront=self.storefront, external_id__startswith=f"simulated-{self.seed}-"
            ).values_list("external_id", flat=True)
        )
        persons_import(storefront=self.storefront, records=[r for r in records if r["external_id"] not in known])
        before = datetime(first.year, first.month, first.day, tzinfo=UTC)
        events = [
            event
            for number in range(self.persons)
            if self.name_of(number) not in known
            for event in self._liked_before(number, before)
        ]
        self._record(events)
        found = {
            person.external_id: person
            for person in Person.objects.filter(
                storefront=self.storefront, external_id__startswith=f"simulated-{self.seed}-"
            )
        }
        return [found[self.name_of(number)] for number in range(self.persons)]

    def _liked_before(self, number: int, before: datetime) -> Iterator[dict[str, Any]]:
        rng = rng_of(self.seed, "onboarding", number)
        likings = self.likings[number] ** 2
        rows = rng.choice(len(likings), min(ONBOARDED, len(likings)), replace=False, p=likings / likings.sum())
        for place, row in enumerate(rows.tolist()):
            at = before - timedelta(seconds=float(rng.uniform(600, 86_400)))
            yield self._event(f"before-{number}-{place}", number, row, self.roles.goal, at, value=self._value(rng))

    def _play_day(self, day, people, now, speed, played: Played, show, done: float, share: float) -> None:
        visits = visits_of(day, self.persons, self.seed, before=now)
        clock = visits[0].at if visits else now
        for number, visit in enumerate(visits):
            if speed > 0:
                time.sleep((visit.at - clock).total_seconds() / speed)
                clock = visit.at
            played.visits += 1
            self._play_visit(day, visit, people[visit.person], now, played)
            if number % 10 == 0:
                show(day.isoformat(), done + share * number / len(visits))

    def _play_visit(self, day: date, visit: Visit, person: Person, now: datetime, played: Played) -> None:
        rng = rng_of(self.seed, "visit", day.toordinal(), visit.number)
        at, events = visit.at, []
        for turn in range(1 + rng.poisson(LISTS - 1)):
            place = "home" if rng.random() < HOME or not self.other_places else str(rng.choice(self.other_places))
            served = recommend(
                storefront=self.storefront,
                person=person,
                placement=place,
                context={"device": visit.device, "synthetic": self._label},
                at=at,
            )
            played.lists += 1
            attraction = np.array([self.likings[visit.person, self.rows[e.item.pk]] for e in served.items])
            reaction = react(attraction, self.model, rng)
            name = f"{day.isoformat()}-{visit.number}-{turn}"
            events += self._react(name, visit, served, reaction, at, now, rng, played)
            if reaction.dismissed.any():  # the next list must know; what was looked at can wait for the visit's end
                self._record(events)
                events = []
            at += timedelta(seconds=float(60 + reaction.dwell.sum()))
            if at > now:
                break
        self._record(events)

    def _react(
        self,
        name: str,
        visit: Visit,
        served: Served,
        reaction: Reaction,
        at: datetime,
        now: datetime,
        rng: np.random.Generator,
        played: Played,
    ) -> list[dict[str, Any]]:
        """Write down what was seen and opened; returns what else was done, as events."""
        if not served.items:
            return []
        recommendation = Recommendation(
            pk=served.id,
            storefront=self.storefront,
            created_at=served.created_at,
            items=[[entry.item.pk, entry.score, entry.source] for entry in served.items],
        )
        seen = {
            position: min(now, at + timedelta(seconds=2 + position))
            for position in np.flatnonzero(reaction.seen).tolist()
        }
        impressions_record(recommendation=recommendation, seen=seen)
        played.impressions += len(seen)
        events, when = [], at + timedelta(seconds=5)
        for position in np.flatnonzero(reaction.clicked | reaction.dismissed).tolist():
            row = self.rows[served.items[position].item.pk]
            when = min(now, max(when, seen[position]) + timedelta(seconds=3))
            common = {"number": visit.person, "row": row, "recommendation": served.id, "device": visit.device}
            if reaction.dismissed[position]:
                if self.roles.hide is not None:
                    events.append(self._event(f"{name}-{position}-hide", kind=self.roles.hide, at=when, **common))
                    played.dismissals += 1
                continue
            click_record(recommendation=recommendation, position=position, at=when)
            played.clicks += 1
            dwell = float(reaction.dwell[position])
            if self.roles.look is not None:
                look = self._event(f"{name}-{position}-look", kind=self.roles.look, at=when, dwell=dwell, **common)
                events.append(look)
            when = min(now, when + timedelta(seconds=dwell))
            if reaction.converted[position]:
                value = self._value(rng)
                goal = self._event(f"{name}-{position}-goal", kind=self.roles.goal, at=when, value=value, **common)
                events.append(goal)
                played.conversions += 1
        return events

    def _value(self, rng: np.random.Generator) -> float | None:
        return value_of(self.roles.goal, True, rng)

    def _event(
        self,
        name: str,
        number: int,
        row: int,
        kind: Kind,
        at: datetime,
        *,
        value: float | None = None,
        dwell: float | None = None,
        recommendation: str = "",
        device: str = "",
    ) -> dict[str, Any]:
        record = {
            "event_id": f"simulate-{self.seed}-{name}",
            "person": self.name_of(number),
            "item": self.names[row],
            "kind": kind.name,
            "value": value if kind.minimum is not None or kind.neutral_value is not None else None,
            "occurred_at": at.isoformat(),
            "recommendation_id": recommendation or None,
            "context": {
                **LABEL,
                **({"device": device} if device else {}),
                **({"dwell": round(dwell, 1)} if dwell is not None else {}),
            },
        }
        return {key: entry for key, entry in record.items() if entry is not None}

    def _record(self, events: list[dict[str, Any]]) -> None:
        if not events:
            return
        report = behaviours_record(storefront=self.storefront, records=events, create_persons=False)
        if report.rejected:
            refused = (report.errors or report.conflicts)[0]
            raise NotPossible(f"What a simulated person did was refused: {refused}")
