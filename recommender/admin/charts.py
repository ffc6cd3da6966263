"""Charts drawn on the server: a title, axes with units, the same as a table, and a file of it. They need no script."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 320, 120  # of the space between the axes of lines
BAR, ROW = 220, 34  # of bars: the longest, and a row's height
LONGEST_LABEL = 22  # of a line, as `width_of` counts


@dataclass(frozen=True)
class Chart:
    """`rows`: (name, number or None, cells of the table besides the name). `columns`: heads of the table.

    `kind`: "bars", one a row, or "line", with rows in the order of time.
    """

    slug: str
    title: str
    axis: str  # what the numbers are, with their unit
    across: str  # what the rows are
    columns: Sequence[str]
    rows: Sequence[tuple[str, float | None, Sequence[Any]]]
    kind: str = "bars"
    percent: bool = False
    note: str = ""
    nothing: str = ""  # what to say where there is nothing to draw

    @property
    def plain_rows(self) -> list[list[Any]]:
        return [[name, *cells] for name, _number, cells in self.rows]

    @property
    def empty(self) -> bool:
        return not any(number is not None for _name, number, _cells in self.rows)

    @property
    def ticks(self) -> list[dict[str, Any]]:
        """Three marks of the axis: nothing, half, all."""
        return [
            {"at": round(share * BAR, 1), "y": round((1 - share) * HEIGHT, 1), "text": self.words(share * self.top)}
            for share in (0.0, 0.5, 1.0)
        ]

    @property
    def top(self) -> float:
        """The end of the axis: the first round number that nothing goes past."""
        most = max((number for _name, number, _cells in self.rows if number is not None), default=0.0)
        if most <= 0:
            return 1.0
        step = 10.0 ** math.floor(math.log10(most))
        return next(step * times for times in (1, 2, 2.5, 5, 10) if step * times >= most * (1 - 1e-12))

    @property
    def bars(self) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "label": label_lines(name),
                "y": row * ROW,
                "length": 0 if number is None else max(1.0, round(number / self.top * BAR, 1)) if number > 0 else 0,
                "text": "–" if number is None else self.words(number),
            }
            for row, (name, number, _cells) in enumerate(self.rows)
        ]

    @property
    def height(self) -> int:
        return len(self.rows) * ROW

    @property
    def points(self) -> list[tuple[float, float]]:
        last = max(1, len(self.rows) - 1)
        return [
            (round(at / last * WIDTH, 1), round((1 - number / self.top) * HEIGHT, 1))
            for at, (_name, number, _cells) in enumerate(self.rows)
            if number is not None
        ]

    @property
    def lines(self) -> list[str]:
        """One for every stretch of rows that have a number: nothing is drawn across a gap."""
        last, found = max(1, len(self.rows) - 1), [[]]
        for at, (_name, number, _cells) in enumerate(self.rows):
            if number is None:
                found.append([])
            else:
                found[-1].append(f"{round(at / last * WIDTH, 1)},{round((1 - number / self.top) * HEIGHT, 1)}")
        return [" ".join(stretch) for stretch in found if len(stretch) > 1]

    @property
    def ends(self) -> tuple[str, str]:
        return (self.rows[0][0], self.rows[-1][0]) if self.rows else ("", "")

    @property
    def summary(self) -> str:
        """For whoever does not see it."""
        said = "; ".join(f"{bar['name']}: {bar['text']}" for bar in self.bars[:12])
        return f"{self.title}. {self.axis}. {said}"

    def words(self, number: float) -> str:
        if self.percent:
            return share_words(number)
        return f"{number:,.0f}" if number >= 10 or number == int(number) else f"{number:,.2g}"


def label_lines(name: str) -> list[str]:
    """A name as one line beside a bar, or as two, the second cut where there is no more room."""
    if width_of(name) <= LONGEST_LABEL:
        return [name]
    first = ""
    for part in re.findall(r"\S+\s*", name):
        if width_of((first + part).rstrip()) > LONGEST_LABEL:
            break
        first += part
    first = first or _begun(name)
    return [first.rstrip(), shortened(name[len(first) :])]


def shortened(name: str) -> str:
    """As much of a name as there is room for in a line."""
    return name if width_of(name) <= LONGEST_LABEL else f"{_begun(name).rstrip()}…"


def _begun(name: str) -> str:
    width, kept = 0, 0
    for letter in name:
        width += width_of(letter)
        kept += width < LONGEST_LABEL
    return name[:kept]


def width_of(text: str) -> int:
    """In the width of Latin letters; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def share_words(share: float | None) -> str:
    """`.0512` → "5.12%"; one digit less from ten on."""
    if share is None:
        return "–"
    return f"{share:.1%}" if abs(share) >= 0.1 else f"{share:.2%}" if share else "0%"
