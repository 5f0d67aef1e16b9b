"""Timers of this service: each has at most one outbox row that counts, and a row here that says which."""

from dataclasses import dataclass

from stratolite.core.call import Call
from stratolite.services.world import World


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer by its name; ``kind`` is the delivery that goes off."""

    name: str
    kind: str

    def wake(self, world: World, call: Call, due_ms: int) -> None:
        """Have it go off at a time, in the current transaction, unless it does so earlier already."""
        row = world.database.one("SELECT entry, due_ms FROM cloudwatch_timer WHERE name = ?", (self.name,))
        if row is not None:
            if row[1] <= due_ms:
                return
            world.outbox.end(row[0])
        entry = world.outbox.put(call, self.kind, b"", target=self.name, due_ms=due_ms)
        world.database.write(
            "INSERT OR REPLACE INTO cloudwatch_timer (name, entry, due_ms) VALUES (?, ?, ?)",
            (self.name, entry, due_ms),
        )

    def went_off(self, world: World, entry: int) -> bool:
        """Note that a row of it is delivered, in that transaction; False when it is not the one that counts."""
        return bool(
            world.database.write("DELETE FROM cloudwatch_timer WHERE name = ? AND entry = ?", (self.name, entry))
        )
