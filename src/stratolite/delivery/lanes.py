"""Which deliveries are next: a *lane* is one kind of delivery to one target, and lanes take turns.

A target that hangs, fails or is flooded fills its own lane and holds up no other. This is bookkeeping in memory alone:
the worker tells it of due times and asks it which lanes to look at; what is in a lane stands in the outbox. It takes a
few hundred bytes for each target that has something waiting.
"""

import heapq

Lane = tuple[str, str]
"""Kind and target."""


class Lanes:
    """Due times of lanes, and the lanes that wait for room."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, Lane]] = []
        """Due times, the earliest first. One that ``_next`` does not confirm has been overtaken."""
        self._next: dict[Lane, int] = {}
        self._waiting: dict[Lane, None] = {}
        """Lanes in which something is due that found no room, the longest waiting first."""

    def notice(self, lane: Lane, due_ms: int) -> bool:
        """Something in a lane is due at ``due_ms``; whether that is news."""
        known = self._next.get(lane)
        if known is not None and known <= due_ms:
            return False
        self._next[lane] = due_ms
        heapq.heappush(self._heap, (due_ms, lane))
        return True

    def wait(self, lane: Lane) -> None:
        """Something in a lane is due and has no room: it is ready again, after those that have waited longer."""
        self._waiting[lane] = None

    def ready(self, now_ms: int) -> list[Lane]:
        """Take the lanes to look at: those that waited for room, then those whose time has come."""
        found, self._waiting = self._waiting, {}
        while self._heap and self._heap[0][0] <= now_ms:
            due_ms, lane = heapq.heappop(self._heap)
            if self._next.get(lane) == due_ms:
                del self._next[lane]
                found[lane] = None
        return list(found)

    def next_due_ms(self) -> int | None:
        """When a lane has to be looked at next, apart from those that wait for room; never too late."""
        return self._heap[0][0] if self._heap else None

    def is_quiet(self, now_ms: int) -> bool:
        """Whether nothing is due. What was due and has gone since is noticed by the next ``ready``."""
        return not self._waiting and not (self._heap and self._heap[0][0] <= now_ms)
