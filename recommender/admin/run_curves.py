"""The curves of one run, a box each, and those of up to four in one box; with the same as a table and as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import TrainingRun
from .figure_words import measure_name
from .figures import shown

#: Names of figures that say less than they could.
MEANINGS = {
    "ndcg": gettext_lazy("NDCG on validation of each setting as it is tried; more is better"),
    "loss": gettext_lazy("what is made smaller; only its fall matters"),
    "held_out": gettext_lazy("the same on texts that are not learned from"),
    "perplexity": gettext_lazy("between how many words it wavers; less is better"),
    "ndcg@10": gettext_lazy("the next item's place in the first 10; more is better"),
    "auc": gettext_lazy("how often a chosen item scores above another; more is better"),
    "log_loss": gettext_lazy("how wrong the stated chances are; less is better"),
    "cosine": gettext_lazy("how alike the teacher's vectors are; 1 is the same"),
    "least_cosine": gettext_lazy("the same for the worst text"),
}

WIDTH, HEIGHT = 320, 120
ROWS = 12  # of the table beside the curves, evenly chosen
AXES = ("progress", "step", "epoch")
#: How lines are told apart without colour.
DASHES = ("", "6 3", "2 3", "10 3 2 3")
SHARES = range(0, 101, 10)  # per cent of a run: rows of the table

#: (share of the run in 0..1, the figure), in this order.
Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Curve:
    """One figure over the run, as a line in a box of WIDTH × HEIGHT."""

    name: str
    meaning: str
    line: str  # "x,y x,y …", y downwards
    x: str  # of its last point
    y: str
    high: str
    low: str
    summary: str


@dataclass(frozen=True)
class Drawn:
    """The curves of a run, and the same in numbers."""

    curves: list[Curve]
    names: list[str]
    rows: list[tuple[str, list[str]]]


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
    def cells(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """`rows`, each figure with the name of its run: a narrow screen shows them one below the other."""
        return [(at, list(zip(self.names, values, strict=True))) for at, values in self.rows]

    @property
    def columns(self) -> list[str]:
        """Heads of the file, which has every point that was kept."""
        return [_("Run"), _("Progress"), self.name]

    @property
    def summary(self) -> str:
        """For whoever does not see it."""
        return f"{self.name}. " + "; ".join(f"{line.name}: {line.last}" for line in self.lines)


def drawn(points: Sequence[Mapping[str, float]]) -> Drawn:
    """The curves of figures over a run's progress; each entry of `points` may lack some."""
    names = list(dict.fromkeys(name for point in points for name in point if name not in AXES))
    curves = [_curve(name, [(p["progress"], p[name]) for p in points if name in p]) for name in names]
    step = max(1, len(points) // ROWS)
    chosen = [*points[:-1][::step], points[-1]] if points else []
    rows = [
        (f"{point['progress']:.0%}", [shown(point[name]) if name in point else "–" for name in names])
        for point in chosen
    ]
    return Drawn([curve for curve in curves if curve is not None], [measure_name(name) for name in names], rows)


def curve_table(points: Sequence[Mapping[str, float]]) -> tuple[list[str], list[list[float | str]]]:
    """Every point of every curve, as columns and rows of a file; nothing where a point lacks a figure."""
    names = list(dict.fromkeys(name for point in points for name in point))
    return names, [[point.get(name, "") for name in names] for point in points]


def _curve(name: str, values: Points) -> Curve | None:
    """None where there is nothing to draw a line between."""
    if len(values) < 2:
        return None
    low, high = min(y for _x, y in values), max(y for _x, y in values)
    line, (x, y) = _placed(values, low, high)
    said = {"name": measure_name(name), "first": shown(values[0][1]), "last": shown(values[-1][1])}
    return Curve(
        name=measure_name(name),
        meaning=str(MEANINGS.get(name, "")),
        line=line,
        x=str(x),
        y=str(y),
        high=shown(high),
        low=shown(low),
        summary=_("%(name)s went from %(first)s to %(last)s.") % said,
    )


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
        name=measure_name(figure),
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
    line, (x, y) = _placed(points, low, high)
    return Line(name, dash, line, x, y, shown(points[-1][1]))


def _placed(points: Points, low: float, high: float) -> tuple[str, tuple[float, float]]:
    """The line in a box whose lower edge is `low` and whose upper is `high`, and where it ends."""
    span = (high - low) or 1.0
    places = [(round(x * WIDTH, 1), round((high - y) / span * HEIGHT, 1)) for x, y in points]
    return " ".join(f"{x},{y}" for x, y in places), places[-1]


def _reached(points: Points, share: float) -> str:
    """What the figure was when so much of the run was done; a dash before it was first written down."""
    before = [y for x, y in points if x <= share + 1e-9]
    return shown(before[-1]) if before else "–"
