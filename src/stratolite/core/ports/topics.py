"""SNS topics, as other services publish to them."""

from collections.abc import Mapping
from typing import Any, Protocol

from stratolite.core.call import Call


class TopicPort(Protocol):
    """SNS topics, as other services publish to them."""

    def publish(
        self,
        call: Call,
        topic_arn: str,
        message: str,
        *,
        subject: str = "",
        attributes: Mapping[str, Any] = ...,
    ) -> str:
        """Publish in the current transaction; the message id."""
