"""What people do: the kinds of behaviour that a vertical knows, and what each says about interest."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from catalog.schema import Schema, Words

LIKED_FROM = 0.8  # of the best mark

Polarity = Literal["positive", "neutral", "negative"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of behaviour.

    `weight`: how much one event says, relative to the vertical's others (above 0). `half_life`: days after
    which it says half as much; None means that it does not age. `neutral_value`: for kinds with a value
    (ratings), the value that says nothing: above it the event is positive, below it negative. `seen`: the
    item needs no further recommendation (watched, bought), as against merely looked at. `needs_item`: False
    for searches. `hides`: a hard wish never to see the item again. `saves`: the item is kept in a list of the
    person's own.
    """

    name: str
    label: Words | str
    weight: float = 1.0
    half_life: float | None = None
    polarity: Polarity = "positive"
    neutral_value: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    seen: bool = True
    needs_item: bool = True
    hides: bool = False
    saves: bool = False

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or len(self.name) > 32:
            raise ValueError(f"Kind name {self.name!r} must be an identifier of at most 32 characters.")
        if not self.weight > 0:
            raise ValueError(f"Kind {self.name!r}: weight must be above 0; polarity carries the sign.")

    def signal(self, value: float | None) -> float:
        """Signed strength of one event: above 0 for interest, below 0 for its opposite, 0 for neither."""
        if self.polarity == "neutral":
            return 0.0
        if self.neutral_value is not None and value is not None:
            return self.weight * (1.0 if value > self.neutral_value else -1.0 if value < self.neutral_value else 0.0)
        return self.weight if self.polarity == "positive" else -self.weight

    def is_lukewarm(self, value: float | None) -> bool:
        """Whether a mark speaks for its item and yet says nothing of liking it: three stars of five, not four."""
        if value is None or self.neutral_value is None or self.maximum is None or self.maximum <= 1.0:
            return False  # a share is no mark
        return self.neutral_value < value < LIKED_FROM * self.maximum

    def value_error(self, value: float | None) -> str | None:
        """What is wrong with `value` for this kind, or None."""
        if value is None:
            return "This kind needs a value." if self.neutral_value is not None else None
        if not math.isfinite(value):
            return "The value must be finite."
        if self.minimum is not None and value < self.minimum:
            return f"{value:g} is below the minimum of {self.minimum:g}."
        if self.maximum is not None and value > self.maximum:
            return f"{value:g} is above the maximum of {self.maximum:g}."
        return None


#: What people can do on every storefront, whatever its vertical. The topic that was hidden is the event's text.
MORE, HIDE_TOPIC = "more", "hide_topic"
EVERYWHERE = (
    Kind(MORE, {"en": "Asked for more like it", "zh-hans": "想看更多类似的"}, weight=2.0, half_life=60, seen=False),
    Kind(
        HIDE_TOPIC,
        {"en": "Hid the topic", "zh-hans": "隐藏分类"},
        polarity="neutral",
        seen=False,
        needs_item=False,
    ),
)

_kinds: dict[str, dict[str, Kind]] = {}
_person_schemas: dict[str, Schema] = {}
_consent_first: set[str] = set()
_sensitive: dict[str, frozenset[str]] = {}


def kinds_register(
    vertical: str,
    kinds: Iterable[Kind],
    person_schema: Schema,
    *,
    sensitive_categories: Collection[str] = (),
    consent_required: bool = False,
) -> None:
    """Called by the recommender's registry when Django is ready."""
    own = {kind.name: kind for kind in kinds}
    _kinds[vertical] = own | {kind.name: kind for kind in EVERYWHERE if kind.name not in own}
    _person_schemas[vertical] = person_schema
    _sensitive[vertical] = frozenset(sensitive_categories)
    (_consent_first.add if consent_required else _consent_first.discard)(vertical)


def is_sensitive(vertical: str, categories: Iterable[str] | None) -> bool:
    """Whether an event stays out of exports to others. `categories`: its item's, or None for an event without one:
    where consent comes first, words that somebody typed are sensitive."""
    if categories is None:
        return vertical not in _kinds or consent_first(vertical)
    return not _sensitive.get(vertical, frozenset()).isdisjoint(categories)


def kinds_for(vertical: str) -> dict[str, Kind]:
    """Kinds of a vertical by name. Raises LookupError when no installed plugin declares the vertical."""
    try:
        return _kinds[vertical]
    except KeyError:
        raise LookupError(
            f"No vertical named {vertical!r} is installed. Installed: {', '.join(sorted(_kinds)) or 'none'}."
        ) from None


def person_schema_for(vertical: str) -> Schema:
    """The schema of persons' attributes. Raises LookupError as `kinds_for` does."""
    kinds_for(vertical)
    return _person_schemas[vertical]


def consent_first(vertical: str) -> bool:
    """Whether the vertical keeps nothing sensitive about anybody who did not agree to exactly that."""
    return vertical in _consent_first


def consent_needed(vertical: str, attributes: Mapping[str, Any], consents: Mapping[str, Any]) -> list[str]:
    """Names of those attributes that must not be kept: sensitive, and told without the consent "sensitive"."""
    if not consent_first(vertical) or consents.get("sensitive") is True:
        return []
    return [field.name for field in person_schema_for(vertical) if field.sensitive and field.name in attributes]
