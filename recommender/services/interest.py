"""The second stage: a model that reads a person's past and an item together orders the best candidates anew."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from behaviour.models import Person
from catalog.models import Item, Storefront

from .. import pipeline, selectors, serving
from ..contracts import Vertical
from ..data import Query
from ..language.wishes_scores import standardised
from .answers import ServiceError, installed_vertical

logger = logging.getLogger(__name__)

CANDIDATES = 30
WEIGHT = 0.5  # of the second stage against the first, both standardised over the candidates
MILLISECONDS = 250
BATCH = 16  # items between two looks at the clock
PAUSE = 30.0  # seconds without it after it was late: every request would wait for nothing
MOST_ITEMS = 100
LONGEST = 10_000  # characters

NAME = "interest"


class NotLive(Exception):
    """No interest model is live; whoever asks can try again later."""


@dataclass(frozen=True)
class Settings:
    """A storefront's `settings["interest"]`, where it has some that make sense."""

    candidates: int = CANDIDATES
    weight: float = WEIGHT
    milliseconds: int = MILLISECONDS

    @classmethod
    def of(cls, storefront: Storefront) -> Settings:
        own = storefront.settings.get("interest")
        own = own if isinstance(own, dict) else {}

        def number(name: str, least: float, most: float):
            value = own.get(name)
            usable = isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most
            return value if usable else getattr(cls, name)

        return cls(int(number("candidates", 0, 200)), number("weight", 0, 10), int(number("milliseconds", 1, 5000)))


def second_stage(
    storefront: Storefront,
    vertical: Vertical,
    live: serving.LiveStorefront,
    query: Query,
    scores: np.ndarray,
    allowed: np.ndarray,
    person: Person | None,
    words: str = "",
) -> tuple[np.ndarray, list[str]]:
    """`scores` (n,) with the best candidates in a new order above all others, and what did not work.

    Unchanged where no interest model is live, where nothing is known to read, or where the model is too slow or
    fails: the first stage's order is always an answer.
    """
    options = Settings.of(storefront)
    model = live.interest()
    if model is None or not options.candidates or not options.weight:
        return scores, []
    started = time.monotonic()
    if started < _again_at.get(storefront.pk, started):
        return scores, [NAME]
    past = past_of(storefront, person, words, query.language)
    if not past:
        return scores, []
    open_scores = np.where(allowed, scores, -np.inf).astype(np.float32)
    open_scores[query.exclude] = -np.inf
    best = pipeline.best(open_scores, options.candidates)
    pool = pipeline.permitted(best, open_scores, live.catalogue.items, query, vertical.rules, options.candidates)
    rows = pool.items[: options.candidates]
    if len(rows) < 2:
        return scores, []
    try:
        texts = _texts(storefront, vertical, live.catalogue.items.ids[rows].tolist())
        chances = _within(model, past, texts, started + options.milliseconds / 1000)
    # Whatever a damaged or foreign model raises, the page must answer.
    except Exception:
        logger.exception("The interest model of %s failed; the list goes out without it.", storefront.slug)
        chances = None
    if chances is None:
        _again_at[storefront.pk] = time.monotonic() + PAUSE
        return scores, [NAME]
    chances = np.clip(chances, 1e-6, 1 - 1e-6)
    mixed = standardised(open_scores[rows]) + options.weight * standardised(np.log(chances / (1 - chances)))
    changed = scores.astype(np.float32, copy=True)
    # Above the best of the rest, so that only the order among the candidates changes.
    others = np.delete(open_scores, rows)
    floor = float(others[np.isfinite(others)].max()) if np.isfinite(others).any() else 0.0
    changed[rows] = floor + 1e-3 + (mixed - mixed.min())
    return changed, []


#: Storefront → when its model may be asked again.
_again_at: dict[int, float] = {}


def _within(model, past: str, texts: Sequence[str], until: float) -> np.ndarray | None:
    """(n,) probabilities; None as soon as the time is over."""
    found: list[np.ndarray] = []
    for start in range(0, len(texts), BATCH):
        if time.monotonic() > until:
            return None
        found.append(np.asarray(model.score(past, texts[start : start + BATCH]), dtype=np.float32))
    return np.concatenate(found) if time.monotonic() <= until else None


def _texts(storefront: Storefront, vertical: Vertical, pks: Sequence[int]) -> list[str]:
    items = list(Item.objects.filter(storefront=storefront, pk__in=list(pks)))
    texts = {item.pk: text for item, text in zip(items, selectors.item_texts(vertical, items), strict=True)}
    return [texts.get(pk, "") for pk in pks]


def past_of(storefront: Storefront, person: Person | None, words: str, language: str) -> str:
    """What the model reads of somebody: their past, as far as they allow, and what they wish for."""
    allowed = person is not None and selectors.personalised(storefront, person)
    past = selectors.history_text(storefront, person, language) if allowed else ""
    return " ".join(part for part in (past, words) if part)


def interest_in(
    *,
    storefront: Storefront,
    items: Sequence[Item],
    text: str = "",
    person: Person | None = None,
    language: str = "en",
) -> list[float]:
    """How likely somebody with this past, or who wrote this text, is to be interested in each item, 0 to 1.

    Raises NotLive where no interest model is, ServiceError where there is nothing to read of them.
    """
    vertical = installed_vertical(storefront)
    if not 1 <= len(items) <= MOST_ITEMS:
        raise ServiceError(f"Name 1 to {MOST_ITEMS} items, got {len(items)}.")
    if len(text) > LONGEST:
        raise ServiceError(f"The text is longer than {LONGEST:,} characters.")
    model = serving.live(storefront).interest()
    if model is None:
        raise NotLive("No interest model is live here; fine-tune one and activate it.")
    past = past_of(storefront, person, text.strip(), language)
    if not past:
        raise ServiceError("There is nothing to read: send a text, or a person who did something and allows its use.")
    return [float(chance) for chance in model.score(past, selectors.item_texts(vertical, items))]
