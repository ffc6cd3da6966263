"""What a caller demands and prefers of a list: a filter, and boosts, as conditions over the vertical's items."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from catalog.expressions import Expression, ExpressionError, parse
from catalog.models import Storefront
from catalog.schema import schema_for

from .. import pipeline
from ..serving.catalogue import Catalogue
from .answers import ServiceError

MOST_BOOSTS = 10
LEAST_FACTOR, MOST_FACTOR = 0.1, 10.0


class ConditionError(ServiceError):
    """A condition that cannot be. `place`: the names and positions that lead to it, ("boost", 0, "if") for instance."""

    def __init__(self, message: str, place: tuple[str | int, ...], code: str = "condition"):
        self.place = place
        self.code = code
        super().__init__(message)


@dataclass(frozen=True)
class Boost:
    """Items that fit `condition` get `by` times the height that they had; see `pipeline.boosted`."""

    condition: Expression
    by: float


@dataclass(frozen=True)
class Conditions:
    """`filter` only ever takes items away: what may not be shown, no condition brings in."""

    filter: Expression | None = None
    boosts: tuple[Boost, ...] = ()

    def narrowed(self, allowed: np.ndarray, catalogue: Catalogue) -> np.ndarray:
        """`allowed` (n,) bool without what the filter does not fit."""
        return allowed if self.filter is None else allowed & catalogue.fitting(self.filter)

    def boosted(self, scores: np.ndarray, allowed: np.ndarray, catalogue: Catalogue) -> np.ndarray:
        """`scores` (n,) with the boosts."""
        if not self.boosts:
            return scores
        masks = [(catalogue.fitting(boost.condition), boost.by) for boost in self.boosts]
        return pipeline.boosted(scores, masks, allowed)


NO_CONDITIONS = Conditions()


def conditions_read(storefront: Storefront, filter: str = "", boosts: Sequence[Mapping[str, Any]] = ()) -> Conditions:
    """From texts of strangers, {"if": condition, "by": factor} each boost. Raises ConditionError at the first fault."""
    if not filter and not boosts:
        return NO_CONDITIONS
    if len(boosts) > MOST_BOOSTS:
        raise ConditionError(f"At most {MOST_BOOSTS} boosts are taken, got {len(boosts)}.", ("boost",), "size")
    read = []
    for number, boost in enumerate(boosts):
        by = boost["by"]
        if not (math.isfinite(by) and LEAST_FACTOR <= by <= MOST_FACTOR):
            message = f"A factor lies between {LEAST_FACTOR:g} and {MOST_FACTOR:g}, got {by:g}."
            raise ConditionError(message, ("boost", number, "by"), "range")
        read.append(Boost(_condition(storefront, boost["if"], ("boost", number, "if")), float(by)))
    return Conditions(_condition(storefront, filter, ("filter",)) if filter else None, tuple(read))


def _condition(storefront: Storefront, text: str, place: tuple[str | int, ...]) -> Expression:
    try:
        return parse(text, schema_for(storefront.vertical))
    except ExpressionError as error:
        raise ConditionError(error.shown(text), place) from None
