"""What happened to an object, told to those whom the bucket's configuration names.

``tell`` plans one delivery for each target in the transaction of the change; ``background.py`` makes them.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html and recorded answers of the service.
"""

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from stratolite.core.arn import partition_of
from stratolite.core.call import Call
from stratolite.protocol import timestamps
from stratolite.services.s3 import archive
from stratolite.services.s3.domain import NULL_VERSION, Bucket, Version
from stratolite.services.s3.notification_configuration import EVENT_BRIDGE, encoded, rules_of

if TYPE_CHECKING:
    from stratolite.services.s3 import S3

NOTIFY = "s3.notify"
SETTING = "notification"
ADDRESS = "127.0.0.1"
"""Whence requests come: the server listens to its own machine."""

PUT = "ObjectCreated:Put"
POST = "ObjectCreated:Post"
COPY = "ObjectCreated:Copy"
COMPLETE = "ObjectCreated:CompleteMultipartUpload"
DELETE = "ObjectRemoved:Delete"
MARK = "ObjectRemoved:DeleteMarkerCreated"
TAG = "ObjectTagging:Put"
UNTAG = "ObjectTagging:Delete"
ACL = "ObjectAcl:Put"
EXPIRE = "LifecycleExpiration:Delete"
EXPIRE_MARK = "LifecycleExpiration:DeleteMarkerCreated"
TRANSITION = "LifecycleTransition"
RESTORE = "ObjectRestore:Post"
RESTORED = "ObjectRestore:Completed"
RESTORE_END = "ObjectRestore:Delete"

S3_ITSELF = "s3.amazonaws.com"

_EMPTY_ETAG = hashlib.md5(b"", usedforsecurity=False).hexdigest()
"""What AWS says of delete markers, which have no bytes."""
_CREATED = frozenset({PUT, POST, COPY, COMPLETE})
_RESTORES = frozenset({RESTORE, RESTORED})
_AGING = frozenset({EXPIRE, EXPIRE_MARK, TRANSITION, RESTORE_END})
_FIRST = _CREATED | _RESTORES | {DELETE, MARK}
"""Events whose records are of the first version."""
_SEQUENCED = _FIRST | {EXPIRE, EXPIRE_MARK}
"""Events that change which bytes a key has; the others have no place in that order."""
_GONE = frozenset({DELETE, EXPIRE})
_SIZED = _CREATED | _RESTORES | {TRANSITION, RESTORE_END}
_DETAIL_TYPES = {
    **dict.fromkeys(_CREATED, "Object Created"),
    DELETE: "Object Deleted",
    MARK: "Object Deleted",
    TAG: "Object Tags Added",
    UNTAG: "Object Tags Deleted",
    ACL: "Object ACL Updated",
    EXPIRE: "Object Deleted",
    EXPIRE_MARK: "Object Deleted",
    TRANSITION: "Object Storage Class Changed",
    RESTORE: "Object Restore Initiated",
    RESTORED: "Object Restore Completed",
    RESTORE_END: "Object Restore Expired",
}
_REASONS = {
    PUT: {"reason": "PutObject"},
    POST: {"reason": "POST Object"},
    COPY: {"reason": "CopyObject"},
    COMPLETE: {"reason": "CompleteMultipartUpload"},
    DELETE: {"reason": "DeleteObject", "deletion-type": "Permanently Deleted"},
    MARK: {"reason": "DeleteObject", "deletion-type": "Delete Marker Created"},
    EXPIRE: {"reason": "Lifecycle Expiration", "deletion-type": "Permanently Deleted"},
    EXPIRE_MARK: {"reason": "Lifecycle Expiration", "deletion-type": "Delete Marker Created"},
}


class Removals(NamedTuple):
    """What is told of deletions."""

    deleted: str
    marked: str


BY_REQUEST = Removals(DELETE, MARK)
BY_LIFECYCLE = Removals(EXPIRE, EXPIRE_MARK)


