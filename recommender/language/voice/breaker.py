"""A circuit breaker: who does not answer is left alone for a while, and then asked once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """Opens after so many `failures` one after another; after `pause` seconds one question goes through.

    If that is answered it closes, else it opens again. Any thread may ask.
    """

    def __init__(self, failures: int = 5, pause: float = 30.0, clock: Callable[[], float] = time.monotonic):
        if failures < 1 or pause < 0:
            raise ValueError("A breaker opens after 1 failure or more, for 0 seconds or more.")
        self.most, self.pause, self._clock = failures, pause, clock
        self._lock = threading.Lock()
        self._failures = 0
        self._opened: float | None = None
        self._trying = False

    @property
    def state(self) -> str:
        """ "closed", "open", or "half-open" when a question may go through to try."""
        with self._lock:
            if self._opened is None:
                return "closed"
            return "half-open" if self._clock() - self._opened >= self.pause else "open"

    def allows(self) -> bool:
        """Whether to ask now. Whoever gets True tells how it went, by `succeeded` or `failed`."""
        with self._lock:
            if self._opened is None:
                return True
            if self._trying or self._clock() - self._opened < self.pause:
                return False
            self._trying = True
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failures, self._opened, self._trying = 0, None, False

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._trying or self._failures >= self.most:
                self._opened, self._trying = self._clock(), False
