"""What authorizers answered, kept for a while.

An answer is kept under the token or the values of the identity sources, for the whole stage: its policy is judged anew
for every request, so that a policy which names one route is, while it is kept, the answer for all others, too.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html
In memory, gone with the process.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from stratolite.core.clock import Clock
from stratolite.core.kept import Kept

if TYPE_CHECKING:
    from stratolite.core.policy import Statement

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


class Grants(Kept[GrantKey, Grant]):
    """Answers by their keys, each until its time is over."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, GRANTS_MAX)

    def forget_stage(self, api_id: str, stage: str) -> None:
        """Forget what is kept for a stage."""
        self.forget(lambda key: key.api_id == api_id and key.stage == stage)
