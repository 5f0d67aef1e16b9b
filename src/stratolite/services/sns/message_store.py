"""The rows of e-mails and text messages, and of what is set for phone numbers."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.services.sns.mail import Mail
from stratolite.storage.database import Database

MESSAGES_MAX = 10_000
"""How many messages are kept; the oldest ones go first."""

_SHOWN = "id, sent_ms, account, region, protocol, type, sender, recipient, subject, body, topic_arn, message_id"


class MessageStore:
    """Reads and writes the tables of messages and phone numbers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, call: Call, delivery: Mapping[str, Any], mail: Mail) -> None:
        """Keep a message in the place of sending it."""
        message_id = self._database.insert(
            "INSERT INTO sns_message (sent_ms, account, region, protocol, type, sender, recipient, subject, body,"
            " topic_arn, message_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                call.now_ms,
                call.account,
                call.region,
                delivery["protocol"],
                delivery["type"],
                mail.sender,
                mail.recipient,
                mail.subject,
                mail.body,
                delivery["topic_arn"],
                delivery["message_id"],
            ),
        )
        self._database.write("DELETE FROM sns_message WHERE id <= ?", (message_id - MESSAGES_MAX,))

    def messages(self, recipient: str, limit: int) -> list[dict[str, Any]]:
        """The latest messages in the order in which they were sent; to one recipient when that is not empty."""
        rows = self._database.query(
            f"SELECT {_SHOWN} FROM sns_message WHERE (? = '' OR recipient = ?) ORDER BY id DESC LIMIT ?",
            (recipient, recipient, limit),
        )
        names = _SHOWN.split(", ")
        return [dict(zip(names, row, strict=True)) for row in reversed(rows)]

    # Phone numbers ---------------------------------------------------------------------------------------

    def sms_attributes(self, call: Call) -> dict[str, str]:
        """What was set for text messages in the caller's namespace."""
        rows = self._database.query(
            "SELECT name, value FROM sns_sms_attribute WHERE account = ? AND region = ? ORDER BY name",
            (call.account, call.region),
        )
        return dict(rows)

    def set_sms_attribute(self, call: Call, name: str, value: str) -> None:
        self._database.write(
            "INSERT OR REPLACE INTO sns_sms_attribute VALUES (?, ?, ?, ?)", (call.account, call.region, name, value)
        )

    def opted_out(self, call: Call, after: str = "", limit: int = -1) -> list[str]:
        """Numbers that get no messages, in order, after one; all of them unless limited."""
        rows = self._database.query(
            "SELECT phone_number FROM sns_opted_out WHERE account = ? AND region = ? AND phone_number > ?"
            " ORDER BY phone_number LIMIT ?",
            (call.account, call.region, after, limit),
        )
        return [row[0] for row in rows]

    def is_opted_out(self, call: Call, phone_number: str) -> bool:
        row = self._database.one(
            "SELECT 1 FROM sns_opted_out WHERE account = ? AND region = ? AND phone_number = ?",
            (call.account, call.region, phone_number),
        )
        return row is not None

    def opt_out(self, phone_number: str) -> None:
        """A number gets no more messages of the accounts and regions that have written to it."""
        self._database.write(
            "INSERT OR IGNORE INTO sns_opted_out SELECT DISTINCT account, region, recipient FROM sns_message"
            " WHERE recipient = ? AND protocol = 'sms'",
            (phone_number,),
        )

    def opt_in(self, call: Call, phone_number: str) -> None:
        self._database.write(
            "DELETE FROM sns_opted_out WHERE account = ? AND region = ? AND phone_number = ?",
            (call.account, call.region, phone_number),
        )
