"""A folder of data as what explanations are about: a fitted model, histories, titles, facets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from catalog.schema import Field, Schema
from recommender.algorithms import algorithm_class
from recommender.algorithms.blend import BlendConfig
from recommender.contracts import Algorithm, FitOptions, Vertical
from recommender.data import Interactions, Items, Query
from recommender.explaining import Trace, deed_of, thing_of
from recommender.explaining.telling import telling_events
from recommender.explaining.trace import CATEGORY
from recommender.verticals.ecommerce.vertical import VERTICAL as SHOP
from recommender.verticals.video.vertical import VERTICAL as VIDEO

from ..folder import Column, read_folder
from .explain_claims import Facts
from .folder_corpus import read_corpus

LEAST_EVENTS = 3


@dataclass(frozen=True)
class Sources:
    """What was read: who did what with which items, under which titles, in the words of which vertical.

    `kind` is what every event of the folder is; `values[row]` are the raw facets, by the columns' names.
    """

    interactions: Interactions
    items: Items
    titles: list[str]
    values: list[frozenset[tuple[str, str]]]
    vertical: Vertical
    kind: str

    @cached_property
    def facets(self) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(frozenset().union(*self.values)))


@dataclass(frozen=True)
class Explained:
    """One recommendation, as the product sees it and as the raw rows have it."""

    person: int
    query: Query
    item: int
    contributions: np.ndarray
    trace: Trace
    categories: tuple[str, ...]
    facts: Facts


def read_sources(folder: Path, users: int | None) -> Sources:
    """Raises FileNotFoundError or ValueError, as `read_corpus` does."""
    if (folder / "sequences.txt").is_file():
        interactions, items, columns = read_folder(folder, users)
        titles = read_titles(folder / "items.tsv", columns, [str(one) for one in items.ids])
    else:
        corpus = read_corpus(folder, users)
        interactions, items, titles = corpus.interactions(), corpus.items, list(corpus.titles)
    found = {token.partition(":")[0] for tokens in items.facets for token in tokens}
    names = {name: _field_name(name) for name in sorted(found)}
    values = [
        frozenset((names[name], value) for name, _, value in (token.partition(":") for token in tokens))
        for tokens in items.facets
    ]
    fields = [Field(name, "list", facet=True) for name in sorted(set(names.values()) - {CATEGORY})]
    films = any("genre" in name.casefold() for name in names)
    return Sources(interactions, items, titles, values, with_fields(VIDEO if films else SHOP, fields), "rating")


def with_fields(vertical: Vertical, fields: list[Field]) -> Vertical:
    """The vertical with the folder's own facets beside its fields."""
    kept = [field for field in vertical.item_schema if field.name not in {new.name for new in fields}]
    return replace(vertical, item_schema=Schema((*kept, *fields)))


def read_titles(path: Path, columns: list[Column], ids: list[str]) -> list[str]:
    """The column that is called title or name; else the one whose text is no facet; else the ids."""
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    header = lines[0].split("\t")
    named = [place for place, name in enumerate(header) if name.strip().casefold() in ("title", "name")]
    text = {column.name for column in columns if column.text and not column.facet}
    place = next(iter(named or [place for place, name in enumerate(header) if name in text]), 0)
    rows = (line.split("\t") for line in lines[1:])
    table = {row[0].strip(): row[place].strip() for row in rows if len(row) > place}
    return [table.get(one) or one for one in ids]


def _field_name(column: str) -> str:
    name = "".join(c if c.isalnum() else "_" for c in column.casefold()).strip("_") or "facet"
    return CATEGORY if "categor" in name or "genre" in name else name if name.isidentifier() else f"facet_{name}"


def fitted(sources: Sources, slug: str, options: FitOptions) -> Algorithm:
    """With the settings that the algorithm starts from: no validation, so one fit."""
    algorithm = algorithm_class(slug)
    config = BlendConfig(members=("next-item", "content", "popularity"), weights=(1.0, 0.15, 0.05))
    made = algorithm(config) if slug == "blend" else algorithm()
    return made.fit(sources.interactions, sources.items, options)


def explained(sources: Sources, algorithm: Algorithm, count: int, random: np.random.Generator) -> list[Explained]:
    """The first recommendation of `count` people with a past, each traced as the product traces it."""
    offsets = sources.interactions.offsets
    able = np.flatnonzero(np.diff(offsets) >= LEAST_EVENTS)
    found = []
    for person in random.permutation(able).tolist():
        rows = slice(offsets[person], offsets[person + 1])
        query = _once(sources.interactions, rows)
        ranking = algorithm.recommend(query, 1)
        if not len(ranking):
            continue
        item = int(ranking.items[0])
        contributions = algorithm.explain(query, item).contributions
        named = [int(query.items[place]) for place in telling_events(contributions)]
        if named:
            found.append(_explained(sources, person, query, item, contributions, named))
        if len(found) == count:
            break
    return found


def _once(interactions: Interactions, rows: slice) -> Query:
    """One event an item, the latest, as serving has it."""
    items, values, times = (column[rows] for column in (interactions.items, interactions.values, interactions.times))
    _, last = np.unique(items[::-1], return_index=True)
    kept = np.sort(len(items) - 1 - last)
    return Query(items=items[kept], values=values[kept], times=times[kept], exclude=np.unique(items))


def _explained(sources: Sources, person, query, item, contributions, named) -> Explained:
    def columns(row: int):
        categories = tuple(value for name, value in sorted(sources.values[row]) if name == CATEGORY)
        attributes: dict[str, list[str]] = {}
        for name, value in sorted(sources.values[row]):
            if name != CATEGORY:
                attributes.setdefault(name, []).append(value)
        return sources.titles[row], categories, attributes

    deeds = tuple(deed_of(sources.vertical, *columns(row), sources.kind) for row in named)
    title, categories, attributes = columns(item)
    trace = Trace(thing_of(sources.vertical, title, categories, attributes), deeds)
    kinds = dict.fromkeys(query.items.tolist(), frozenset({sources.kind}))
    facts = Facts(item, tuple(named), kinds, sources.titles, sources.values)
    return Explained(person, query, item, contributions, trace, categories, facts)
