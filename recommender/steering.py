"""What operators ask of lists: never show these, more of those, this one on top. Plain arrays, no framework.

Not to be confused with the rules in a vertical's code (`contracts.Rule`): those say what may be shown at all, and
nothing in here can bring back what they refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

Kind = Literal["filter", "boost", "bury", "pin", "cap", "quota"]

#: What a list owes to a rule, as its source.
SOURCE = "rule"

#: Rows that fit a mask and may be shown, best first, at most so many, without some.
Find = Callable[[np.ndarray, int, Sequence[int]], list[int]]


@dataclass(frozen=True)
class Directive:
    """One rule over the rows of a catalogue. `mask` is None where its condition cannot be read any more.

    `amount`: of a boost or bury, in standard deviations of the scores; of a pin, cap or quota, a number of items.
    `position`: of a pin, from 1.
    """

    key: int
    name: str
    kind: Kind
    mask: np.ndarray | None
    amount: float = 1.0
    position: int = 1

    @property
    def number(self) -> int:
        return max(0, round(self.amount))


@dataclass(frozen=True)
class Steering:
    """The rules that hold for one list, the weightiest first."""

    directives: tuple[Directive, ...]

    def __bool__(self) -> bool:
        return bool(self.directives)

    def of(self, *kinds: Kind) -> list[Directive]:
        """Those of some kinds that can be followed."""
        return [one for one in self.directives if one.kind in kinds and one.mask is not None]

    @cached_property
    def arranges(self) -> bool:
        return bool(self.of("pin", "cap", "quota"))

    def permitted(self, size: int) -> np.ndarray:
        """(size,) bool: what no filter hides. One that cannot be read hides everything: it was there for a reason."""
        allowed = np.ones(size, dtype=bool)
        for one in self.directives:
            if one.kind == "filter":
                if one.mask is None or len(one.mask) != size:
                    return np.zeros(size, dtype=bool)
                allowed &= ~one.mask
        return allowed

    def steered(self, scores: np.ndarray) -> np.ndarray:
        """(n,) scores with hidden items at -inf, boosts added and buries taken off."""
        scores = np.where(self.permitted(len(scores)), scores, -np.inf).astype(np.float32)
        pushes = [one for one in self.of("boost", "bury") if len(one.mask) == len(scores)]
        if not pushes:
            return scores
        finite = scores[np.isfinite(scores)]
        unit = float(finite.std()) if len(finite) else 0.0
        unit = unit or 1.0  # equal scores: any push parts them
        for one in pushes:
            scores[one.mask] += unit * one.amount * (1 if one.kind == "boost" else -1)
        return scores

    def arranged(self, rows: Sequence[int], shown: int, find: Find) -> tuple[list[int], set[int]]:
        """`rows` with pins in their places and caps and quotas kept within the first `shown`; and what rules brought.

        A pin counts towards caps and quotas and gives way to none; of two pins on one place the weightier has it and
        the other stands behind it. A quota never goes beyond a cap. The list keeps its length where it can.
        """
        pinned = self._pinned(rows, find)
        brought = set(pinned.values())
        rest = [row for row in rows if row not in brought]
        rest = self._capped(rest, pinned, len(rows), shown, find)
        rest, added = self._with_quotas(rest, pinned, shown, find)
        listed: list[int] = []
        for place in range(max(len(rest) + len(pinned), len(rows))):
            if place in pinned:
                listed.append(pinned[place])
            elif rest:
                listed.append(rest.pop(0))
        # Pins beyond the end of a short list close up behind it.
        listed += [row for place, row in sorted(pinned.items()) if row not in listed]
        return listed[: max(len(rows), len(pinned))], brought | added

    def _pinned(self, rows: Sequence[int], find: Find) -> dict[int, int]:
        """Place from 0 → row."""
        taken: dict[int, int] = {}
        for one in self.of("pin"):
            place = one.position - 1
            for row in find(one.mask, one.number, list(taken.values())):
                while place in taken:
                    place += 1
                taken[place] = row
        return taken

    def _capped(self, rest: list[int], pinned: dict[int, int], size: int, shown: int, find: Find) -> list[int]:
        caps = self.of("cap")
        if not caps:
            return rest
        counts = [sum(bool(one.mask[row]) for row in pinned.values()) for one in caps]

        def fits(row: int) -> bool:
            if any(one.mask[row] and counts[at] >= one.number for at, one in enumerate(caps)):
                return False
            for at, one in enumerate(caps):
                counts[at] += bool(one.mask[row])
            return True

        kept = [row for row in rest if fits(row)]
        missing = size - len(pinned) - len(kept)
        if missing > 0:
            full = [one.mask for at, one in enumerate(caps) if counts[at] >= one.number]
            open_rows = ~np.logical_or.reduce(full) if full else np.ones(len(caps[0].mask), dtype=bool)
            kept += [row for row in find(open_rows, missing, [*rest, *pinned.values()]) if fits(row)]
        return kept

    def _with_quotas(
        self, rest: list[int], pinned: dict[int, int], shown: int, find: Find
    ) -> tuple[list[int], set[int]]:
        added: set[int] = set()
        held: list[Directive] = []  # quotas that are filled already, or being filled
        window = max(0, shown - sum(place < shown for place in pinned))
        for one in self.of("quota"):
            held.append(one)
            inside = [row for row in pinned.values() if one.mask[row]] + [row for row in rest[:window] if one.mask[row]]
            missing = one.number - len(inside)
            if missing <= 0:
                continue
            later = [row for row in rest[window:] if one.mask[row]][:missing]
            new = find(one.mask, missing - len(later), [*rest, *pinned.values()]) if missing > len(later) else []
            for row in [*later, *new]:
                room = self._spare_place(rest[:window], held, [*rest[:window], *pinned.values()], row)
                if room is None:
                    break
                if row in rest:
                    rest.remove(row)
                rest.insert(window, rest.pop(room))
                rest.insert(window - 1, row)
                added.add(row)
        return rest, added

    def _spare_place(self, window: list[int], held: list[Directive], here: list[int], coming: int) -> int | None:
        """The last place whose row no quota counts on and without which no cap is broken by the row that comes."""
        full = [
            one.mask
            for one in self.of("cap")
            if one.mask[coming] and sum(bool(one.mask[row]) for row in here) >= one.number
        ]
        for place in range(len(window) - 1, -1, -1):
            row = window[place]
            if not any(one.mask[row] for one in held) and all(mask[row] for mask in full):
                return place
        return None
