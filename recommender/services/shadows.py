"""Mirroring: a part of the served lists is answered again by a shadow, where nobody waits for it and nobody sees it."""

from __future__ import annotations

import logging
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from celery import current_app

from ..models import ShadowList, Standby

logger = logging.getLogger(__name__)

TASK = "recommender.tasks.mirror"
MOST_WAITING = 200  # messages; beyond that lists go without a mirror: the shadow must never slow anybody down
REPORTED = 2_000  # newest lists

_sender: ThreadPoolExecutor | None = None
_room = threading.BoundedSemaphore(MOST_WAITING)
_lock = threading.Lock()


@dataclass(frozen=True)
class ShadowReport:
    """What mirroring found. `overlap` with its 95% interval; p95 in milliseconds, of both on the same lists."""

    lists: int
    failed: int
    overlap: float | None = None
    low: float | None = None
    high: float | None = None
    champion_p95: float | None = None
    shadow_p95: float | None = None

    @property
    def slower(self) -> float | None:
        """Δp95 in ms: above 0, the shadow takes longer."""
        return None if self.shadow_p95 is None else self.shadow_p95 - self.champion_p95


def mirrored(share: float, served_id: str) -> bool:
    """The same list is always decided alike, whichever process is asked."""
    return uuid.UUID(served_id).int % 10_000 < share * 10_000


def mirror_request(standby_id: int, served_id: str) -> None:
    """Tell a worker, from a thread of its own: a broker that is slow or gone costs the request nothing."""
    global _sender
    if not _room.acquire(blocking=False):
        return
    with _lock:
        if _sender is None:
            _sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mirror")
    _sender.submit(_send, standby_id, served_id)


def _send(standby_id: int, served_id: str) -> None:
    try:
        current_app.signature(TASK, args=[standby_id, served_id]).apply_async(retry=False, expires=60)
    except Exception:  # whatever the broker's client raises: a lost mirror is no loss
        logger.warning("A list could not be mirrored: the broker cannot be reached.", exc_info=True)
    finally:
        _room.release()


def shadow_report(standby: Standby) -> ShadowReport:
    """Of the newest REPORTED lists."""
    rows = list(
        ShadowList.objects.filter(standby=standby).values_list("overlap", "champion_ms", "shadow_ms")[:REPORTED]
    )
    answered = [row for row in rows if row[2] is not None]
    if not answered:
        return ShadowReport(len(rows), len(rows))
    overlap, champion, shadow = (np.array(column, dtype=np.float64) for column in zip(*answered, strict=True))
    spread = 1.96 * overlap.std(ddof=1) / np.sqrt(len(overlap)) if len(overlap) > 1 else 0.0
    return ShadowReport(
        lists=len(rows),
        failed=len(rows) - len(answered),
        overlap=float(overlap.mean()),
        low=float(max(0.0, overlap.mean() - spread)),
        high=float(min(1.0, overlap.mean() + spread)),
        champion_p95=float(np.percentile(champion, 95)),
        shadow_p95=float(np.percentile(shadow, 95)),
    )
