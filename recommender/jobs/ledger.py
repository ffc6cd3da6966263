"""What a worker writes into its training run while it works on it."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable, Mapping

from django.utils import timezone

from ..contracts import Cancelled
from ..models import TrainingRun
from .heartbeat import Heartbeat

HEARTBEAT = 10.0  # seconds
LOG_LONGEST = 20_000  # characters
POINTS = 400  # of a curve
REPORT_EVERY = 0.5  # seconds between writes of the progress

Status = TrainingRun.Status

#: Called with the stage and the share of the whole run that is done.
Echo = Callable[[str, float], None]


class LostLease(Exception):
    """Another worker took the run over; whatever this one still writes must not count."""


class Ledger:
    """Writes a run's progress under its lease, and keeps it alive while a fit computes for minutes."""

    def __init__(self, run: TrainingRun, token: uuid.UUID, echo: Echo | None = None):
        self.token = token
        self._row = TrainingRun.objects.filter(pk=run.pk, lease_token=token, status=Status.RUNNING)
        self._echo = echo or (lambda stage, fraction: None)
        self._name, self._low, self._high = "", 0.0, 1.0
        self._written_at = 0.0
        self._cancelled = False
        self._curve: list[dict[str, float]] = list(run.curves)
        self._heart = Heartbeat(self._row, HEARTBEAT, f"run-{run.pk}")

    def __enter__(self) -> Ledger:
        self._heart.start()
        return self

    def __exit__(self, *exception) -> None:
        self._heart.stop()

    def stage(self, name: str, low: float, high: float) -> None:
        """Enter a stage that takes the run from `low` to `high` of its whole."""
        self._name, self._low, self._high, self._written_at = name, low, high, 0.0
        self.progress(name, 0.0, {})

    def progress(self, stage: str, fraction: float, metrics: Mapping[str, float]) -> None:
        """Raises Cancelled when somebody asked for that, LostLease when the run is another worker's now."""
        if time.monotonic() - self._written_at < REPORT_EVERY:
            return
        whole = self._low + (self._high - self._low) * min(max(fraction, 0.0), 1.0)
        name = self._name if stage == self._name else f"{self._name}: {stage}"
        self._echo(name, whole)
        self._write(stage=name[:100], progress=whole, heartbeat_at=timezone.now(), **self._drawn(whole, metrics))
        self._written_at = time.monotonic()
        if self._row.filter(cancel_requested=True).exists():
            self._cancelled = True
            raise Cancelled("Stopped on request.")

    def _drawn(self, whole: float, metrics: Mapping[str, float]) -> dict[str, list]:
        """The curve with this point, where there are figures; every second point goes when there are too many."""
        if not metrics:
            return {}
        # A run that was interrupted goes over the last steps again.
        self._curve = [point for point in self._curve if point["progress"] < whole]
        # No database takes what is no number as JSON; a curve has a gap there.
        figures = {name: float(value) for name, value in metrics.items() if math.isfinite(value)}
        self._curve.append({"progress": round(whole, 4), **figures})
        if len(self._curve) > POINTS:
            self._curve = self._curve[::2]
        return {"curves": self._curve}

    def cancelled(self) -> bool:
        return self._cancelled

    def log(self, line: str) -> None:
        stamp = timezone.now().strftime("%H:%M:%S")
        row = self._row.values_list("log", flat=True).first() or ""
        self._write(log=f"{row}{stamp} {line.rstrip()}\n"[-LOG_LONGEST:])

    def end(self, status: str, error: str = "") -> None:
        values = {"progress": 1.0, "stage": ""} if status == Status.FINISHED else {"error": error}
        self._write(status=status, finished_at=timezone.now(), **values)

    def _write(self, **values) -> None:
        if not self._row.update(**values):
            raise LostLease
