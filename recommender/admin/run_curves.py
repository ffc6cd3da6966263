"""The curves of up to four runs in one box, a figure each, with the same as a table and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.text import slugify
from django.utils.translation import gettext as _

from ..models import TrainingRun
from .figures import AXES, HEIGHT, MEANINGS, WIDTH, shown

#: How lines are told apart without colour.
DASHES = ("", "6 3", "2 3", "10 3 2 3")
SHARES = range(0, 101, 10)  # per cent of a run: rows of the table

#: (share of the run in 0..1, the figure), in this order.
Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Line:
    """One run in the box. `points`: "x,y x,y …", y downwards; the last is marked."""

    name: str
    dash: str
    points: str
    x: float
    y: float
    last: str


@dataclass(frozen=True)
class Shared:
    """One figure of all runs that have it. `rows`: a share of the run and what each of `names` had reached by then."""

    slug: str
    name: str
    meaning: str
    lines: list[Line]
    high: str
    low: str
    names: list[str]
    rows: list[tuple[str, list[str]]]
    plain_rows: list[list[str | float]]
    differs: bool

    @property
    def columns(self) -> list[str]:
        """Heads of the file, which has every point that was kept."""
        return [_("Run"), _("Progress"), self.name]

    @property
    def summary(self) -> str:
        """For whoever does not see it."""
        return f"{self.name}. " + "; ".join(f"{line.name}: {line.last}" for line in self.lines)


def curves_of(runs: Sequence[TrainingRun], names: Sequence[str]) -> list[Shared]:
    """A figure for each name that any run has at least two points of, in the order in which runs have them."""
    figures = list(dict.fromkeys(key for run in runs for point in run.curves for key in point if key not in AXES))
    found: list[Shared] = []
    for figure in figures:
        own = [[(p["progress"], p[figure]) for p in run.curves if figure in p] for run in runs]
        if any(len(points) > 1 for points in own):
            found.append(_shared(figure, own, names, {one.slug for one in found}))
    return found


def _shared(figure: str, own: list[Points], names: Sequence[str], taken: set[str]) -> Shared:
    values = [y for points in own for _x, y in points]
    low, high = min(values), max(values)
    slug = slugify(figure) or "curve"
    return Shared(
        slug=slug if slug not in taken else f"{slug}-{len(taken)}",
        name=figure,
        meaning=str(MEANINGS.get(figure, "")),
        lines=[
            _line(name, DASHES[place], points, low, high)
            for place, (name, points) in enumerate(zip(names, own, strict=True))
            if points
        ],
        high=shown(high),
        low=shown(low),
        names=list(names),
        rows=[(f"{share}%", [_reached(points, share / 100) for points in own]) for share in SHARES],
        plain_rows=[[name, x, y] for name, points in zip(names, own, strict=True) for x, y in points],
        differs=any(points != own[0] for points in own[1:]),
    )


def _line(name: str, dash: str, points: Points, low: float, high: float) -> Line:
    span = (high - low) or 1.0
    places = [(round(x * WIDTH, 1), round((high - y) / span * HEIGHT, 1)) for x, y in points]
    return Line(name, dash, " ".join(f"{x},{y}" for x, y in places), *places[-1], shown(points[-1][1]))


def _reached(points: Points, share: float) -> str:
    """What the figure was when so much of the run was done; a dash before it was first written down."""
    before = [y for x, y in points if x <= share + 1e-9]
    return shown(before[-1]) if before else "–"
