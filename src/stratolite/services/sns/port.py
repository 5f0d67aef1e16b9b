"""SNS as other services use it, by way of its own operations."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.services.sns import api

if TYPE_CHECKING:
    from stratolite.services.sns import Sns


class SnsPort:
    """The topic port."""

    def __init__(self, sns: "Sns") -> None:
        self._sns = sns

    def publish(
        self,
        call: Call,
        topic_arn: str,
        message: str,
        *,
        subject: str = "",
        attributes: Mapping[str, Any] | None = None,
    ) -> str:
        """Publish in the current transaction; the message id."""
        from stratolite.services.sns.operations.publishing import publish

        request: api.PublishInput = {"TopicArn": topic_arn, "Message": message}
        if subject:
            request["Subject"] = subject
        if attributes:
            request["MessageAttributes"] = dict(attributes)
        return publish(call, self._sns, request)["MessageId"]


def ports(sns: "Sns") -> dict[str, object]:
    """What this service offers."""
    return {"topic": SnsPort(sns)}
