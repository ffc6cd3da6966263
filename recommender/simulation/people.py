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
MOSTLY = 0.8  # of what one of the named people does is after their own persona
DAY = 86_400
DEVICES = ("phone", "desktop", "tablet")
PARTS_OF_DAY = (("night", 0), ("morning", 6), ("afternoon", 12), ("evening", 18))  # each with its first hour


def simulate_persons(
    personas: Sequence[Mapping[str, Any]],
    *,
    persons: int = 600,
    seed: int = 0,
    people: Sequence[Mapping[str, Any]] = (),
) -> Iterator[dict[str, Any]]:
    """{"external_id", "attributes"} of the persons whose behaviour `simulate` gives for the same seed.

    A persona's "attributes" say what its people are like: a list to choose from, {"from": 30, "to": 60}, or
    {"parts": [["Ada", "Bo"], ["Lind", "Moss"]], "between": " "}; its "consents" are those of all its people.
    The first persons are `people`, who have a name, attributes and the slug of a persona of their own.
    """
    for number in range(persons):
        first, _last = mixtures(np.random.default_rng([seed, number]), personas, persona_of(number, personas, people))
        persona = personas[first.argmax()]
        rng = np.random.default_rng([seed, number, 1])
        attributes = {name: _attribute(wanted, rng) for name, wanted in persona.get("attributes", {}).items()}
        if number < len(people):
            attributes |= people[number].get("attributes", {})
        person = {"external_id": person_id(number, people), "attributes": attributes}
        if consents := persona.get("consents"):
            person["consents"] = dict(consents)
        yield person


def _attribute(wanted: Any, rng: np.random.Generator) -> Any:
    if not isinstance(wanted, Mapping):
        return wanted[int(rng.integers(len(wanted)))]
    if "parts" in wanted:
        return wanted.get("between", " ").join(part[int(rng.integers(len(part)))] for part in wanted["parts"])
    return int(rng.integers(wanted["from"], wanted["to"] + 1))


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
    people: Sequence[Mapping[str, Any]] = (),
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
        for time, *rest in _life(world, personas, people, number, seed, start, end, events)
    ]
    rows.sort(key=lambda row: row[:2])
    for time, number, kind, row, value, text, context in rows:
        person, item = person_id(number, people), None if row is None else items[row]["external_id"]
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


def _life(
    world: World, personas, people, number: int, seed: int, start: float, end: float, events: float
) -> Iterator[tuple]:
    """Everything that one person does, in order of time."""
    rng = np.random.default_rng([seed, number])
    first, last = mixtures(rng, personas, persona_of(number, personas, people))
    home_device, home_part = rng.integers(len(DEVICES)), rng.integers(len(PARTS_OF_DAY))
    # Some come often, most seldom: a log-normal number of visits whose mean gives the events that were asked for.
    visits = max(2, round(events / (EVENTS_PER_LOOK * LOOKS) * rng.lognormal(-0.125, 0.5)))
    joined = start + 0.6 * rng.random() * (end - start)
    done = set(world.written.get(person_id(number, people), ()))  # nobody reads what they wrote themselves
    opened, free = None, 0.0
    for visit, moment in enumerate(_visits(rng, visits, joined, end, home_part), 1):
        elapsed = (moment - start) / (end - start)
        context = {
            "device": DEVICES[home_device if rng.random() < 0.75 else rng.integers(len(DEVICES))],
            "part_of_day": _part_of_day(moment),
            "session": f"{person_id(number, people)}-{visit}",
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


def mixtures(rng: np.random.Generator, personas, own: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The personas that somebody is at first and in the end: two (p,) shares that sum to 1.

    With a persona of their `own`, somebody is mostly that one throughout.
    """
    shares = np.array([persona.get("share", 1.0) for persona in personas], dtype=float)
    several = min(len(personas), int(rng.choice([1, 2, 3], p=[0.4, 0.4, 0.2])))
    chosen = rng.choice(len(personas), size=several, replace=False, p=shares / shares.sum())
    first, last = np.zeros(len(personas)), np.zeros(len(personas))
    first[chosen] = rng.dirichlet(np.ones(several))
    last[chosen] = rng.dirichlet(np.ones(several))
    if own is not None:
        first, last = (MOSTLY * (np.arange(len(personas)) == own) + (1 - MOSTLY) * mixed for mixed in (first, last))
    return first, last


def person_id(number: int, people: Sequence[Mapping[str, Any]] = ()) -> str:
    return people[number]["external_id"] if number < len(people) else f"person-{number + 1:04d}"


def persona_of(number: int, personas, people) -> int | None:
    """The place of the persona that one of `people` names. Raises ValueError where there is no such persona."""
    if number >= len(people) or not people[number].get("persona"):
        return None
    slugs = [persona.get("slug") for persona in personas]
    if people[number]["persona"] not in slugs:
        raise ValueError(f"{people[number]['external_id']} names the persona {people[number]['persona']!r}: unknown.")
    return slugs.index(people[number]["persona"])
