"""The leaderboard: artifacts that answered the same questions, with how sure one can be."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from unfold.views import UnfoldModelAdminViewMixin

from catalog.admin.access import storefronts_of
from catalog.admin.filters import storefront_of_list

from ..evaluation import Difference
from ..services.leaderboard import Board, Standing, leaderboard
from .manifest import DASH
from .names import artifact_name, protocol_name
from .scope import called_by_title

#: Figures beside each other, and what their columns are called.
SHOWN = {"ndcg@10": "NDCG@10", "recall@10": "recall@10", "mrr@10": "MRR@10"}


class LeaderboardView(UnfoldModelAdminViewMixin, TemplateView):
    title = gettext_lazy("Leaderboard")
    template_name = "admin/recommender/leaderboard.html"
    permission_required = "recommender.view_artifact"
    raise_exception = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        request: HttpRequest = self.request
        storefront = storefront_of_list(request, "recommender.view_artifact")
        storefronts = storefronts_of(request, "recommender.view_artifact").only("slug", "name")
        board = leaderboard(storefront, request.GET.get("split", "")) if storefront else None
        context = super().get_context_data(
            **kwargs,
            storefront=storefront,
            tabs=[{"slug": one.slug, "name": one.name, "current": one == storefront} for one in storefronts],
            may_pin=storefront in storefronts_of(request, "recommender.add_deployment"),
            **(_shown(board) if board else {"board": None}),
        )
        return {**context, **called_by_title(self)}


def _shown(board: Board) -> dict[str, Any]:
    popularity = board.popularity.get("metrics", {})
    intervals = board.popularity.get("intervals", {})
    return {
        "board": board,
        "protocol": protocol_name(board.protocol),
        "split": board.split[:8],
        "questions": f"{board.questions:,}",
        "baseline": artifact_name(board.baseline) if board.baseline else "",
        "splits": [
            {"hash": name, "name": f"{protocol_name(protocol)} · {name[:8]} · {count}", "current": name == board.split}
            for name, protocol, count in board.splits
        ],
        "rows": [_row(one) for one in board.standings],
        "popularity_is_baseline": board.baseline is not None and board.baseline.algorithm == "popularity",
        "popularity": [_figure(popularity, intervals, name) for name in SHOWN] if popularity else [],
        "popularity_coverage": _plain(popularity.get("coverage@10"), ".3f"),
    }


def _row(standing: Standing) -> dict[str, Any]:
    return {
        "standing": standing,
        "artifact": standing.artifact,
        "name": artifact_name(standing.artifact),
        "figures": [_figure(standing.metrics, standing.intervals, name) for name in SHOWN],
        "coverage": _plain(standing.metrics.get("coverage@10"), ".3f"),
        "p95": _milliseconds(standing.p95_ms),
        "seconds": _plain(standing.seconds, ",.0f"),
        "difference": _difference(standing.difference),
    }


def _figure(metrics: dict[str, float], intervals: dict[str, Any], name: str) -> tuple[str, str, str]:
    bounds = intervals.get(name)
    interval = f"[{bounds[0]:.4f}, {bounds[1]:.4f}]" if bounds else ""
    return SHOWN[name], _plain(metrics.get(name), ".4f"), interval


def _difference(found: Difference | None) -> dict[str, str] | None:
    if found is None:
        return None
    verdict = _("better") if found.low > 0 else _("worse") if found.high < 0 else _("no clear difference")
    return {
        "mean": f"{found.mean:+.4f}",
        "interval": f"[{found.low:+.4f}, {found.high:+.4f}]",
        "verdict": verdict,
    }


def _milliseconds(value: float | None) -> str:
    """What rounds to nothing took some time all the same."""
    return "< 0.1" if value is not None and value < 0.05 else _plain(value, ".1f")


def _plain(value: float | None, form: str) -> str:
    return DASH if value is None else format(value, form)