class Sequencer:
    """Texts that grow with every event, also within one millisecond: readers compare them as AWS's."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, now_ms: int) -> str:
        """The next one; 65,536 of them in a millisecond before they run ahead of the clock."""
        self._last = max(now_ms << 16, self._last + 1)
        return f"{self._last:018X}"


def tell(call: Call, s3: "S3", bucket: Bucket, event: str, version: Version) -> None:
    """Plan the deliveries of one event in the current transaction. ``event``: its name without ``s3:``."""
    configuration = bucket.settings.get(SETTING)
    if not configuration:
        return
    owner = call.within(bucket.account, bucket.region)
    sequencer = s3.sequencer.next(call.now_ms) if event in _SEQUENCED else ""
    key = encoded(version.key)
    for rule in rules_of(configuration):
        if rule.wants(f"s3:{event}", key):
            made = record(call, bucket, event, version, sequencer, rule.configuration_id)
            delivery = {"to": rule.service, "arn": rule.arn, "event": {"Records": [made]}}
            s3.world.outbox.put(owner, NOTIFY, json.dumps(delivery).encode(), source=bucket.arn, target=rule.arn)
    if EVENT_BRIDGE in configuration:
        bus = owner.arn("events", "event-bus/default")
        told = {"type": _DETAIL_TYPES[event], "detail": detail(call, bucket, event, version, sequencer)}
        delivery = {"to": "events", "arn": _arn(bucket), **told}
        s3.world.outbox.put(owner, NOTIFY, json.dumps(delivery).encode(), source=bucket.arn, target=bus)


def record(
    call: Call, bucket: Bucket, event: str, version: Version, sequencer: str, configuration_id: str
) -> dict[str, Any]:
    """An event as queues, topics and functions are told of it."""
    said = {"key": encoded(version.key), **_object(event, version, "eTag", "versionId", sequencer)}
    principal = S3_ITSELF if event in _AGING else f"AWS:{call.account}"
    if event == RESTORED:
        principal = f"AmazonCustomer:{_customer(bucket.account)}"
    return {
        "eventVersion": "2.1" if event in _FIRST else "2.3",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region,
        "eventTime": timestamps.iso8601(call.now_ms / 1000, milliseconds=True),
        "eventName": event,
        "userIdentity": {"principalId": principal},
        "requestParameters": {"sourceIPAddress": S3_ITSELF if event in _AGING else ADDRESS},
        "responseElements": {"x-amz-request-id": call.request_id, "x-amz-id-2": call.request_id},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration_id,
            "bucket": {
                "name": bucket.name,
                "ownerIdentity": {"principalId": _customer(bucket.account)},
                "arn": _arn(bucket),
            },
            "object": said,
        },
        **_event_data(event, version),
    }


def _event_data(event: str, version: Version) -> dict[str, Any]:
    """What records say of a change of class, and of a restoration that is done."""
    if event == TRANSITION:
        return {"lifecycleEventData": {"transitionEventData": {"destinationStorageClass": version.storage_class}}}
    if event == RESTORED:
        restored = {
            "lifecycleRestorationExpiryTime": _restored_until(version),
            "lifecycleRestoreStorageClass": version.storage_class,
        }
        return {"glacierEventData": {"restoreEventData": restored}}
    return {}


def _restored_until(version: Version) -> str:
    return timestamps.iso8601((archive.expires_ms(version) or 0) / 1000, milliseconds=True)


def detail(call: Call, bucket: Bucket, event: str, version: Version, sequencer: str) -> dict[str, Any]:
    """An event as EventBridge is told of it; the key is as it is."""
    said = _object(event, version, "etag", "version-id", "" if event in _RESTORES else sequencer)
    more: dict[str, Any] = dict(_REASONS.get(event, {}))
    if event == TRANSITION:
        more["destination-storage-class"] = version.storage_class
    if event in _RESTORES or event == RESTORE_END:
        more["source-storage-class"] = version.storage_class
    if event == RESTORED:
        more["restore-expiry-time"] = _restored_until(version)
    elif event not in _AGING:
        more["source-ip-address"] = ADDRESS
    return {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": {"key": version.key, **said},
        "request-id": call.request_id,
        "requester": S3_ITSELF if event in _AGING else call.account,
        **more,
    }


def test_event(call: Call, bucket: Bucket) -> str:
    """What queues and topics get when a configuration names them."""
    return json.dumps(
        {
            "Service": "Amazon S3",
            "Event": "s3:TestEvent",
            "Time": timestamps.iso8601(call.now_ms / 1000, milliseconds=True),
            "Bucket": bucket.name,
            "RequestId": call.request_id,
            "HostId": call.request_id,
        }
    )


def _object(event: str, version: Version, etag: str, version_id: str, sequencer: str) -> dict[str, Any]:
    """What is said of an object beside its key: of one that is gone, no bytes."""
    said: dict[str, Any] = {}
    if event in _SIZED:
        said["size"] = version.size_bytes
    if event not in _GONE:
        said[etag] = version.etag or _EMPTY_ETAG
    if version.version_id != NULL_VERSION:
        said[version_id] = version.version_id
    if sequencer:
        said["sequencer"] = sequencer
    return said


def _arn(bucket: Bucket) -> str:
    return f"arn:{partition_of(bucket.region)}:s3:::{bucket.name}"


def _customer(account: str) -> str:
    """The id by which notifications know an account: AWS's is of this form, and does not say which account it is."""
    return "A" + hashlib.sha256(f"customer {account}".encode()).hexdigest()[:13].upper()
