"""What stands for keys that were written lately, so that whoever writes one again need not read it.

Only what was committed is known: a transaction that writes a key forgets what stood for it, and what it leaves is known
after its commit, or never when it fails. At most some hundred bytes for each of ``KEYS_MAX`` keys.
"""

from stratolite.services.s3.domain import Standing
from stratolite.storage.database import Database

KEYS_MAX = 1024


class Standings:
    """By bucket and key."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[tuple[str, str], Standing] = {}

    def get(self, bucket: str, key: str) -> Standing | None:
        """The current version of a key, when it is known."""
        return self._known.get((bucket, key))

    def change(self, bucket: str, key: str, now: Standing | None) -> None:
        """The current transaction writes a key, and leaves ``now``; None when that is nothing or has to be read."""
        place = (bucket, key)
        self._known.pop(place, None)
        # Also where nothing is left to know: another transaction of this turn may have written the key before.
        self._database.after_commit(lambda: self._settle(place, now))

    def _settle(self, place: tuple[str, str], now: Standing | None) -> None:
        if now is None:
            self._known.pop(place, None)
            return
        if len(self._known) >= KEYS_MAX:
            # The one that was written first of all goes.
            del self._known[next(iter(self._known))]
        self._known[place] = now
