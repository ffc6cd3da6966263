"""What goes live, what waits beside it, and the gates between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from behaviour.models import Account
from catalog.models import Storefront

from ..artifacts import ArtifactError, verify
from ..models import Artifact, Deployment, Standby
from .answers import ServiceError, installed_vertical
from .audit import audit_record
from .rivals import one_place
from .runs import artifact_activate

HEADLINE = "ndcg@10"
Role = Standby.Role


class GateError(ServiceError):
    """An artifact does not pass the gates of its storefront; `results` says which."""

    def __init__(self, results: list[GateResult]):
        self.results = results
        failed = "; ".join(one.sentence for one in results if not one.passed)
        super().__init__(_("This model does not pass: %(failed)s") % {"failed": failed})


@dataclass(frozen=True)
class Gates:
    """What an artifact must show before it goes live; a storefront's `settings["gates"]` may say otherwise.

    `ndcg_drop`: by how much NDCG@10 may lie below the champion's. `coverage`: the least share of the catalogue in
    the test lists. `p95_ms`: the most that scoring one question may take. None takes a gate away.
    """

    ndcg_drop: float | None = 0.005
    coverage: float | None = 0.01
    p95_ms: float | None = 250.0

    @classmethod
    def of(cls, storefront: Storefront) -> Gates:
        own = storefront.settings.get("gates")
        if not isinstance(own, Mapping):
            return cls()
        said = {}
        for name in ("ndcg_drop", "coverage", "p95_ms"):
            value = own.get(name, getattr(cls, name))
            usable = value is None or (isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0)
            said[name] = value if usable else getattr(cls, name)
        return cls(**said)


@dataclass(frozen=True)
class GateResult:
    name: str
    wanted: str
    actual: str
    passed: bool

    @property
    def sentence(self) -> str:
        return _("%(name)s: wanted %(wanted)s, is %(actual)s") % {
            "name": self.name,
            "wanted": self.wanted,
            "actual": self.actual,
        }


def gates_check(artifact: Artifact, placement: str = "") -> list[GateResult]:
    """Each gate, asked of the artifact against what is live on the placement. Figures come from its manifest."""
    gates = Gates.of(artifact.storefront)
    champion = champion_of(artifact.storefront, placement)
    results = []
    if gates.ndcg_drop is not None:
        results.append(_against_champion(artifact, champion, gates.ndcg_drop))
    if gates.coverage is not None:
        found = metrics_of(artifact).get("coverage@10")
        results.append(
            GateResult(
                _("Coverage@10"), f"≥ {gates.coverage:.2f}", _said(found), found is not None and found >= gates.coverage
            )
        )
    if gates.p95_ms is not None:
        found = p95_of(artifact)
        # Two models that were never timed are no worse than each other in it.
        neither = found is None and champion is not None and p95_of(champion.artifact) is None
        results.append(
            GateResult(
                _("p95 of one score, ms"),
                f"≤ {gates.p95_ms:.0f}",
                _said(found, ".1f"),
                neither or (found is not None and found <= gates.p95_ms),
            )
        )
    return results


def champion_of(storefront: Storefront, placement: str) -> Deployment | None:
    """What answers on a placement now: its own deployment, or the one of every other placement."""
    rows = Deployment.objects.filter(storefront=storefront, active=True, placement__in={placement, ""})
    return rows.select_related("artifact").order_by("-placement").first()


def metrics_of(artifact: Artifact) -> dict[str, float]:
    return ((artifact.manifest.get("evaluation") or {}).get("report") or {}).get("metrics") or {}


def p95_of(artifact: Artifact) -> float | None:
    return (artifact.manifest.get("serving") or {}).get("p95_ms")


def split_of(artifact: Artifact) -> str:
    return (artifact.manifest.get("evaluation") or {}).get("split", "")


def artifact_promote(
    *, artifact: Artifact, placement: str = "", by: Account | None = None, reason: str = "", force: bool = False
) -> Deployment:
    """Put an artifact live if it passes the gates. `force` puts it live all the same; the audit log says so.

    Raises GateError, and ServiceError as `artifact_activate` does.
    """
    results = gates_check(artifact, placement)
    failed = [one for one in results if not one.passed]
    if failed and not force:
        raise GateError(results)
    with transaction.atomic():
        deployment = artifact_activate(artifact=artifact, placement=placement, by=by, reason=reason)
        ended = Standby.objects.filter(
            storefront=artifact.storefront, placement=placement, artifact=artifact, active=True
        )
        ended.update(active=False, ended_at=timezone.now())
        if failed:
            audit_record(
                action="override gates",
                subject=deployment,
                storefront=artifact.storefront,
                actor=by,
                after={"gates": [one.sentence for one in failed]},
                reason=reason,
            )
    return deployment


def standby_start(
    *,
    artifact: Artifact,
    role: str,
    placement: str = "",
    share: float = 0.0,
    by: Account | None = None,
    reason: str = "",
) -> Standby:
    """Name a challenger, or start a shadow that mirrors `share` of the lists. One of each a placement: it takes over.

    Raises ServiceError for what ranks nothing, a damaged folder, an unknown placement or a share out of range, and
    when somebody else starts one there at the same moment.
    """
    vertical = installed_vertical(artifact.storefront)
    if artifact.product != Artifact.Product.RANKING:
        raise ServiceError(_("%(artifact)s ranks nothing.") % {"artifact": artifact})
    if role not in Role.values:
        raise ServiceError(_("There is no role %(role)s.") % {"role": role})
    if placement and placement not in {known.slug for known in vertical.placements}:
        raise ServiceError(f"{vertical.slug} has no placement {placement!r}.")
    if role == Role.SHADOW and not 0 < share <= 1:
        raise ServiceError(_("A shadow mirrors more than 0% and at most 100% of the lists."))
    champion = champion_of(artifact.storefront, placement)
    if champion is not None and champion.artifact_id == artifact.pk:
        raise ServiceError(_("It is live there already."))
    try:
        verify(artifact.path)
    except ArtifactError as error:
        raise ServiceError(f"This artifact cannot stand by: {error}") from None
    with transaction.atomic():
        same = Standby.objects.filter(storefront=artifact.storefront, placement=placement, role=role, active=True)
        before = same.first()
        same.update(active=False, ended_at=timezone.now())
        with one_place():
            standby = Standby.objects.create(
                storefront=artifact.storefront,
                placement=placement,
                role=role,
                artifact=artifact,
                share=share if role == Role.SHADOW else 0.0,
                reason=reason,
                created_by=by,
            )
        audit_record(
            action=f"start {role}",
            subject=standby,
            storefront=artifact.storefront,
            actor=by,
            before=_standby_said(before) if before else None,
            after=_standby_said(standby),
            reason=reason,
        )
    return standby


def standby_end(*, standby: Standby, by: Account | None = None, reason: str = "") -> None:
    """Raises ServiceError for one that has ended."""
    with transaction.atomic():
        ended = Standby.objects.filter(pk=standby.pk, active=True).update(active=False, ended_at=timezone.now())
        if not ended:
            raise ServiceError(_("It has ended already."))
        audit_record(
            action=f"end {standby.role}",
            subject=standby,
            storefront=standby.storefront,
            actor=by,
            before=_standby_said(standby),
            reason=reason,
        )


def _standby_said(standby: Standby) -> dict[str, Any]:
    return {"artifact": standby.artifact_id, "placement": standby.placement, "share": standby.share}


def _against_champion(artifact: Artifact, champion: Deployment | None, drop: float) -> GateResult:
    name = _("NDCG@10 beside the champion")
    own = metrics_of(artifact).get(HEADLINE)
    if own is None:
        return GateResult(name, _("a measured figure"), _said(own), False)
    theirs = metrics_of(champion.artifact).get(HEADLINE) if champion else None
    if theirs is None:
        return GateResult(name, _("nothing to compare with"), f"{own:.4f}", True)
    if split_of(artifact) == split_of(champion.artifact):
        least = theirs - drop
        return GateResult(name, f"≥ {least:.4f}", f"{own:.4f}", own >= least)
    # Other questions: figures of two splits do not compare, what each adds to popularity on its own questions does.
    gains = [_gain(one) for one in (artifact, champion.artifact)]
    if None in gains:
        return GateResult(name, _("a figure of the same split"), f"{own:.4f}", False)
    least = gains[1] - drop
    return GateResult(
        _("NDCG@10 above popularity, each on its own split"), f"≥ {least:.4f}", f"{gains[0]:.4f}", gains[0] >= least
    )


def _gain(artifact: Artifact) -> float | None:
    difference = (artifact.manifest.get("evaluation") or {}).get("difference") or {}
    return difference.get(HEADLINE)


def _said(value: float | None, form: str = ".4f") -> str:
    return _("not measured") if value is None else format(value, form)
