"""How often each item was chosen lately, kept in a web process and counted anew from time to time."""

from __future__ import annotations

import logging
import threading
import time

import numpy as np
from django.db import connections

from catalog.models import Storefront

from .. import registry, selectors
from .catalogue import Catalogue

logger = logging.getLogger(__name__)

REFRESH = 60.0  # seconds between counts
SLOW = 0.25  # seconds that a request may wait for one
REST = 20  # counting takes at most one part in so many of the time


class Popularity:
    """The scores of one storefront's items.

    The first count is waited for. A later one is as well where the one before was quick; else it is made by a thread
    beside the requests, which go on with the figures before it: over ten million behaviours it takes seconds.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scores: np.ndarray | None = None
        self._newest = 0.0
        self._counted_at = float("-inf")
        self._took = 0.0
        self._counting = False

    def scores(self, storefront: Storefront, catalogue: Catalogue) -> np.ndarray:
        """(n,) float64: log of recent events per item, then newest first.

        Where the vertical puts no pressure on people by what others do, only the latter.
        """
        with self._lock:
            due = time.monotonic() - self._counted_at > max(REFRESH, REST * self._took)
            if self._scores is None or (due and self._took <= SLOW):
                self._keep(*_counted(storefront, catalogue))
            elif due and not self._counting:
                self._counting = True
                threading.Thread(target=self._count_beside, args=(storefront, catalogue), daemon=True).start()
            if (new := len(catalogue) - len(self._scores)) > 0:
                self._scores = np.pad(self._scores, (0, new), constant_values=self._newest)
            return self._scores[: len(catalogue)]

    def _count_beside(self, storefront: Storefront, catalogue: Catalogue) -> None:
        try:
            counted = _counted(storefront, catalogue)
            with self._lock:
                self._keep(*counted)
        except Exception:
            logger.exception("What is popular in %s could not be counted; the figures before go on.", storefront.slug)
            with self._lock:
                self._counted_at = time.monotonic()
        finally:
            self._counting = False
            connections.close_all()  # those of this thread

    def _keep(self, scores: np.ndarray, newest: float, took: float) -> None:
        self._scores, self._newest, self._took, self._counted_at = scores, newest, took, time.monotonic()


def _counted(storefront: Storefront, catalogue: Catalogue) -> tuple[np.ndarray, float, float]:
    """The scores, what an item has that is newer than all of these, and the seconds that it took."""
    started = time.monotonic()
    events = np.zeros(len(catalogue))
    if registry.vertical(storefront.vertical).popularity:
        for pk, count in selectors.popular_items(storefront).items():
            if pk in catalogue.row_of:
                events[catalogue.row_of[pk]] = count
    # Less than one event more is worth, for whatever has the most of them: it decides among equals alone.
    most = events.max(initial=0.0)
    newest = float(np.log1p(most + 1) - np.log1p(most)) / 2
    age = np.argsort(np.argsort(catalogue.items.published, kind="stable"), kind="stable")
    return np.log1p(events) + newest * age / max(len(age), 1), newest, time.monotonic() - started
