"""A storefront's items as columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

import numpy as np

from catalog.expressions import Expression, Node, TextColumn
from catalog.models import Item, Storefront

from .. import registry, selectors
from ..data import Items

MASKS_KEPT = 256  # conditions, each a byte an item
#: Fields that conditions may read and no algorithm does: kept as one tuple of texts an item.
NAMES = ("id", "title", "currency", "language")


class Columns:
    """Single fields of every item, each read once: numbers, and labels as they are stored."""

    def __init__(self, items: Items, tags: Sequence[Sequence[str]], names: Sequence[tuple[str, ...]] = ()):
        self._items = items
        self._tags = tags
        self._names = names
        self._numbers: dict[str, np.ndarray] = {}
        self._labels: dict[str, Sequence[Sequence[str]]] = {}
        self._texts: dict[str, TextColumn] = {}

    def numbers(self, field: str) -> np.ndarray:
        """(n,) float64, nan where missing; dates as seconds since 1970, true as 1."""
        if field not in self._numbers:
            self._numbers[field] = self._number(field)
        return self._numbers[field]

    def labels(self, field: str) -> Sequence[Sequence[str]]:
        """The texts of each item; none where missing."""
        if field not in self._labels:
            self._labels[field] = self._label(field)
        return self._labels[field]

    def texts(self, field: str) -> TextColumn:
        """The same, as conditions ask for them."""
        if field not in self._texts:
            self._texts[field] = TextColumn(self.labels(field))
        return self._texts[field]

    def _label(self, field: str) -> Sequence[Sequence[str]]:
        if field in NAMES:
            place = NAMES.index(field)
            return [(own[place],) if own[place] else () for own in self._names]
        own = {"category": self._items.categories, "tag": self._tags}.get(field)
        return own if own is not None else [_texts(a.get(field)) for a in self._items.attributes]

    def _number(self, field: str) -> np.ndarray:
        own = {"price": self._items.prices, "published_at": self._items.published}.get(field)
        if own is not None:
            return own
        return np.array([_number(attributes.get(field)) for attributes in self._items.attributes], dtype=np.float64)


@dataclass(frozen=True)
class Catalogue:
    """A storefront's items at one moment, as columns. Rows are only ever appended; the object never changes."""

    version: int
    items: Items
    withdrawn: np.ndarray  # (n,) bool
    available_from: np.ndarray  # (n,) float64 seconds, -inf where open
    available_until: np.ndarray  # (n,) float64 seconds, inf where open
    created: np.ndarray  # (n,) float64 seconds
    diversity_keys: tuple[str, ...] | None = None
    tags: Sequence[Sequence[str]] = ()
    media: Mapping[str, np.ndarray] = field(default_factory=dict)  # modality → (m, d) of the first m rows
    names: Sequence[tuple[str, ...]] = ()  # the fields NAMES of each item

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def row_of(self) -> dict[int, int]:
        return {int(pk): row for row, pk in enumerate(self.items.ids)}

    @cached_property
    def _categories(self) -> dict[str, np.ndarray]:
        rows: dict[str, list[int]] = {}
        for row, categories in enumerate(self.items.categories):
            for category in categories:
                rows.setdefault(category, []).append(row)
        return {category: np.array(found) for category, found in rows.items()}

    @cached_property
    def columns(self) -> Columns:
        return Columns(self.items, self.tags, self.names)

    @cached_property
    def _masks(self) -> dict[Node, np.ndarray]:
        return {}

    def fitting(self, condition: Expression) -> np.ndarray:
        """(n,) bool, not to be written to: the items that the condition is true of. Kept until an item changes."""
        found = self._masks.get(condition.root)
        if found is None:
            if len(self._masks) >= MASKS_KEPT:
                self._masks.clear()
            found = self._masks[condition.root] = condition.mask(self.columns)
            found.flags.writeable = False
        return found

    def likenesses(self, row: int) -> dict[str, np.ndarray]:
        """Modality → (n,) cosine of each item to the one in `row`, 0 where either has none; of those that it has."""
        blocks = {**({} if self.items.vectors is None else {"text": self.items.vectors}), **self.media}
        found = {}
        for name, block in blocks.items():
            if row < len(block) and block[row].any():
                cosines = np.zeros(len(self), dtype=np.float32)
                cosines[: len(block)] = block @ block[row]
                found[name] = cosines
        return found

    @cached_property
    def _read_in(self) -> dict[str, np.ndarray]:
        return {}

    def read_in(self, language: str) -> np.ndarray:
        """(n,) bool: what a reader of `language` can read; what says nothing of its language is for everybody."""
        found = self._read_in.get(language)
        if found is None:
            written = self.columns.labels("language")
            found = np.array([not own or is_read(own[0], language) for own in written], dtype=bool)
            # A catalogue that was made without names says nothing of any item's language.
            found = found if len(found) == len(self) else np.ones(len(self), dtype=bool)
            self._read_in[language] = found
        return found

    def rows(self, pks) -> np.ndarray:
        """Row numbers of the primary keys that are known here."""
        return np.array([self.row_of[pk] for pk in pks if pk in self.row_of], dtype=np.int32)

    def inside(self, categories: Iterable[str]) -> np.ndarray:
        """(n,) bool: in at least one of the categories."""
        inside = np.zeros(len(self), dtype=bool)
        for category in categories:
            inside[self._categories.get(category, np.zeros(0, dtype=np.int64))] = True
        return inside

    def allowed(self, now: float, category: str = "") -> np.ndarray:
        """(n,) bool: not withdrawn, inside their dates, and in the category if one is asked for."""
        allowed = ~self.withdrawn & (self.available_from <= now) & (self.available_until > now)
        if category:
            allowed &= self.inside([category])
        return allowed


