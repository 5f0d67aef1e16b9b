"""Triggers of user pools that send codes themselves: they are given these encrypted, with one key for each pool."""

from dataclasses import dataclass, field
from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.compilation import refusal
from stratolite.templates.serverless.event import Event

SENDERS = frozenset({"CustomSMSSender", "CustomEmailSender"})
VERSION = "V1_0"
"""What they are called with, where the file does not say it."""


@dataclass
class Keys:
    """The keys of pools."""

    _by_pool: dict[str, Any] = field(default_factory=dict)

    def of(self, event: Event, pool: str) -> Any:
        """The key of an event's pool. Raises UserError where there is none, or another one."""
        key = event.settings.get("kmsKeyId")
        if not truthy(key):
            what = f"the trigger {event.settings['trigger']} of the pool {pool} lacks 'kmsKeyId'"
            raise refusal(what, event.at, "It is the key that codes are encrypted with.")
        if self._by_pool.setdefault(pool, key) != key:
            raise refusal(f"the pool {pool} has two keys", event.mark("kmsKeyId"), "Use one for all of its triggers.")
        return key
