"""What must not be recommended to whom. Every rule fails closed; these are the cases.

- An item declares nothing: it may be shown.
- It declares something, and the profile answers: shown where they do not meet, left out where they do.
- It declares that it does not suit a condition, and the profile does not answer (no consent, or not filled in):
  left out. Who tells nothing may have anything. An empty answer is an answer.
- It declares what it contains, and the profile does not answer: left out as soon as the profile answers anything
  else about the person. Who filled in a part of it relies on it, and does not read labels any more.
- The same where there is no profile at all: shown, with the contents on its page, unless it asks for a profile
  (`profile_required`). Half of all recipes hold milk or gluten, and nobody was promised to be spared them.
- It has an age limit: shown only where the age group is known and lies inside the limits. Who tells nothing is
  nobody's adult.
- Anything that cannot be read, in the item or in the profile, counts as a conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from catalog.schema import Words
from recommender.data import Items, Query

from .food import RED_FSA, is_food, score_in
from .terms import AGE_GROUPS, FOOD_CONDITIONS, FOOD_GOALS


@dataclass(frozen=True)
class NoConflict:
    """Nothing that the item declares may be among what the person answered."""

    slug: str
    declares: str  # attribute of the item, a list
    answers: str  # attribute of the person, a list
    name: Words = field(default_factory=dict)
    reason: Words = field(default_factory=dict)
    answer_needed: bool = False  # without an answer, what declares something is left out
    relied_on: tuple[str, ...] = ()  # the same for those who answered one of these attributes of the person

    def allows(self, items: Items, query: Query) -> np.ndarray:
        """(n,) bool."""
        answered = query.person.get(self.answers)
        known = None if answered is None else _texts(answered)
        unreadable = answered is not None and known is None
        needed = self.answer_needed or any(query.person.get(name) is not None for name in self.relied_on)

        def passes(attributes: Mapping[str, Any]) -> bool:
            declared = _texts(attributes.get(self.declares, ()))
            if declared is None or (unreadable and declared):
                return False
            if not declared:
                return True
            if known is None:
                return not needed and attributes.get("profile_required", False) is False
            return declared.isdisjoint(known)

        return _each(items, passes)


@dataclass(frozen=True)
class AgeLimit:
    """Only inside `minimum_age` and `maximum_age`, for everybody in the person's age group."""

    slug: str = "age_limit"
    name: Words = field(default_factory=lambda: {"en": "Only for the right age", "zh-hans": "适合年龄段"})
    reason: Words = field(
        default_factory=lambda: {
            "en": "This is for certain ages, and your profile does not say that yours is one of them.",
            "zh-hans": "该内容仅面向特定年龄，而你的档案未表明你处于该年龄段。",
        }
    )

    def allows(self, items: Items, query: Query) -> np.ndarray:
        """(n,) bool."""
        group = query.person.get("age_group")
        youngest, oldest = AGE_GROUPS.get(group, (None, None)) if isinstance(group, str) else (None, None)

        def passes(attributes: Mapping[str, Any]) -> bool:
            limits = attributes.get("minimum_age"), attributes.get("maximum_age")
            if limits == (None, None):
                return True
            if youngest is None or not all(limit is None or _is_number(limit) for limit in limits):
                return False
            return (limits[0] is None or youngest >= limits[0]) and (limits[1] is None or oldest <= limits[1])

        return _each(items, passes)


@dataclass(frozen=True)
class ProfileAnswered:
    """What asks for a profile is shown only to those who answered all that bears on safety."""

    slug: str = "profile_answered"
    name: Words = field(
        default_factory=lambda: {
            "en": "What asks for a profile, only with one",
            "zh-hans": "需要档案的内容，须先填写档案",
        }
    )
    reason: Words = field(
        default_factory=lambda: {
            "en": "This needs a health profile that tells age group, conditions and allergies.",
            "zh-hans": "该内容需要健康档案中已填写年龄段、健康状况和过敏。",
        }
    )

    def allows(self, items: Items, query: Query) -> np.ndarray:
        """(n,) bool."""
        answered = all(query.person.get(name) is not None for name in ("age_group", "conditions", "allergies"))
        return _each(items, lambda attributes: answered or attributes.get("profile_required", False) is False)


@dataclass(frozen=True)
class NoRedFood:
    """For those who want or need to eat healthily, no food of the worst band; nor food whose score is unknown."""

    slug: str = "no_red_food"
    name: Words = field(
        default_factory=lambda: {"en": "No unhealthy food for careful eaters", "zh-hans": "注意饮食者不见不健康食物"}
    )
    reason: Words = field(
        default_factory=lambda: {
            "en": "Your profile asks for healthy food, and this is high in fat, sugar or salt, or has no score.",
            "zh-hans": "你的档案表明需要健康饮食，而该食物的脂肪、糖或盐含量较高，或没有评分。",
        }
    )

    def allows(self, items: Items, query: Query) -> np.ndarray:
        """(n,) bool."""
        if not eats_carefully(query.person):
            return np.ones(len(items), dtype=bool)

        def passes(attributes: Mapping[str, Any]) -> bool:
            if not is_food(attributes):
                return True
            score = score_in(attributes, "fsa_score")
            return score is not None and score < RED_FSA

        return _each(items, passes)


def eats_carefully(person: Mapping[str, Any]) -> bool:
    """Whether goals or conditions ask for healthy food. A profile that cannot be read is read as a yes."""
    goals, conditions = _texts(person.get("goals") or ()), _texts(person.get("conditions") or ())
    if goals is None or conditions is None:
        return True
    return not (goals.isdisjoint(FOOD_GOALS) and conditions.isdisjoint(FOOD_CONDITIONS))


def _each(items: Items, passes: Callable[[Mapping[str, Any]], bool]) -> np.ndarray:
    if len(items.attributes) != len(items):
        return np.zeros(len(items), dtype=bool)
    return np.array([isinstance(row, Mapping) and passes(row) for row in items.attributes], dtype=bool)


def _texts(value: Any) -> frozenset[str] | None:
    """A list of texts as a set; None where it is none."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(entry, str) for entry in value):
        return None
    return frozenset(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


RULES = (
    NoConflict(
        "contraindications",
        declares="contraindications",
        answer_needed=True,
        answers="conditions",
        name={"en": "Nothing against a condition that you may have", "zh-hans": "不与你可能有的健康状况冲突"},
        reason={
            "en": "This does not suit a condition, and your profile does not rule that condition out.",
            "zh-hans": "该内容不适合某种健康状况，而你的档案未排除这种状况。",
        },
    ),
    NoConflict(
        "allergens",
        declares="allergens",
        answers="allergies",
        relied_on=("age_group", "conditions", "goals"),
        name={
            "en": "With a profile: nothing with an allergen that it does not rule out",
            "zh-hans": "填写档案后：不含档案未排除的过敏原",
        },
        reason={
            "en": "This contains an allergen, and your profile does not rule that allergy out.",
            "zh-hans": "该内容含有过敏原，而你的档案未排除这种过敏。",
        },
    ),
    AgeLimit(),
    ProfileAnswered(),
    NoRedFood(),
)
