"""How healthy food is, by two standards.

FSA: the traffic lights of the United Kingdom's Food Standards Agency for fat, saturates, sugar and salt, 1 for green
to 3 for red each, summed: 4 (healthiest) to 12. WHO: how many of the World Health Organization's seven population
goals a dish meets: 0 to 7 (healthiest). Both as in MealRec+ (Li et al. 2024,
https://arxiv.org/abs/2404.05386).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

FSA_BEST, FSA_WORST = 4.0, 12.0
WHO_BEST = 7.0
RED_FSA = 10.0  # from here up more lights are red than green
FOOD_FORMS = ("recipe",)


def is_food(attributes: Mapping[str, Any]) -> bool:
    """Recipes, and whatever carries a score."""
    return attributes.get("form") in FOOD_FORMS or "fsa_score" in attributes or "who_score" in attributes


def score_in(attributes: Mapping[str, Any], name: str) -> float | None:
    """A score, or None where there is none that can be read."""
    value = attributes.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def unhealthiness(attributes: Mapping[str, Any]) -> float | None:
    """From 0 (as healthy as either standard knows) to 1; None for what is no food or has no score."""
    fsa, who = score_in(attributes, "fsa_score"), score_in(attributes, "who_score")
    parts = []
    if fsa is not None:
        parts.append((fsa - FSA_BEST) / (FSA_WORST - FSA_BEST))
    if who is not None:
        parts.append(1.0 - who / WHO_BEST)
    return min(1.0, max(0.0, sum(parts) / len(parts))) if parts else None
