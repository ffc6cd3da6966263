"""What was understood of a wish, part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from catalog.schema import Schema

LONGEST = 500  # characters of what is left to meaning; a long talk keeps its newest part
MOST_CHIPS = 20


@dataclass(frozen=True)
class Chip:
    """One understood part. `strict` ones must hold, others are only preferred; `text` is the span it came from.

    `value` is in the unit in which the field is stored (money in minor units, dates as ISO text): a number or text
    for lte, gte, eq and about, a pair for between, a list for in. `about` compares meaning with a text.
    """

    field: str
    op: str
    value: Any
    negated: bool = False
    strict: bool = True
    text: str = ""
    vague: bool = False  # the number was ours ("not too long"), not theirs

    def record(self) -> dict[str, Any]:
        """As it goes into JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Wish:
    """What was understood. `meaning` is for the encoder, `words` for search by words.

    `loose`: phrases that nothing here is called; their nearest labels may stand in. `unmatched`: what was clear but
    cannot be asked of this catalogue, such as a length where no item says how long it is.
    """

    chips: tuple[Chip, ...] = ()
    meaning: str = ""
    words: str = ""
    loose: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """As it goes into JSON, to be carried to the next sentence."""
        return {"chips": [chip.record() for chip in self.chips], "meaning": self.meaning, "words": self.words}


def described(chips: Sequence[Chip], schema: Schema) -> list[Chip]:
    """The chips of a description: there a label moves items up, and does not keep all others out.

    "Children's toys" are to be just that; "a gift for a child who sleeps badly" may be a lamp for any room. Numbers,
    refusals and what an item either has or has not ("with subtitles") stay demands.
    """
    demands = {one.name for one in schema if one.type == "boolean"}
    soft = [chip.op in ("eq", "in") and not chip.negated and chip.field not in demands for chip in chips]
    return [replace(chip, strict=False) if own else chip for chip, own in zip(chips, soft, strict=True)]


def answers(new: Chip, old: Chip) -> bool:
    """Whether `new` takes the place of `old`: the newer word on the same matter."""
    if new.field != old.field:
        return False
    if new.op in ("lte", "gte", "between"):
        return old.op in (new.op, "between") or new.op == "between" or _contradict(new, old)
    if new.op == "about":
        return old.op == "about" and new.value == old.value
    return values_of(new) & values_of(old) != frozenset()


def _contradict(new: Chip, old: Chip) -> bool:
    """At most 90 after at least 120 leaves nothing."""
    low, high = (new.value, old.value) if new.op == "gte" else (old.value, new.value)
    return old.op in ("lte", "gte") and low > high


def values_of(chip: Chip) -> frozenset[str]:
    return frozenset(chip.value) if chip.op == "in" else frozenset([str(chip.value)])
