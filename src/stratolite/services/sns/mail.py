"""What e-mails and text messages say. They are kept for whoever asks (``message_store.py``), never sent.

Of the attributes that a text message may have, AWS.SNS.SMS.SenderID is its sender; AWS.SNS.SMS.SMSType and
AWS.SNS.SMS.MaxPrice have nothing to act on, since no message costs anything here.

Sources: https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html and
.../sns-mobile-phone-number-as-subscriber.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SENDER = "no-reply@sns.amazonaws.com"
SENDER_NAME = "AWS Notifications"
SUBJECT = "AWS Notification Message"
SENDER_ID = "AWS.SNS.SMS.SenderID"

_SUBJECTS = {
    "SubscriptionConfirmation": "AWS Notification - Subscription Confirmation",
    "UnsubscribeConfirmation": "AWS Notification - Unsubscribe Confirmation",
}
_NO_REPLY = (
    "Please do not reply directly to this email. If you have any questions or comments regarding this email, please "
    "contact us at https://aws.amazon.com/support"
)


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail or a text message; the latter has no subject."""

    sender: str
    recipient: str
    subject: str
    body: str


def email(delivery: Mapping[str, Any], subscribe_url: str, unsubscribe_url: str) -> Mail:
    """The e-mail of a delivery, in plain text."""
    kind, topic = delivery["type"], delivery["topic_arn"]
    if kind == "SubscriptionConfirmation":
        body = (
            f"You have chosen to subscribe to the topic: \n{topic}\n\n"
            "To confirm this subscription, click or visit the link below (If this was in error no action is "
            f"necessary): \n{subscribe_url}\n\n{_NO_REPLY}"
        )
    elif kind == "UnsubscribeConfirmation":
        body = (
            f"Your subscription to the topic below has been deactivated:\n{topic}\n\n"
            f"If this was in error or you wish to resubscribe, click or visit the link below:\n{subscribe_url}\n\n"
            f"{_NO_REPLY}"
        )
    else:
        body = (
            f"{delivery['message']}\n\n--\n"
            "If you wish to stop receiving notifications from this topic, please click or visit the link below to "
            f"unsubscribe:\n{unsubscribe_url}\n\n{_NO_REPLY}"
        )
    return Mail(_sender(delivery), delivery["endpoint"], _subject(delivery), body)


def email_json(delivery: Mapping[str, Any], document: str) -> Mail:
    """The e-mail of a delivery whose body is the JSON document."""
    return Mail(_sender(delivery), delivery["endpoint"], _subject(delivery), document)


def text_message(delivery: Mapping[str, Any], default_sender_id: str) -> Mail:
    """The text message of a delivery. Those of a topic begin with its display name."""
    name = delivery["display_name"]
    body = f"{name}> {delivery['message']}" if name else delivery["message"]
    chosen = delivery["attributes"].get(SENDER_ID)
    return Mail(str(chosen["Value"]) if chosen else default_sender_id, delivery["endpoint"], "", body)


def _sender(delivery: Mapping[str, Any]) -> str:
    return f"{delivery['display_name'] or SENDER_NAME} <{SENDER}>"


def _subject(delivery: Mapping[str, Any]) -> str:
    return str(_SUBJECTS.get(delivery["type"]) or delivery["subject"] or SUBJECT)
