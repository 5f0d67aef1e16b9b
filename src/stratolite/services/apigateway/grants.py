"""What authorizers answered, kept for a while.

An answer is kept under the token or the values of the identity sources, for the whole stage: its policy is judged anew
for every request, so that a policy which names one route is, while it is kept, the answer for all others, too.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html
In memory, gone with the process.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from stratolite.core.clock import Clock

if TYPE_CHECKING:
    from stratolite.services.apigateway.policy import Statement

GRANTS_MAX = 10_000
"""How many answers are kept; at the limit the one that has not been asked for longest goes."""


@dataclass(frozen=True, slots=True)
class Grant:
    """An authorizer's answer, read."""

    principal_id: str
    statements: "tuple[Statement, ...]"
    context: Mapping[str, str]
    usage_key: str = ""
    """``usageIdentifierKey``: the API key whose plan counts the request."""


class GrantKey(NamedTuple):
    """Whose answer it is. A deployment begins with none: its authorizers may be others."""

    api_id: str
    stage: str
    deployment: str
    authorizer: str
    identity: tuple[str, ...]


class Grants:
    """Answers by their keys, each until its time is over."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[GrantKey, tuple[int, Grant]] = OrderedDict()

    def get(self, key: GrantKey) -> Grant | None:
        """The answer that is kept, or None."""
        found = self._kept.get(key)
        if found is None:
            return None
        until_ms, grant = found
        if until_ms <= self._clock.now_ms():
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return grant

    def keep(self, key: GrantKey, grant: Grant, ttl_s: int) -> None:
        """Keep an answer for ``ttl_s``."""
        self._kept[key] = (self._clock.now_ms() + ttl_s * 1000, grant)
        self._kept.move_to_end(key)
        if len(self._kept) > GRANTS_MAX:
            self._kept.popitem(last=False)

    def forget(self, api_id: str, stage: str) -> None:
        """Forget what is kept for a stage."""
        for key in [key for key in self._kept if key.api_id == api_id and key.stage == stage]:
            del self._kept[key]

    def __len__(self) -> int:
        return len(self._kept)
