"""E-mails and text messages, which are kept instead of being sent."""

from typing import Any, Protocol

from stratolite.core.call import Call


class MessagePort(Protocol):
    """E-mails and text messages, which are kept instead of being sent."""

    def captured(self, recipient: str = "", limit: int = ...) -> list[dict[str, Any]]:
        """The latest messages in the order in which they were sent; to one address or number unless that is empty."""

    def capture(
        self, call: Call, protocol: str, sender: str, recipient: str, subject: str, body: str, message_id: str
    ) -> None:
        """Keep a message of another service's, in the current transaction. ``protocol``: ``email`` or ``sms``."""

    def reply(self, phone_number: str, text: str) -> bool:
        """What the owner of a phone number answers to those who wrote; whether it is a word that stops messages."""
