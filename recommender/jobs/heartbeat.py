"""The sign of life that a worker gives while a piece of work computes for minutes."""

from __future__ import annotations

import logging
import threading
from typing import Any

from django.db import OperationalError, connection
from django.db.models import QuerySet
from django.utils import timezone

logger = logging.getLogger(__name__)


class Heartbeat:
    """Writes `heartbeat_at` of `rows` every so many seconds, in a thread of its own, from `with` to its end."""

    def __init__(self, rows: QuerySet[Any], every: float, name: str):
        self._rows, self._every = rows, every
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True, name=f"{name}-heartbeat")

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _beat(self) -> None:
        try:
            while not self._stopped.wait(self._every):
                try:
                    self._rows.update(heartbeat_at=timezone.now())
                except OperationalError as error:
                    # A database that is busy or away for a moment: whoever stopped beating would lose the work.
                    logger.warning("A sign of life could not be written: %s", error)
                    connection.close()
        finally:
            connection.close()  # this thread's own
