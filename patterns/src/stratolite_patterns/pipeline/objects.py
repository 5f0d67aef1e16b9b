"""Which objects a notification speaks of, whatever brought it.

Keys are URL-encoded in S3's own notifications (``+`` is a space) and not encoded in EventBridge's events. S3 sends a
test event when a notification is configured, which speaks of no object.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

REFERENCE = "stratolite:object"
"""The field of a message that a step sends to the next one."""
SEQUENCER_LENGTH = 64


class MalformedNotification(ValueError):
    """A payload that speaks of no object in any form that is known."""


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """An object, at one of its states. ``sequencer`` orders the writes of a key; texts that are not known are empty."""

    bucket: str
    key: str
    version_id: str = ""
    etag: str = ""
    size: int = -1
    """In bytes; -1 where it is not known."""
    sequencer: str = ""

    @property
    def id(self) -> str:
        """Bucket and key."""
        return f"{self.bucket}/{self.key}"

    @property
    def order(self) -> str:
        """The sequencer such that texts compare as writes do: a shorter one is filled with zeros at its right."""
        return self.sequencer.upper().ljust(SEQUENCER_LENGTH, "0")

    def to_json(self) -> str:
        """The message by which a step tells the next one of it."""
        shown = {"bucket": self.bucket, "key": self.key, "versionId": self.version_id, "etag": self.etag}
        whole = {REFERENCE: shown | {"size": self.size, "sequencer": self.sequencer}}
        return json.dumps(whole, separators=(",", ":"), ensure_ascii=False)


def objects_of(payload: Any) -> list[ObjectRef]:
    """The objects that a decoded payload says were created, none where it speaks of other events.

    Raises MalformedNotification.
    """
    if not isinstance(payload, dict):
        raise MalformedNotification("a JSON object is needed")
    try:
        if payload.get("Event") == "s3:TestEvent":
            return []
        if REFERENCE in payload:
            return [_referred(payload[REFERENCE])]
        if payload.get("Type") == "Notification" and "Message" in payload:
            return objects_of_text(payload["Message"])
        if payload.get("source") == "aws.s3" and "detail-type" in payload:
            return [_bridged(payload["detail"])] if payload["detail-type"] == "Object Created" else []
        if isinstance(payload.get("Records"), list):
            created = [each for each in payload["Records"] if _is_created(each)]
            return [_notified(each["s3"]) for each in created]
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise MalformedNotification(f"{type(error).__name__}: {error}") from error
    raise MalformedNotification("neither a notification of S3 nor a message of a step")


def objects_of_text(text: Any) -> list[ObjectRef]:
    """The objects of a message's text. Raises MalformedNotification."""
    try:
        payload = json.loads(text)
    except (TypeError, ValueError):
        raise MalformedNotification("no JSON") from None
    return objects_of(payload)


def _is_created(record: Mapping[str, Any]) -> bool:
    if record["eventSource"] != "aws:s3":
        raise MalformedNotification(f"a record of {record['eventSource']}")
    return str(record["eventName"]).removeprefix("s3:").startswith("ObjectCreated:")


def _notified(s3: Mapping[str, Any]) -> ObjectRef:
    found = s3["object"]
    return ObjectRef(
        bucket=str(s3["bucket"]["name"]),
        key=unquote_plus(found["key"], errors="strict"),
        version_id=found.get("versionId") or "",
        etag=found.get("eTag") or "",
        size=int(found.get("size", -1)),
        sequencer=found.get("sequencer") or "",
    )


def _bridged(detail: Mapping[str, Any]) -> ObjectRef:
    found = detail["object"]
    return ObjectRef(
        bucket=str(detail["bucket"]["name"]),
        key=str(found["key"]),
        version_id=found.get("version-id") or "",
        etag=found.get("etag") or "",
        size=int(found.get("size", -1)),
        sequencer=found.get("sequencer") or "",
    )


def _referred(found: Mapping[str, Any]) -> ObjectRef:
    return ObjectRef(
        bucket=str(found["bucket"]),
        key=str(found["key"]),
        version_id=found.get("versionId") or "",
        etag=found.get("etag") or "",
        size=int(found.get("size", -1)),
        sequencer=found.get("sequencer") or "",
    )
