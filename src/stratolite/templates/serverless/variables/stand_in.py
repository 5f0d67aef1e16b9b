"""The value that stands for one that is not there, while variables are resolved."""

import re
from collections.abc import Callable
from typing import Any

from stratolite.templates.document import List, Map, Mark

TEXT_LENGTH_MAX = 63
MISSING = "missing-"
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OTHER = re.compile(r"[^a-z0-9]+")
_SERVICES = {
    "sqs": "queue|sqs",
    "sns": "topic|sns",
    "dynamodb": "table|dynamo",
    "s3": "bucket|s3",
    "kms": "kms|key",
    "cognito-idp": "pool|cognito",
    "secretsmanager": "secret",
    "states": "state-?machine",
    "lambda": "lambda|function",
}


def text_for(name: str) -> str:
    """A text that tells what it stands for, and that a bucket may be called: ``missing-prod-db-host``."""
    words = _OTHER.sub("-", _WORD_START.sub("-", name).lower()).strip("-")
    return f"{MISSING}{words or 'value'}"[:TEXT_LENGTH_MAX].rstrip("-")


def arn_for(text: str, region: str, account: str) -> str:
    """A stand-in where an ARN has to be and its service is not said: told by the words of the name, if at all."""
    service = next((service for service, words in _SERVICES.items() if re.search(words, text)), "resource-groups")
    if service == "cognito-idp":
        # An authorizer takes no other.
        return f"arn:aws:cognito-idp:{region}:{account}:userpool/{region}_{re.sub('[^a-z0-9]', '', text)}"
    return f"arn:aws:s3:::{text}" if service == "s3" else f"arn:aws:{service}:{region}:{account}:{text}"


class StandIn(Map):
    """A text, and a map wherever one asks for its members.

    ``source`` is what was asked for the value, ``below`` which member of that it is. None is left in what is compiled:
    ``absent.Absent.settle`` puts plain values in their place.
    """

    __slots__ = ("ask", "below", "source", "text")

    def __init__(
        self, text: str, source: str, at: Mark, ask: Callable[[str], None] | None = None, below: tuple[str, ...] = ()
    ) -> None:
        super().__init__(at)
        self.text = text
        self.source = source
        self.ask = ask
        self.below = below

    def blank(self) -> "StandIn":
        return StandIn(self.text, self.source, self.at, self.ask, self.below)

    def member(self, key: str) -> "StandIn":
        """What stands for a member."""
        return StandIn(text_for(key), self.source, self.at, self.ask, (*self.below, key))

    def take(self) -> "StandIn":
        """The same, once it is sure that nothing else gives the value."""
        if self.ask is not None and self.below:
            self.ask(".".join(self.below))
        return self


def plain(value: Any) -> Any:
    """A value for those that know no stand-ins: each is its text."""
    if isinstance(value, StandIn):
        return value.text
    if isinstance(value, Map):
        for key in value:
            value[key] = plain(value[key])
    elif isinstance(value, List):
        value[:] = [plain(child) for child in value]
    return value
