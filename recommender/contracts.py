"""The whole public plugin API: what a vertical declares and what an algorithm promises.

A third party needs this module, `recommender.data`, `catalog.schema`, `behaviour.kinds` and
`recommender.testing`; nothing else is public.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

import numpy as np

from behaviour.kinds import Kind
from catalog.schema import Schema, Words

from .data import Explanation, HeldOut, Interactions, Items, Query, Ranking

#: Raised when a plugin does not fit; the major number changes when a plugin must be rewritten.
CONTRACT_VERSION = (1, 0)


class Cancelled(Exception):
    """Somebody asked the fit to stop. What it learned so far is in the checkpoint folder, if there is one."""


@dataclass(frozen=True)
class FitOptions:
    """How to fit, as against what to learn.

    `validation`: held-out answers on which an algorithm may choose its own settings; the chosen ones are
    in `algorithm.config` afterwards. Without it, the settings are taken as they are.
    `progress(stage, fraction, metrics)` is called often; fraction is in [0, 1].
    `cancelled()` is asked often; `check()` raises Cancelled when it says yes.
    """

    seed: int = 0
    device: str = "cpu"
    validation: HeldOut | None = None
    progress: Callable[[str, float, Mapping[str, float]], None] = lambda stage, fraction, metrics: None
    cancelled: Callable[[], bool] = lambda: False
    checkpoint: Path | None = None

    def check(self, stage: str, fraction: float, **metrics: float) -> None:
        """Report progress and stop here if that was asked for."""
        self.progress(stage, fraction, metrics)
        if self.cancelled():
            raise Cancelled(f"Stopped in stage {stage!r} at {fraction:.0%}.")


class Algorithm(ABC):
    """Learns from behaviours and item text, then scores items for a person. Shaped like scikit-learn.

    A subclass declares `slug`, `name`, `summary` and a frozen dataclass `Config`, and writes `_fit` and
    `_score`. Learned arrays live in attributes that end in `_`; those that are NumPy arrays are saved and
    loaded by themselves. Public methods check what comes in, underscored ones compute.
    """

    slug: ClassVar[str]
    name: ClassVar[Words]
    summary: ClassVar[Words]
    told: ClassVar[Words] = {}  # what its scores come from, as visitors read it: "what the same people chose"
    Config: ClassVar[type]

    def __init__(self, config: Any = None):
        self.config = config if config is not None else self.Config()
        if not isinstance(self.config, self.Config):
            raise TypeError(f"{type(self).__name__} needs a {self.Config.__qualname__}, got {type(config).__name__}.")
        self.n_items_: int | None = None

    def fit(self, interactions: Interactions, items: Items, options: FitOptions | None = None) -> Self:
        """Learn from scratch; whatever was learned before is forgotten. Raises ValueError on empty input."""
        if interactions.n_items != len(items):
            raise ValueError(f"Interactions speak of {interactions.n_items} items, the catalogue has {len(items)}.")
        if len(items) == 0:
            raise ValueError("There are no items to learn about; import some first.")
        for name in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, name)
        self.n_items_ = len(items)
        self._fit(interactions, items, options or FitOptions())
        return self

    def score(self, query: Query) -> np.ndarray:
        """(n_items,) float32: higher is better; comparable within one query only."""
        return self.score_many([query])[0]

    def score_many(self, queries: Sequence[Query]) -> np.ndarray:
        """(len(queries), n_items) float32. Raises ValueError before fit or for unknown row numbers."""
        if self.n_items_ is None:
            raise ValueError(f"{self.slug} is not fitted yet: call fit or load first.")
        for query in queries:
            if len(query.items) and not 0 <= query.items.min() <= query.items.max() < self.n_items_:
                raise ValueError(f"The query names items outside 0..{self.n_items_ - 1}.")
        return self._score_many(queries)

    def recommend(self, query: Query, k: int) -> Ranking:
        """The k best items that the query does not exclude; ties go to the lower row number."""
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}.")
        scores = self.score(query).astype(np.float32, copy=True)
        scores[query.exclude] = -np.inf
        k = min(k, int(np.isfinite(scores).sum()))
        if k == 0:
            return Ranking(np.zeros(0, np.int32), np.zeros(0, np.float32))
        # argpartition cuts ties anywhere: take everything from the k-th score up, then sort that.
        threshold = scores[np.argpartition(-scores, k - 1)[k - 1]]
        pool = np.flatnonzero(scores >= threshold)
        best = pool[np.argsort(-scores[pool], kind="stable")][:k].astype(np.int32)
        return Ranking(best, scores[best])

    def explain(self, query: Query, item: int) -> Explanation:
        """How much each of the person's own events contributed to the score of `item`."""
        if self.n_items_ is None or not 0 <= item < self.n_items_:
            raise ValueError(f"Item row {item} is unknown to this {self.slug} model.")
        return self._explain(query, item)

    def save(self, folder: Path) -> None:
        """Write config.json and arrays.npz into `folder`, which must exist."""
        arrays = {name: value for name, value in vars(self).items() if name.endswith("_") and _is_array(value)}
        np.savez(folder / "arrays.npz", n_items_=np.int64(self.n_items_ or 0), **arrays)
        (folder / "config.json").write_text(json.dumps(self.settings(), indent=2, sort_keys=True) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What `save` wrote. Raises ValueError when the folder does not hold this algorithm."""
        algorithm = cls(cls.configure(json.loads((folder / "config.json").read_text())))
        with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
            for name in arrays.files:
                setattr(algorithm, name, int(arrays[name]) if name == "n_items_" else arrays[name])
        return algorithm

    @classmethod
    def configure(cls, settings: Mapping[str, Any]) -> Any:
        """A Config from JSON. Raises ValueError that names what is unknown."""
        known = {item.name for item in fields(cls.Config)}
        unknown = sorted(set(settings) - known)
        if unknown:
            raise ValueError(f"{cls.slug} has no setting {', '.join(unknown)}; it has: {', '.join(sorted(known))}.")
        return cls.Config(**{key: tuple(v) if isinstance(v, list) else v for key, v in settings.items()})

    def settings(self) -> dict[str, Any]:
        """The config as it goes into JSON."""
        return asdict(self.config)

    @abstractmethod
    def _fit(self, interactions: Interactions, items: Items, options: FitOptions) -> None: ...

    @abstractmethod
    def _score(self, query: Query) -> np.ndarray: ...

    def _score_many(self, queries: Sequence[Query]) -> np.ndarray:
        return np.stack([self._score(query) for query in queries]) if queries else np.zeros((0, self.n_items_ or 0))

    def _explain(self, query: Query, item: int) -> Explanation:
        """Leave-one-event-out, which fits any algorithm; linear ones override it with the exact sum."""
        score = float(self._score(query)[item])
        without = [float(self._score(_without(query, position))[item]) for position in range(len(query.items))]
        return Explanation(item, score, 0.0, score - np.array(without, dtype=np.float64), exact=False)


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _without(query: Query, position: int) -> Query:
    kept = np.arange(len(query.items)) != position
    return replace(query, items=query.items[kept], values=query.values[kept], times=query.times[kept])


@runtime_checkable
class CandidateSource(Protocol):
    """Proposes items that the deployed algorithm might not bring up. Scores compare within the source only.

    It may have `anchor(items, query, row)`: the row of the person's past that it proposes `row` for, or None.
    """

    slug: str

    def candidates(self, items: Items, query: Query, k: int) -> Ranking: ...


@runtime_checkable
class Rule(Protocol):
    """Says which items may be shown. Runs before scoring and again on the final list; it fails closed.

    It may have a `name`, Words, by which operators' pages call it; see `name_of`.
    """

    slug: str
    reason: Words  # why an item was left out, as a sentence

    def allows(self, items: Items, query: Query) -> np.ndarray:
        """(n,) bool for the n rows of `items`."""
        ...


@runtime_checkable
class Reranker(Protocol):
    """Reorders the best candidates, for variety for instance. It may have a `name`, as a rule may."""

    slug: str

    def rerank(self, ranking: Ranking, items: Items, query: Query, k: int) -> Ranking:
        """At most k of ranking.items; `items` are the columns of exactly those rows, in ranking order."""
        ...


def name_of(part: Rule | Reranker) -> Words:
    """What operators' pages call it; its slug, where its author gave it no name."""
    return getattr(part, "name", None) or {"en": part.slug}


@dataclass(frozen=True, slots=True)
class Placement:
    """A place on the site that asks for recommendations."""

    slug: str
    name: Words
    count: int = 20
    fresh: int = 1  # places kept for items that the deployed model has not seen yet


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item as a text template sees it."""

    title: str
    text: str
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventView:
    """One behaviour as a text template sees it."""

    kind: str
    title: str = ""  # of the item, empty for searches
    value: float | None = None
    text: str = ""
    context: Mapping[str, str] = field(default_factory=dict)
    sensitive: bool = False  # what it says of the person must not be retold: texts leave such an event out


@dataclass(frozen=True, slots=True)
class PastEvent:
    """One item of somebody's past, as `Vertical.profile` reads it: their strongest act and what it was about."""

    kind: str
    item: ItemView
    time: float = 0.0  # seconds since 1970


@dataclass(frozen=True, slots=True)
class Notice:
    """Words that a storefront shows above the recommendations of some placements, whoever looks."""

    title: Words
    text: Words
    points: tuple[Words, ...] = ()  # what to do, each a sentence
    placements: tuple[str, ...] = ("home",)


@dataclass(frozen=True, slots=True)
class Quotes:
    """What people wrote in public about an item, as far as its text takes it in for models to read.

    `kinds`: the behaviours whose text it is. `most`: of how many people, the most helpful and then the newest.
    `words`: how many words in all; Chinese counts two characters as one.
    """

    kinds: tuple[str, ...]
    most: int = 5
    words: int = 120


@dataclass(frozen=True)
class Vertical:
    """What a kind of site sells and what people do there. A plugin declares one of these; nothing is patched."""

    slug: str
    name: Words
    item_schema: Schema
    person_schema: Schema
    kinds: tuple[Kind, ...]
    item_text: Callable[[ItemView, str], str]  # (item, language) → what the language model reads
    history_text: Callable[[Sequence[EventView], str], str]  # (events oldest first, language) → the same
    placements: tuple[Placement, ...]
    item_noun: Words  # "film", "product": one of what the site offers
    reason: Words  # a template with {title} that is true for any kind: "Because of your interest in {title}"
    contract: tuple[int, int] = CONTRACT_VERSION
    # What follows a number of them, with the measure word where a language has one: "films", "部影片".
    item_nouns: Words = field(default_factory=dict)
    reasons: Mapping[str, Words] = field(default_factory=dict)  # the same for one kind: "Because you watched {title}"
    # The same for a mark that is no liking, with {mark} and {best}: "Because you rated {title} {mark} of {best}".
    lukewarm: Mapping[str, Words] = field(default_factory=dict)
    sources: tuple[CandidateSource, ...] = ()
    source_reasons: Mapping[str, Words] = field(default_factory=dict)  # by source, where that is why: "From your story"
    # The same with the {title} of what the source went by, of sources that can tell it; see `CandidateSource`.
    source_reasons_named: Mapping[str, Words] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    reranker: Reranker | None = None
    diversity_key: Callable[[ItemView], str] | None = None  # items with the same key count as alike
    # (past, oldest first) → entries of Query.person that sources, rules and the reranker read; its names are the
    # vertical's own and must not be those of person attributes.
    profile: Callable[[Sequence[PastEvent]], Mapping[str, Any]] | None = None
    consent_required: bool = False
    author: str = ""  # attribute of items that holds the external id of the person who wrote it; see algorithms.social
    # Kinds that the site is there for: conversions of a list are events of these that name it. Empty: what weighs most.
    goals: tuple[str, ...] = ()
    popularity: bool = True  # False: no shelf, order, count or sentence appeals to what many people do
    quotes: Quotes | None = None  # None: the text of an item holds nothing that people wrote about it
    sensitive_categories: frozenset[str] = frozenset()  # what people do there must not be retold; see `is_sensitive`
    notice: Notice | None = None
    # Attributes that its own templates say beside an item's title: the page's details do not say them again.
    told_beside: frozenset[str] = frozenset()
    templates: str = ""  # folder of templates that override the storefront's own
    demo: Path | None = None  # folder with items.jsonl and personas.json

    def __post_init__(self) -> None:
        if not self.slug.replace("-", "_").isidentifier():
            raise ValueError(f"Vertical slug {self.slug!r} must be made of letters, digits and hyphens.")
        names = [kind.name for kind in self.kinds]
        if not names or len(names) != len(set(names)):
            raise ValueError(f"Vertical {self.slug!r} needs kinds of behaviour, each with a name of its own.")
        if unknown := [name for name in self.goals if name not in names]:
            raise ValueError(f"Vertical {self.slug!r} has goals that are no kinds of it: {', '.join(unknown)}.")
        if self.quotes is not None and (unknown := [name for name in self.quotes.kinds if name not in names]):
            raise ValueError(f"Vertical {self.slug!r} quotes kinds that are none of its own: {', '.join(unknown)}.")
        if "home" not in {placement.slug for placement in self.placements}:
            raise ValueError(f"Vertical {self.slug!r} needs a placement named 'home'.")

    def is_sensitive(self, categories: Sequence[str]) -> bool:
        """Whether events with an item of these categories stay out of reasons, texts, logs and others' exports."""
        return not self.sensitive_categories.isdisjoint(categories)

    @property
    def goal_kinds(self) -> tuple[str, ...]:
        """`goals`, or where none are named the positive kinds that weigh most."""
        positive = [kind for kind in self.kinds if kind.polarity == "positive"]
        most = max((kind.weight for kind in positive), default=0.0)
        return self.goals or tuple(kind.name for kind in positive if kind.weight == most)

    def placement(self, slug: str) -> Placement:
        """Raises LookupError that lists the placements there are."""
        for placement in self.placements:
            if placement.slug == slug:
                return placement
        raise LookupError(
            f"{self.slug} has no placement {slug!r}; it has: {', '.join(p.slug for p in self.placements)}."
        )
