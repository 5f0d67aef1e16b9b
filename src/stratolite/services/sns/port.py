"""SNS as other services use it, by way of its own operations."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.services.sns import api

if TYPE_CHECKING:
    from stratolite.services.sns import Sns

OPT_OUT_WORDS = frozenset(
    {"ARRET", "CANCEL", "END", "OPT-OUT", "OPTOUT", "QUIT", "REMOVE", "STOP", "TD", "UNSUBSCRIBE"}
)


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


class CapturedMessages:
    """The message port."""

    def __init__(self, sns: "Sns") -> None:
        self._sns = sns

    def captured(self, recipient: str = "", limit: int = 1000) -> list[dict[str, Any]]:
        """The latest messages in the order in which they were sent; to one address or number unless that is empty."""
        return self._sns.messages.messages(recipient, limit)

    def capture(
        self, call: Call, protocol: str, sender: str, recipient: str, subject: str, body: str, message_id: str
    ) -> None:
        """Keep a message of another service's, in the current transaction."""
        from stratolite.services.sns.mail import Mail

        delivery = {"protocol": protocol, "type": "Direct", "topic_arn": "", "message_id": message_id}
        self._sns.messages.keep(call, delivery, Mail(sender, recipient, subject, body))

    def reply(self, phone_number: str, text: str) -> bool:
        """A word that stops messages opts the number out of every account and region that wrote to it.

        The words: https://docs.aws.amazon.com/sns/latest/dg/sms_manage.html
        """
        if text.strip().upper() not in OPT_OUT_WORDS:
            return False
        self._sns.messages.opt_out(phone_number)
        return True


def ports(sns: "Sns") -> dict[str, object]:
    """What this service offers."""
    return {"topic": SnsPort(sns), "messages": CapturedMessages(sns)}
