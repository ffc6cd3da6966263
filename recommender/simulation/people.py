"""Simulated persons over weeks and months: who they are, when they come, and all that they do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2s
from typing import Any

import numpy as np

from behaviour.kinds import Kind

from .session import FOLLOW, LOOKS, Session
from .world import World

EVENTS_PER_LOOK = 1.9  # measured: what else is done about an item
DAY = 86_400
DEVICES = ("phone", "desktop", "tablet")
PARTS_OF_DAY = (("night", 0), ("morning", 6), ("afternoon", 12), ("evening", 18))  # each with its first hour


def simulate_persons(
    personas: Sequence[Mapping[str, Any]], *, persons: int = 600, seed: int = 0
) -> Iterator[dict[str, Any]]:
    """{"external_id", "attributes"} of the persons whose behaviour `simulate` gives for the same seed.

    A persona's "attributes" say what its people are like: a list to choose from, or {"from": 30, "to": 60}.
    """
    for number in range(persons):
        persona = personas[_mixtures(np.random.default_rng([seed, number]), personas)[0].argmax()]
        rng = np.random.default_rng([seed, number, 1])
        attributes = {
            name: int(rng.integers(wanted["from"], wanted["to"] + 1))
            if isinstance(wanted, Mapping)
            else wanted[int(rng.integers(len(wanted)))]
            for name, wanted in persona.get("attributes", {}).items()
        }
        yield {"external_id": _person_id(number), "attributes": attributes}


def simulate(
    items: Sequence[Mapping[str, Any]],
    personas: Sequence[Mapping[str, Any]],
    *,
    kinds: Sequence[Kind],
    until: datetime,
    persons: int = 600,
    seed: int = 0,
    days: int = 180,
    events: float = 25,
) -> Iterator[dict[str, Any]]:
    """Behaviour of `persons` people in the `days` before `until`, oldest first; about `events` each.

    `items` and `personas` are rows of a vertical's demo files. The same arguments give the same records:
    {"event_id", "person", "item", "kind", "value", "text", "context", "occurred_at"}; searches have item None.
    Raises ValueError when there is nothing to simulate.
    """
    if until.tzinfo is None:
        raise ValueError("`until` needs a time zone, such as datetime.now(UTC).")
    if not items or not personas:
        raise ValueError("Simulating needs at least one item and one persona.")
    if days < 7:
        raise ValueError(f"Simulate at least 7 days, not {days}.")
    world = World.build(items, personas, kinds, seed)
    end = until.timestamp()
    start = end - days * DAY
    if world.published.min() >= end:
        raise ValueError(f"No item is published before {until.isoformat()}; choose a later end.")
    rows = [
        (time, number, *rest)
        for number in range(persons)
        for time, *rest in _life(world, personas, number, seed, start, end, events)
    ]
    rows.sort(key=lambda row: row[:2])
    for time, number, kind, row, value, text, context in rows:
        person, item = _person_id(number), None if row is None else items[row]["external_id"]
        occurred_at = datetime.fromtimestamp(time, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        # Named by what happened, so that running twice records once.
        name = blake2s(f"{person} {occurred_at} {kind} {item}".encode(), digest_size=12).hexdigest()
        yield {
            "event_id": f"simulated-{name}",
            "person": person,
            "item": item,
            "kind": kind,
            "value": value,
            "text": text,
            "context": dict(context),
            "occurred_at": occurred_at,
        }


def _life(world: World, personas, number: int, seed: int, start: float, end: float, events: float) -> Iterator[tuple]:
    """Everything that one person does, in order of time."""
    rng = np.random.default_rng([seed, number])
    first, last = _mixtures(rng, personas)
    home_device, home_part = rng.integers(len(DEVICES)), rng.integers(len(PARTS_OF_DAY))
    # Some come often, most seldom: a log-normal number of visits whose mean gives the events that were asked for.
    visits = max(2, round(events / (EVENTS_PER_LOOK * LOOKS) * rng.lognormal(-0.125, 0.5)))
    joined = start + 0.6 * rng.random() * (end - start)
    done: set[int] = set()
    opened, free = None, 0.0
    for visit, moment in enumerate(_visits(rng, visits, joined, end, home_part), 1):
        elapsed = (moment - start) / (end - start)
        context = {
            "device": DEVICES[home_device if rng.random() < 0.75 else rng.integers(len(DEVICES))],
            "part_of_day": _part_of_day(moment),
            "session": f"{_person_id(number)}-{visit}",
        }
        persona = int(rng.choice(len(first), p=(1 - elapsed) * first + elapsed * last))
        session = Session(world, rng, persona, max(moment, free), context, done)
        opened = session.run(opened if opened not in done and rng.random() < FOLLOW else None)
        free = session.time + 600
        yield from session.events


def _visits(rng: np.random.Generator, visits: int, joined: float, end: float, home_part: int) -> np.ndarray:
    """(visits,) seconds in order, mostly in the part of the day that suits the person; two days short of the end."""
    days = rng.uniform(joined, max(joined + DAY, end - 2 * DAY), visits) // DAY
    parts = np.where(rng.random(visits) < 0.7, home_part, rng.integers(len(PARTS_OF_DAY), size=visits))
    hours = np.array([hour for _, hour in PARTS_OF_DAY])[parts]
    return np.sort(days * DAY + hours * 3600 + rng.uniform(0, 5400, visits))


def _part_of_day(time: float) -> str:
    return [name for name, hour in PARTS_OF_DAY if hour * 3600 <= time % DAY][-1]


def _mixtures(rng: np.random.Generator, personas) -> tuple[np.ndarray, np.ndarray]:
    """The personas that somebody is at first and in the end: two (p,) shares that sum to 1."""
    shares = np.array([persona.get("share", 1.0) for persona in personas], dtype=float)
    several = min(len(personas), int(rng.choice([1, 2, 3], p=[0.4, 0.4, 0.2])))
    chosen = rng.choice(len(personas), size=several, replace=False, p=shares / shares.sum())
    first, last = np.zeros(len(personas)), np.zeros(len(personas))
    first[chosen] = rng.dirichlet(np.ones(several))
    last[chosen] = rng.dirichlet(np.ones(several))
    return first, last


def _person_id(number: int) -> str:
    return f"person-{number + 1:04d}"
