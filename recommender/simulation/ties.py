"""Who follows whom: simulated ties from persons to those who write what they like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .people import mixtures, person_id, persona_of
from .world import taste_of, written_by

FOLLOWS = 5.0  # people that somebody follows, on average
WRITERS_FOLLOW = 9.0  # the same for those who write themselves
FOLLOW_BACK = 0.35
TRUST = 0.2  # of those who are followed are also trusted
MUTE = 0.06  # chance that somebody has muted a writer
BLOCK = 0.03  # chance that somebody has blocked one


def simulate_ties(
    items: Sequence[Mapping[str, Any]],
    personas: Sequence[Mapping[str, Any]],
    *,
    people: Sequence[Mapping[str, Any]],
    persons: int = 600,
    seed: int = 0,
) -> Iterator[dict[str, Any]]:
    """{"source", "target", "kind", "weight"}, each tie once; nothing where no item names one of `people` as author.

    Somebody follows those whose posts are to their taste, and known writers sooner than unknown ones. Writers
    follow back now and then. A few mute or block a writer whom they do not follow.
    """
    written = written_by(items)
    writers = [number for number in range(min(len(people), persons)) if people[number]["external_id"] in written]
    if not writers:
        return
    tokens = [{*item.get("categories", ()), *item.get("tags", ()), item["external_id"]} for item in items]
    taste = np.stack([taste_of(persona, items, tokens) for persona in personas])
    appeal = np.stack([taste[:, written[people[number]["external_id"]]].mean(axis=1) for number in writers], axis=1)
    fame = (np.random.default_rng([seed, len(writers), 3]).permutation(len(writers)) + 3.0) ** -0.7
    followed = {number: _chosen(number, appeal, fame, writers, personas, people, seed) for number in range(persons)}
    for number in writers:
        rng = np.random.default_rng([seed, number, 4])
        fans = [other for other in writers if number in followed[other] and other not in followed[number]]
        followed[number] += [other for other in fans if rng.random() < FOLLOW_BACK]
    for number in range(persons):
        yield from _ties(number, followed[number], writers, people, seed)


def _chosen(number: int, appeal, fame, writers: list[int], personas, people, seed: int) -> list[int]:
    """Numbers of those whom somebody follows."""
    first, last = mixtures(np.random.default_rng([seed, number]), personas, persona_of(number, personas, people))
    rng = np.random.default_rng([seed, number, 2])
    weights = ((first + last) @ appeal + 0.02) * fame
    weights[[place for place, writer in enumerate(writers) if writer == number]] = 0.0
    count = min(rng.poisson(WRITERS_FOLLOW if number in writers else FOLLOWS), int((weights > 0).sum()))
    chosen = rng.choice(len(writers), size=count, replace=False, p=weights / weights.sum())
    return [writers[place] for place in sorted(chosen.tolist())]


def _ties(number: int, followed: list[int], writers: list[int], people, seed: int) -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng([seed, number, 5])

    def tie(target: int, kind: str, weight: float = 1.0) -> dict[str, Any]:
        ends = {"source": person_id(number, people), "target": person_id(target, people)}
        return {**ends, "kind": kind, "weight": weight}

    for target in followed:
        yield tie(target, "follows")
        if rng.random() < TRUST:
            yield tie(target, "trusts", round(float(rng.uniform(0.3, 1.0)), 2))
    strangers = [writer for writer in writers if writer not in followed and writer != number]
    for kind, chance in (("mutes", MUTE), ("blocks", BLOCK)):
        if strangers and rng.random() < chance:
            yield tie(strangers.pop(int(rng.integers(len(strangers)))), kind)
