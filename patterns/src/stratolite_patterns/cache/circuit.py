"""A circuit breaker: what fails again and again is left alone for a while, and then tried by one.

closed ──failures──> open ──time──> half-open (one probe) ──success──> closed
                      ▲                    └──failure──> open, for longer
"""

import threading
from collections.abc import Callable

FAILURES_MAX = 3
OPEN_S = 2.0
OPEN_S_MAX = 60.0
PROBE_S_MAX = 10.0
"""A probe that has said nothing for so long died, or was frozen with its function: another one may try."""


class Circuit:
    """Decides who may try. ``state`` is closed, open or half-open."""

    def __init__(
        self,
        *,
        now: Callable[[], float],
        failures_max: int = FAILURES_MAX,
        open_s: float = OPEN_S,
        open_s_max: float = OPEN_S_MAX,
    ) -> None:
        self._now = now
        self._failures_max = failures_max
        self._open_s_least = open_s
        self._open_s_max = open_s_max
        self._lock = threading.Lock()
        self._failures = 0
        self._open_s = open_s
        self._opened_s = 0.0
        self._probed_s: float | None = None
        self.state = "closed"

    def allows(self) -> bool:
        """Whether the caller may try. Who may has to say afterwards how it went."""
        if self.state == "closed":
            return True
        with self._lock:
            now_s = self._now()
            if self.state == "open" and now_s - self._opened_s >= self._open_s:
                self.state, self._probed_s = "half-open", None
            if self.state == "half-open" and (self._probed_s is None or now_s - self._probed_s > PROBE_S_MAX):
                self._probed_s = now_s
                return True
            return self.state == "closed"

    def succeeded(self) -> None:
        """It went well."""
        if self._failures or self.state != "closed":
            with self._lock:
                self.state, self._failures, self._open_s = "closed", 0, self._open_s_least

    def failed(self) -> None:
        """It did not."""
        with self._lock:
            self._failures += 1
            if self.state == "half-open":
                self._open_s = min(self._open_s * 2, self._open_s_max)
            elif self.state == "open" or self._failures < self._failures_max:
                return
            self.state, self._opened_s = "open", self._now()
