"""Operators' rules, read once and lined up with the catalogue's rows until either changes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.expressions import ExpressionError, parse
from catalog.schema import schema_for

from ..models import OperatorRule
from ..steering import Directive, Steering
from .catalogue import Catalogue

logger = logging.getLogger(__name__)

#: Lists of what somebody looks for. Only filters, and rules that name one of these, shape them.
LOOKED_FOR = frozenset({"search", "popular", "new", "category"})


@dataclass(frozen=True)
class Compiled:
    """A rule with its mask over the catalogue, and what decides whether it holds for a list."""

    directive: Directive
    placements: frozenset[str]
    segment: str
    starts: float
    ends: float
    priority: int = 0

    def holds(
        self, placement: str, segments: frozenset[str] | None, now: float, known: frozenset[str] | None = None
    ) -> bool:
        """`segments`: those that the person is in, or None where that is not known.

        `known`: the segments that anybody can be in, None where all are. A filter that might hold for somebody
        does: what it was to keep out stays out, also when its segment is gone or can no longer be read.
        """
        is_filter = self.directive.kind == OperatorRule.Kind.FILTER
        if not self.starts <= now < self.ends:
            return False
        if self.placements:
            if placement not in self.placements:
                return False
        elif placement in LOOKED_FOR and not is_filter:
            return False
        if not self.segment:
            return True
        if segments is None or (known is not None and self.segment not in known):
            return is_filter
        return self.segment in segments


def compiled(rule: OperatorRule, catalogue: Catalogue, vertical: str) -> Compiled:
    """One that cannot be read any more, for an attribute is gone, has no mask."""
    mask = None
    try:
        mask = catalogue.fitting(parse(rule.condition, schema_for(vertical)))
    except (ExpressionError, LookupError):
        logger.warning("The condition of rule %s cannot be read.", rule.pk)
    return Compiled(
        Directive(rule.pk or 0, rule.name, rule.kind, mask, rule.amount, rule.position),
        frozenset(rule.placements),
        rule.segment,
        rule.starts_at.timestamp() if rule.starts_at else float("-inf"),
        rule.ends_at.timestamp() if rule.ends_at else float("inf"),
        rule.priority,
    )


def steering_of(
    rules: Sequence[Compiled],
    placement: str,
    segments: frozenset[str] | None,
    now: float,
    known: frozenset[str] | None = None,
) -> Steering:
    """What holds for one list. `rules` come with the weightiest first."""
    return Steering(tuple(rule.directive for rule in rules if rule.holds(placement, segments, now, known)))


def stamps_of(rules: Iterable[OperatorRule]) -> tuple:
    """Changes when a rule does."""
    return tuple((rule.pk, rule.updated_at, rule.priority) for rule in rules)
