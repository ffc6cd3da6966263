"""Which experiments and exploration slots serve lists just now, as plain values that a process keeps for a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.models import Storefront

from ..evaluation.assignment import assigned
from ..models import Arm, Artifact, Experiment, Exploration


@dataclass(frozen=True)
class ArmView:
    """`label`: what lists of the arm are marked with."""

    pk: int
    label: str
    artifact: Artifact | None
    options: Mapping[str, Any]
    share: float


@dataclass(frozen=True)
class Running:
    """A running experiment."""

    pk: int
    salt: str
    ramp: float
    arms: tuple[ArmView, ...]

    def arm_of(self, key: str) -> ArmView | None:
        """The same for the same person as long as shares stand; None for whom the ramp leaves out."""
        number = assigned(self.salt, key, [arm.share for arm in self.arms], self.ramp)
        return None if number is None else self.arms[number]


def experiments_running(storefront: Storefront) -> dict[str, Running]:
    """By placement."""
    rows = Arm.objects.filter(experiment__storefront=storefront, experiment__status=Experiment.Status.RUNNING)
    arms: dict[Experiment, list[ArmView]] = {}
    for arm in rows.select_related("experiment", "artifact").order_by("experiment_id", "number"):
        view = ArmView(arm.pk, arm.label, arm.artifact, arm.options, arm.share)
        arms.setdefault(arm.experiment, []).append(view)
    return {one.placement: Running(one.pk, one.salt, one.ramp, tuple(own)) for one, own in arms.items()}


def explorations_active(storefront: Storefront) -> dict[str, Exploration]:
    """By placement."""
    rows = Exploration.objects.filter(storefront=storefront, active=True).defer("report")
    return {row.placement: row for row in rows}