def is_read(written: str, language: str) -> bool:
    """Whether somebody who reads `language` reads what is `written` so, whatever its region or script."""
    return written.lower().partition("-")[0] == language.lower().partition("-")[0]


def _names(item: Item) -> tuple[str, ...]:
    return (item.external_id, item.title, item.currency, item.language)


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, bool):
        return ("true" if value else "false",)
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _number(value: Any) -> float:
    if isinstance(value, str):  # a date: the schema lets no other text be a number
        try:
            return datetime.combine(date.fromisoformat(value), datetime.min.time(), tzinfo=UTC).timestamp()
        except ValueError:
            return np.nan
    return float(value) if isinstance(value, (int, float)) else np.nan


def merged(old: Catalogue | None, storefront: Storefront, changed: list[Item]) -> Catalogue:
    """The catalogue with changed items in their old rows and new ones appended."""
    vertical = registry.vertical(storefront.vertical)
    columns = selectors.items_as_columns(storefront, changed, texts=False)
    dates = np.array(
        [
            (
                item.withdrawn,
                item.available_from.timestamp() if item.available_from else -np.inf,
                item.available_until.timestamp() if item.available_until else np.inf,
                item.created_at.timestamp(),
            )
            for item in changed
        ],
        dtype=np.float64,
    ).reshape(-1, 4)
    keys = None
    if vertical.diversity_key is not None:
        keys = [vertical.diversity_key(selectors.item_view(item)) for item in changed]
    if old is None:
        return Catalogue(
            1,
            columns,
            dates[:, 0].astype(bool),
            dates[:, 1],
            dates[:, 2],
            dates[:, 3],
            None if keys is None else tuple(keys),
            [tuple(item.tags) for item in changed],
            names=[_names(item) for item in changed],
        )
    rows = np.array([old.row_of.get(int(pk), -1) for pk in columns.ids], dtype=np.int64)
    new = np.flatnonzero(rows < 0)
    rows[new] = len(old) + np.arange(len(new))

    def array(before: np.ndarray, after: np.ndarray) -> np.ndarray:
        whole = np.concatenate([before, after[new]])
        whole[rows] = after
        return whole

    def sequence(before, after) -> list:
        whole = [*before, *([None] * len(new))]
        for row, value in zip(rows.tolist(), after, strict=True):
            whole[row] = value
        return whole

    items = Items(
        ids=array(old.items.ids, columns.ids),
        categories=sequence(old.items.categories, columns.categories),
        attributes=sequence(old.items.attributes, columns.attributes),
        published=array(old.items.published, columns.published),
        prices=array(old.items.prices, columns.prices),
        vectors=old.items.vectors
        if not len(new)
        else None
        if old.items.vectors is None
        else np.concatenate([old.items.vectors, np.zeros((len(new), old.items.vectors.shape[1]), dtype=np.float32)]),
    )
    return Catalogue(
        old.version + 1,
        items,
        array(old.withdrawn, dates[:, 0].astype(bool)),
        array(old.available_from, dates[:, 1]),
        array(old.available_until, dates[:, 2]),
        array(old.created, dates[:, 3]),
        None if keys is None else tuple(sequence(old.diversity_keys, keys)),
        sequence(old.tags, [tuple(item.tags) for item in changed]),
        old.media,
        sequence(old.names, [_names(item) for item in changed]),
    )
