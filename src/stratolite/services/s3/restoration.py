"""Restores archived objects for some days.

That takes hours at AWS; here it is done as soon as the worker comes to it.
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html
"""

import json
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.delivery.outbox import Entry
from stratolite.services.s3 import archive, notifications
from stratolite.services.s3.domain import Bucket, Version
from stratolite.services.s3.lifecycle import midnight_after

if TYPE_CHECKING:
    from stratolite.services.s3 import S3

RESTORE = "s3.restore"


def begin(call: Call, s3: "S3", bucket: Bucket, version: Version, days: int) -> None:
    """Plan a restoration in the current transaction."""
    begun = archive.begun(version)
    s3.store.set_described(begun)
    notifications.tell(call, s3, bucket, notifications.RESTORE, begun)
    _put(call, s3, bucket, version, {"days": days}, call.now_ms)


def extend(call: Call, s3: "S3", bucket: Bucket, version: Version, days: int) -> Version:
    """Let a version be read for some days from now on; the version as it is then."""
    until_ms = midnight_after(call.now_ms, days)
    restored = archive.restored(version, until_ms)
    s3.store.set_described(restored)
    _put(call, s3, bucket, version, {"ends_ms": until_ms}, until_ms)
    return restored


def run(s3: "S3", entry: Entry) -> None:
    """Complete a restoration, or end one whose days are over, in the transaction that ends the row."""
    step = json.loads(entry.payload)
    bucket = s3.store.bucket(step["bucket"])
    version = s3.store.version(step["bucket"], step["key"], step["version_id"])
    if bucket is None or version is None:
        return
    call = entry.call(s3.world.clock.now_ms(), s3.world.entropy.uuid())
    if "days" in step and archive.is_ongoing(version):
        notifications.tell(call, s3, bucket, notifications.RESTORED, extend(call, s3, bucket, version, step["days"]))
    elif "ends_ms" in step and archive.expires_ms(version) == step["ends_ms"]:
        notifications.tell(call, s3, bucket, notifications.RESTORE_END, version)
        s3.store.set_described(archive.ended(version))


def _put(call: Call, s3: "S3", bucket: Bucket, version: Version, said: dict[str, Any], due_ms: int) -> None:
    payload = {"bucket": bucket.name, "key": version.key, "version_id": version.version_id, **said}
    owner = call.within(bucket.account, bucket.region)
    data = json.dumps(payload).encode()
    s3.world.outbox.put(owner, RESTORE, data, source=bucket.arn, target=bucket.arn, due_ms=due_ms)
