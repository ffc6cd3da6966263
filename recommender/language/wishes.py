"""Understanding a wish: "something funny, not too long, but not horror" becomes conditions and what is left to meaning.

Nothing is generated and no model is asked: words that compare, refuse or name a label of the catalogue become chips,
which people see and can take back; everything else stays text, for the encoder and for the search by words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from catalog.schema import Words, say

from .text import clean
from .wishes_chips import LONGEST, MOST_CHIPS, Chip, Wish, answers, values_of
from .wishes_reading import read
from .wishes_vocabulary import Vocabulary, label_fields

OPERATORS = ("lte", "gte", "between", "eq", "in", "about")
MOST_SAID = 4  # values of one label

_LABELS: Mapping[str, Words] = {
    "lte": {"en": "at most {value}", "zh-hans": "不超过{value}"},
    "gte": {"en": "at least {value}", "zh-hans": "至少{value}"},
    "between": {"en": "{low} to {high}", "zh-hans": "{low}至{high}"},
    "lte date": {"en": "up to {value}", "zh-hans": "{value}及以前"},
    "gte date": {"en": "from {value} on", "zh-hans": "{value}及以后"},
    "not": {"en": "not {value}", "zh-hans": "不要{value}"},
}
_UNITS: Mapping[str, Words] = {
    "duration": {"en": "{value} minutes", "zh-hans": "{value}分钟"},
    "calories": {"en": "{value} kcal", "zh-hans": "{value}千卡"},
    "weight": {"en": "{value} g", "zh-hans": "{value}克"},
    "pages": {"en": "{value} pages", "zh-hans": "{value}页"},
    "episodes": {"en": "{value} episodes", "zh-hans": "{value}集"},
    "servings": {"en": "{value} servings", "zh-hans": "{value}人份"},
    "year": {"en": "{value}", "zh-hans": "{value}年"},
}
_OR: Words = {"en": " or ", "zh-hans": "或"}


def understand(
    text: str,
    vocabulary: Vocabulary,
    *,
    before: Wish | None = None,
    reference: Mapping[str, float] | None = None,
    now: float = 0.0,
) -> Wish:
    """What `text` asks for, on top of what was understood `before`.

    `reference`: field → the middle value of what was shown last; "shorter" means shorter than that.
    """
    found = read(clean(text), vocabulary, before=before, reference=reference or {}, now=now)
    return found if before is None else merged(before, found)


def merged(before: Wish, after: Wish) -> Wish:
    """A follow-up: the newer word on a matter counts, everything else stands."""
    kept = [chip for chip in before.chips if not any(answers(new, chip) for new in after.chips)]
    words = [*before.words.split(), *(word for word in after.words.split() if word not in before.words.split())]
    # What is refused now was wished for before: it must not go on pulling by its words.
    refused = {chip.text.casefold() for chip in after.chips if chip.negated}
    return replace(
        after,
        chips=(*kept, *after.chips)[-MOST_CHIPS:],
        meaning=_joined(before.meaning, after.meaning),
        words=" ".join(word for word in words if word.casefold() not in refused)[-LONGEST:],
    )


def _joined(before: str, after: str) -> str:
    if not before or not after or after.casefold() in before.casefold():
        return before or after
    return f"{before}, {after}"[-LONGEST:]


def wish_from(record: Mapping[str, Any]) -> Wish:
    """What `Wish.record` gave. Raises ValueError where it is something else."""
    try:
        chips = tuple(Chip(**chip) for chip in record["chips"])
        return Wish(chips, str(record["meaning"]), str(record["words"]))
    except (TypeError, KeyError) as error:
        raise ValueError(f"This is no wish that was understood here: {error}") from None


def chip_from(record: Mapping[str, Any], vocabulary: Vocabulary) -> Chip:
    """A chip that a client sent back. Raises ValueError that says what is wrong with it."""
    name, op, value = record.get("field"), record.get("op"), record.get("value")
    number = vocabulary.number_of(str(name))
    if op not in OPERATORS:
        raise ValueError(f"op must be one of {', '.join(OPERATORS)}; got {op!r:.60}.")
    if op == "about":
        if name != "meaning" or not _is_text(value):
            raise ValueError('"about" compares the field "meaning" with a text.')
    elif op in ("lte", "gte", "between"):
        if number is None:
            known = ", ".join(sorted({one.field for one in vocabulary.numbers.values()})) or "none"
            raise ValueError(f"{name!r:.60} is no number here. There are: {known}.")
        ends = value if op == "between" else [value]
        if not isinstance(ends, (list, tuple)) or len(ends) != (2 if op == "between" else 1):
            raise ValueError("between needs a pair of values, the lower one first.")
        for end in ends:
            _comparable(end, number.kind)
        if op == "between":
            value = tuple(value)
    else:
        if name not in label_fields(vocabulary.schema):
            raise ValueError(f"{name!r:.60} is no label here. There are: {_known(vocabulary)}.")
        if op == "in" and not (
            isinstance(value, (list, tuple)) and 0 < len(value) <= 100 and all(map(_is_text, value))
        ):
            raise ValueError("in needs a list of 1 to 100 texts.")
        if op == "eq" and not _is_text(value):
            raise ValueError("eq needs a text.")
        value = tuple(value) if op == "in" else value
    flags = {key: record.get(key, default) for key, default in (("negated", False), ("strict", True), ("vague", False))}
    if not all(isinstance(flag, bool) for flag in flags.values()):
        raise ValueError("negated, strict and vague are true or false.")
    return Chip(str(name), op, value, **flags, text=str(record.get("text", ""))[:LONGEST])


def _known(vocabulary: Vocabulary) -> str:
    return ", ".join(label_fields(vocabulary.schema))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST


def _comparable(value: Any, kind: str) -> None:
    if kind == "date":
        try:
            date.fromisoformat(value)
        except (TypeError, ValueError):
            raise ValueError(f"Expected a date such as 2026-03-31, got {value!r:.60}.") from None
    elif isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"Expected a number, got {value!r:.60}.")


def label(chip: Chip, vocabulary: Vocabulary, language: str, money: Callable[[int, str], str]) -> str:
    """The chip in words. `money(minor units, currency)` writes amounts as the site does."""
    number = vocabulary.number_of(chip.field)
    if chip.op not in ("lte", "gte", "between"):
        values = [_value_said(chip.field, value, vocabulary, language) for value in _sequence(chip)]
        more = "…" if len(values) > MOST_SAID else ""
        words = say(_OR, language).join(values[:MOST_SAID]) + more
    else:
        dated = number is not None and (number.kind == "date" or number.quantity == "year")

        def said(value: Any) -> str:
            if number is None or number.kind == "date":
                return str(value)
            if number.kind == "money":
                return money(round(value), vocabulary.currency)
            shown = f"{value * number.factor:.10g}"
            if number.quantity in _UNITS:
                return say(_UNITS[number.quantity], language).format(value=shown)
            return f"{_field_said(chip.field, vocabulary, language)} {shown}"

        if chip.op == "between":
            low, high = chip.value
            if low == high:
                words = said(low)
            elif number is not None and number.quantity in _UNITS and number.kind == "number":
                shown = "–".join(f"{end * number.factor:.10g}" for end in (low, high))
                words = say(_UNITS[number.quantity], language).format(value=shown)
            else:
                words = say(_LABELS["between"], language).format(low=said(low), high=said(high))
        else:
            words = say(_LABELS[chip.op + (" date" if dated else "")], language).format(value=said(chip.value))
    return say(_LABELS["not"], language).format(value=words) if chip.negated else words


def _sequence(chip: Chip) -> Sequence[Any]:
    return chip.value if chip.op == "in" else (chip.value,)


def _value_said(name: str, value: str, vocabulary: Vocabulary, language: str) -> str:
    one = next((one for one in vocabulary.schema if one.name == name), None)
    if one is not None and one.type == "boolean":
        return _field_said(name, vocabulary, language)
    return one.choice_label(value, language) if one is not None and one.type == "choice" else value


def _field_said(name: str, vocabulary: Vocabulary, language: str) -> str:
    one = next((one for one in vocabulary.schema if one.name == name), None)
    return say(one.label, language) if one is not None and one.label else name.replace("_", " ")


def fits(chip: Chip, numbers: Callable[[str], np.ndarray], labels: Callable[[str], Sequence]) -> np.ndarray:
    """(n,) bool: the items that the chip is true of; an item without a value fits no bound, and every refusal.

    `about` is for the encoder to judge and holds for all.
    """
    if chip.op == "about":
        return np.ones(len(numbers("price")), dtype=bool)
    if chip.op in ("lte", "gte", "between"):
        column = numbers(chip.field)
        low, high = chip.value if chip.op == "between" else (chip.value, chip.value)
        low = _stored(low) if chip.op != "lte" else -np.inf
        high = _stored(high, end=True) if chip.op != "gte" else np.inf
        inside = (column >= low) & (column <= high)  # nan compares false
        return ~inside & np.isfinite(column) if chip.negated else inside
    wanted = values_of(chip)
    column = labels(chip.field)
    found = np.fromiter((not wanted.isdisjoint(own) for own in column), dtype=bool, count=len(column))
    return ~found if chip.negated else found


def _stored(value: Any, end: bool = False) -> float:
    """A bound as columns hold it; a date up to which something holds counts to its last second."""
    if not isinstance(value, str):
        return float(value)
    day = datetime.combine(date.fromisoformat(value), datetime.min.time(), tzinfo=UTC).timestamp()
    return day + 86_399 if end else day


def relax(
    chips: Sequence[Chip], masks: Sequence[np.ndarray], enough: Callable[[np.ndarray], int], least: int
) -> tuple[list[int], list[int]]:
    """Which strict chips to keep and which to let go, by place, so that at least `least` items are left.

    `masks[i]` (n,) bool belongs to chips[i]; `enough(mask)` counts what may be shown of it. Let go in this order:
    bounds that we chose ("not too long"), labels other than categories, bounds that were said, categories; within
    each, the chip that keeps out most. What was refused stays refused.
    """
    kept = [place for place, chip in enumerate(chips) if chip.strict]
    gone: list[int] = []

    def holds(places: Sequence[int]) -> bool:
        return not places or enough(np.logical_and.reduce([masks[place] for place in places])) >= least

    while not holds(kept):
        yielding = [place for place in kept if not chips[place].negated]
        if not yielding:
            break
        first = min(yielding, key=lambda place: (_holds(chips[place]), int(masks[place].sum())))
        kept.remove(first)
        gone.append(first)
    # Whatever gave way before the one that was in the way need not have.
    for place in reversed(gone[:-1]):
        if holds([*kept, place]):
            kept.append(place)
            gone.remove(place)
    return sorted(kept), gone


def _holds(chip: Chip) -> int:
    if chip.op in ("lte", "gte", "between"):
        return 0 if chip.vague else 2
    return 3 if chip.field == "category" else 1
