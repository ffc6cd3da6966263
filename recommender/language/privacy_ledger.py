"""What private training has spent, written down step by step, and what that amounts to.

ε is computed from the ledger by two accountants that share no theory: privacy loss distributions (Koskela et al.
2020; Doroshenko et al. 2022), which are tight, and Rényi divergences (Mironov 2017), which bound from above.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from dp_accounting.dp_event import (
    ComposedDpEvent,
    DpEvent,
    GaussianDpEvent,
    PoissonSampledDpEvent,
    SelfComposedDpEvent,
)
from dp_accounting.pld import PLDAccountant
from dp_accounting.rdp import RdpAccountant
from scipy.optimize import brentq


@dataclass
class Spent:
    """`steps` alike: persons drawn at `rate`, clipped to `clip`, noise of deviation `noise` · `clip`."""

    rate: float
    noise: float
    clip: float
    steps: int


class Ledger:
    """Steps in the order in which they were taken; neighbours that are alike are one entry."""

    def __init__(self, entries: list[Spent] | None = None):
        self.entries = entries or []

    @property
    def steps(self) -> int:
        return sum(entry.steps for entry in self.entries)

    def record(self, rate: float, noise: float, clip: float) -> None:
        """One step more. The clip is told for the record: noise is counted in units of it."""
        last = self.entries[-1] if self.entries else None
        if last and (last.rate, last.noise, last.clip) == (rate, noise, clip):
            last.steps += 1
        else:
            self.entries.append(Spent(rate, noise, clip, 1))

    def event(self) -> DpEvent:
        """The composition of all steps, as an accountant reads it."""
        return ComposedDpEvent([steps_event(entry.noise, entry.rate, entry.steps) for entry in self.entries])

    def epsilon(self, delta: float) -> float:
        """By privacy loss distributions; 0 for nothing spent."""
        return float(PLDAccountant().compose(self.event()).get_epsilon(delta)) if self.steps else 0.0

    def epsilon_rdp(self, delta: float) -> float:
        """By Rényi divergences; 0 for nothing spent."""
        return float(_QuietRdp().compose(self.event()).get_epsilon(delta)) if self.steps else 0.0

    def to_json(self) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in self.entries]

    @classmethod
    def from_json(cls, entries: list[dict[str, Any]]) -> Ledger:
        return cls([Spent(**entry) for entry in entries])


def steps_event(noise: float, rate: float, steps: int) -> DpEvent:
    """`steps` of the Gaussian mechanism with deviation `noise`, each on a Poisson sample at `rate`."""
    return SelfComposedDpEvent(PoissonSampledDpEvent(rate, GaussianDpEvent(noise)), steps)


class _QuietRdp(RdpAccountant):
    """Says nothing of the orders that it leaves out because a series does not converge: the bound holds without."""

    def compose(self, event: DpEvent, count: int = 1) -> Any:
        logger = logging.getLogger("absl")
        level = logger.level
        logger.setLevel(logging.ERROR)
        try:
            return super().compose(event, count)
        finally:
            logger.setLevel(level)


def _coarse() -> PLDAccountant:
    # Ten times as fast as the default interval, on the safe side, and off by less than .001 at ε = 3.
    return PLDAccountant(value_discretization_interval=1e-3)


def noise_multiplier(epsilon: float, delta: float, rate: float, steps: int) -> float:
    """The least z, to a thousandth, with which `steps` at `rate` cost no more than `epsilon` at `delta`.

    Raises ValueError where `epsilon` is not above 0, or `delta` or `rate` do not lie between 0 and 1.
    """
    if epsilon <= 0 or not 0 < delta < 1 or not 0 < rate <= 1 or steps < 1:
        raise ValueError(
            f"ε {epsilon}, δ {delta}, sampling rate {rate} and {steps} steps cannot be: ε must be above 0, δ and the "
            "rate between 0 and 1, and there must be a step."
        )

    def excess(logarithm: float, accountant: Callable[[], Any] = _coarse) -> float:
        event = steps_event(math.exp(logarithm), rate, steps)
        return math.log(accountant().compose(event).get_epsilon(delta) / epsilon)

    # Rényi divergences bound from above and are quick to say in between which noise it is.
    high = 0.0
    while excess(high, _QuietRdp) > 0:
        high += 0.5
    low = high - 0.5
    while excess(low) < 0:
        low -= 0.5
    return math.exp(brentq(excess, low, high, xtol=5e-4) + 5e-4)
