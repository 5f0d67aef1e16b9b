"""What integrations answered, kept for a while. In memory, gone with the process."""

from typing import Any, NamedTuple

from stratolite.core.clock import Clock
from stratolite.core.kept import Kept

RESPONSES_MAX = 512
"""How many answers are kept, whatever size the cluster has; at the limit the one not asked for longest goes."""


class ResponseKey(NamedTuple):
    """What an answer is kept under. A deployment begins with none: its integrations may be others."""

    api_id: str
    stage: str
    deployment: str
    namespace: str
    method: str
    values: tuple[str | None, ...]


class Responses(Kept[ResponseKey, Any]):
    """Answers (``reply.Reply``, which the data plane alone loads) by their keys, each until its time is over."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, RESPONSES_MAX)

    def forget_stage(self, api_id: str, stage: str) -> None:
        """Forget what is kept for a stage."""
        self.forget(lambda key: key.api_id == api_id and key.stage == stage)
