"""The one account and region of requests that were meant for an emulator.

Code for tests names what its emulator made up: the region ``localhost``, keys like ``DEFAULT_ACCESS_KEY``, topics and
queues of the account 123456789012. At a port that stands for such an emulator, all of that is the application's own.
"""

from dataclasses import dataclass
from typing import Any

from stratolite.core.arn import partition_of
from stratolite.core.service import Named


@dataclass(frozen=True, slots=True)
class Home:
    """Where all requests are answered, whatever they say."""

    account: str
    region: str

    def brought(self, named: Named | None, request: dict[str, Any]) -> dict[str, Any]:
        """A request with the ARNs and URLs by which it names things brought home."""
        if named is None:
            return request
        given = {name: value for name in named.members if isinstance(value := request.get(name), str)}
        return {**request, **{name: self._own(named.noun, value) for name, value in given.items()}}

    def _own(self, noun: str, value: str) -> str:
        if noun == "queue":
            return value.rstrip("/").rpartition("/")[2]
        parts = value.split(":", 5)
        # An ARN without a region or an account names what has none: a bucket.
        if value.startswith("arn:") and len(parts) == 6 and parts[3] and parts[4]:
            parts[1], parts[3], parts[4] = partition_of(self.region), self.region, self.account
        return ":".join(parts)
