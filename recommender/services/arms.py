"""Which arm of an experiment serves a person, and what of a list that changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from behaviour.models import Person
from catalog.models import Storefront

from .. import selectors, serving
from ..data import Query
from ..selectors.experiments import ArmView
from .answers import ServiceError
from .opinions import Fallback, Opinion, opinion_of

#: What an arm may change besides the artifact: name → (least, most, whole numbers only).
OPTIONS: dict[str, tuple[float, float, bool]] = {
    "fresh": (0, 5, True),  # places kept for items that the model has not seen
    "alike": (0.1, 1.0, False),  # of a list may share one diversity key
    "popular": (0, 1, True),  # 1: what is popular in place of what the model thinks
}


def options_checked(options: Mapping[str, Any]) -> dict[str, float]:
    """Raises ServiceError for an option that there is not, or a value that it cannot have."""
    checked = {}
    for name, value in options.items():
        if name not in OPTIONS:
            raise ServiceError(f"No serving option named {name!r}; there are: {', '.join(OPTIONS)}.")
        least, most, whole = OPTIONS[name]
        number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
        if number is None or not least <= number <= most or (whole and number != int(number)):
            kind = "a whole number" if whole else "a number"
            raise ServiceError(f"The option {name!r} is {kind} from {least:g} to {most:g}, not {value!r}.")
        checked[name] = int(number) if whole else float(number)
    return checked


def arm_for(
    live: serving.LiveStorefront, storefront: Storefront, person: Person | None, placement: str
) -> ArmView | None:
    """The person's arm on the placement: sticky, by a hash of the experiment's salt and the person's key.

    None where no experiment runs, for whom its ramp leaves out, for visitors who are nobody yet, and for whoever
    turned personalisation off: their lists are not ours to try things on.
    """
    running = live.experiment(placement)
    if running is None or person is None or not selectors.personalised(storefront, person):
        return None
    return running.arm_of(str(person.subject_key))


def opinion_with(
    live: serving.LiveStorefront, query: Query, placement: str, arm: ArmView | None, known: Opinion | None = None
) -> tuple[Opinion, list[str]]:
    """What the arm's model thinks, and what should have had a part in it and could not.

    `known`: the live model's opinion, where it was asked already.
    """
    if arm is None or (arm.artifact is None and not arm.options.get("popular")):
        return known or opinion_of(live, query, placement), []
    if arm.options.get("popular"):
        return Opinion(None, None, None, "popular", ""), []
    opinion = opinion_of(live, query, placement, arm.artifact)
    if opinion.fallback == Fallback.MODEL_UNAVAILABLE:
        # An arm that cannot serve costs nobody their list: the live model answers, and the list says so.
        return known or opinion_of(live, query, placement), ["experiment"]
    return opinion, []


def option(arm: ArmView | None, name: str, otherwise: float) -> float:
    return arm.options.get(name, otherwise) if arm is not None else otherwise
