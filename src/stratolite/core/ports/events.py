"""EventBridge, as services tell it of themselves."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from stratolite.core.call import Call


class EventPort(Protocol):
    """EventBridge, as services tell it of themselves."""

    def put(
        self, call: Call, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str] = ...
    ) -> str:
        """Put an event on the default bus of the call's namespace in the current transaction; its id."""
