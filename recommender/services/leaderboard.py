"""Artifacts side by side, as far as they answered the same questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.db import transaction

from behaviour.models import Account
from catalog.models import Storefront

from ..evaluation import Difference
from ..evaluation.values import values_difference
from ..models import Artifact, Deployment
from .answers import ServiceError
from .audit import audit_record
from .promoting import HEADLINE, metrics_of, split_of

READ = 200  # newest artifacts
KEPT = 30 * 86_400  # seconds: neither artifact changes, so neither does their difference


@dataclass(frozen=True)
class Standing:
    """One artifact on the leaderboard. `difference`: to the pinned baseline, of NDCG@10; None for itself."""

    artifact: Artifact
    metrics: dict[str, float]
    intervals: dict[str, Sequence[float]]
    p95_ms: float | None
    seconds: float | None
    live: bool
    difference: Difference | None = None
    is_baseline: bool = False


@dataclass(frozen=True)
class Board:
    """Every artifact of one data set and split, best first. `popularity`: its report on the same questions."""

    split: str
    protocol: str
    questions: int
    data: dict[str, Any]
    standings: list[Standing]
    popularity: dict[str, Any]
    baseline: Artifact | None
    splits: list[tuple[str, str, int]] = field(default_factory=list)  # (hash, protocol, artifacts), newest first
    unmeasured: int = 0


def leaderboard(storefront: Storefront, split: str = "") -> Board | None:
    """`split`: its hash, else that of the newest artifact. None where nothing was evaluated."""
    rows = Artifact.objects.filter(storefront=storefront, product=Artifact.Product.RANKING)
    artifacts = list(rows.order_by("-id")[:READ])
    by_split: dict[str, list[Artifact]] = {}
    for artifact in artifacts:
        if split_of(artifact) and metrics_of(artifact):
            by_split.setdefault(split_of(artifact), []).append(artifact)
    if not by_split:
        return None
    chosen = split if split in by_split else next(iter(by_split))
    members = sorted(by_split[chosen], key=lambda one: -metrics_of(one).get(HEADLINE, 0.0))
    live = set(Deployment.objects.filter(storefront=storefront, active=True).values_list("artifact_id", flat=True))
    baseline = _baseline(storefront, chosen, members, live)
    evaluation = members[0].manifest["evaluation"]
    return Board(
        split=chosen,
        protocol=evaluation["protocol"],
        questions=evaluation["report"]["questions"],
        data=members[0].manifest.get("data") or {},
        standings=[_standing(one, baseline, live) for one in members],
        popularity=evaluation.get("baseline") or {},
        baseline=baseline,
        splits=[(name, found[0].manifest["evaluation"]["protocol"], len(found)) for name, found in by_split.items()],
        unmeasured=len(artifacts) - sum(map(len, by_split.values())),
    )


def baseline_pin(*, storefront: Storefront, artifact: Artifact, by: Account | None = None) -> None:
    """What every other artifact of its split is compared with from now on. Raises ServiceError for one of no split."""
    split = split_of(artifact)
    if artifact.storefront_id != storefront.pk or not split:
        raise ServiceError("Only a measured model of this storefront can be a baseline.")
    with transaction.atomic():
        row = Storefront.objects.select_for_update().get(pk=storefront.pk)
        pinned = row.settings.get("baselines")
        pinned = dict(pinned) if isinstance(pinned, dict) else {}
        before = pinned.get(split)
        pinned[split] = artifact.pk
        row.settings = {**row.settings, "baselines": pinned}
        row.save(update_fields=["settings"])
        audit_record(
            action="pin baseline",
            subject=artifact,
            storefront=row,
            actor=by,
            before={"baseline": before} if before else None,
            after={"baseline": artifact.pk, "split": split},
        )


def _baseline(storefront: Storefront, split: str, members: list[Artifact], live: set[int]) -> Artifact | None:
    """The pinned one; else what is live; else the plainest."""
    pinned = storefront.settings.get("baselines")
    wanted = pinned.get(split) if isinstance(pinned, dict) else None
    for chosen in (
        [one for one in members if one.pk == wanted],
        [one for one in members if one.pk in live],
        [one for one in members if one.algorithm == "popularity"],
    ):
        if chosen:
            return chosen[0]
    return members[-1]


def _standing(artifact: Artifact, baseline: Artifact | None, live: set[int]) -> Standing:
    report = artifact.manifest["evaluation"]["report"]
    is_baseline = baseline is not None and (baseline.pk == artifact.pk or _are_popularity(baseline, artifact))
    return Standing(
        artifact=artifact,
        metrics=report["metrics"],
        intervals=report.get("intervals") or {},
        p95_ms=(artifact.manifest.get("serving") or {}).get("p95_ms"),
        seconds=(artifact.manifest.get("cost") or {}).get("seconds"),
        live=artifact.pk in live,
        difference=None if is_baseline or baseline is None else _difference(artifact, baseline),
        is_baseline=is_baseline,
    )


def _are_popularity(*artifacts: Artifact) -> bool:
    """Popularity has nothing to learn by: trained twice on one split, it is the same, and no difference to itself."""
    return all(one.algorithm == "popularity" for one in artifacts)


def _difference(artifact: Artifact, baseline: Artifact) -> Difference | None:
    """Worked out once for each pair: it takes a bootstrap over all persons."""
    names = [f"{one.pk}-{one.created_at.timestamp()}" for one in (artifact, baseline)]
    key = f"leaderboard-{'-'.join(names)}"
    found = cache.get(key)
    if found is None:
        difference = values_difference(artifact.path, baseline.path, HEADLINE)
        plain = [difference.mean, difference.low, difference.high, difference.p_value] if difference else []
        cache.set(key, found := plain, KEPT)
    return Difference(*found) if found else None
