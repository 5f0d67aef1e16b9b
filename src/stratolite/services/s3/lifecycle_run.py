"""Carries out lifecycle rules: once a day, at midnight UTC, in steps of bounded size.

A bucket with a configuration has one outbox row, which puts the next one: the next step, or tomorrow's first. Its
``token`` is kept with the bucket, so that a row of an earlier configuration, or of a bucket that is gone, ends itself.
"""

import json
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stratolite.core.call import Call
from stratolite.delivery.outbox import Entry
from stratolite.services.s3 import lifecycle, lock, notifications, removal, settings
from stratolite.services.s3.domain import Bucket, Version
from stratolite.services.s3.listing import RANK_MAX, RANK_MIN, Position

if TYPE_CHECKING:
    from stratolite.services.s3 import S3

RUN = "s3.lifecycle"
TOKEN = "lifecycle_token"
"""The setting of a bucket that says which row is its own."""
STEP_MAX = 500
"""How many versions, or uploads, are looked at in one transaction; all versions of one key together."""
_START: Position = (b"", RANK_MIN)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_TOKEN_LENGTH = 12


def begin(call: Call, s3: "S3", bucket: Bucket) -> None:
    """See to it that a bucket's rules are carried out from the next midnight on."""
    if TOKEN not in bucket.settings:
        token = s3.world.entropy.token(_TOKEN_LENGTH, _LETTERS)
        settings.keep(s3, bucket, TOKEN, token)
        _put(call.within(bucket.account, bucket.region), s3, bucket, token)


def run(s3: "S3", entry: Entry) -> None:
    """One step, in the transaction that ends its row."""
    step = json.loads(entry.payload)
    bucket = s3.store.bucket(step["bucket"])
    if bucket is None or bucket.settings.get(TOKEN) != step["token"]:
        return
    if lifecycle.SETTING not in bucket.settings:
        settings.drop(s3, bucket, TOKEN)
        return
    call = entry.call(s3.world.clock.now_ms(), s3.world.entropy.uuid())
    after: Position = (bytes.fromhex(step["key"]), step["rank"])
    if step["of"] == "versions":
        following = _versions(call, s3, bucket, after)
        if following is None:
            _put(call, s3, bucket, step["token"], "uploads", _START)
        else:
            _put(call, s3, bucket, step["token"], "versions", following)
        return
    following = _uploads(call, s3, bucket, after)
    if following is None:
        _put(call, s3, bucket, step["token"])
    else:
        _put(call, s3, bucket, step["token"], "uploads", following)


def _put(call: Call, s3: "S3", bucket: Bucket, token: str, of: str = "versions", after: Position | None = None) -> None:
    """Plan a step: at once behind a position, or tomorrow's first."""
    key, rank = after or _START
    payload = {"bucket": bucket.name, "token": token, "of": of, "key": key.hex(), "rank": rank}
    due_ms = lifecycle.midnight_after(call.now_ms + 1, 0) if after is None else call.now_ms
    s3.world.outbox.put(call, RUN, json.dumps(payload).encode(), source=bucket.arn, target=bucket.arn, due_ms=due_ms)


def _versions(call: Call, s3: "S3", bucket: Bucket, after: Position) -> Position | None:
    """Do what is due of some keys; the position behind them, or None at the end."""
    found, following = _keys(s3, bucket, after)
    rules = lifecycle.rules_of(bucket)
    for versions in found:
        for action in lifecycle.due(bucket, rules, versions, call.now_ms):
            _do(call, s3, bucket, action)
    return following


def _keys(s3: "S3", bucket: Bucket, after: Position) -> tuple[list[list[Version]], Position | None]:
    """The versions of some keys, of each all, and where to go on."""
    found: list[list[Version]] = []
    while True:
        batch = s3.store.versions(bucket.name, after, STEP_MAX)
        for version in batch:
            if found and found[-1][0].key == version.key:
                found[-1].append(version)
            else:
                found.append([version])
        if len(batch) < STEP_MAX:
            return found, None
        if len(found) > 1:
            # Further versions of the last key may follow: it is left to the next step.
            found.pop()
            return found, (found[-1][0].key.encode(), RANK_MAX)
        after = (batch[-1].key.encode(), batch[-1].rank)


def _do(call: Call, s3: "S3", bucket: Bucket, action: lifecycle.Action) -> None:
    version = action.version
    if action.kind == lifecycle.TRANSITION:
        moved = replace(version, storage_class=action.storage_class)
        s3.store.set_described(moved)
        notifications.tell(call, s3, bucket, notifications.TRANSITION, moved)
        return
    if action.kind == lifecycle.DELETE and lock.is_protected(version, call.now_ms):
        return
    version_id = version.version_id if action.kind == lifecycle.DELETE else None
    removal.remove(call, s3, bucket, version.key, version_id, notifications.BY_LIFECYCLE)


def _uploads(call: Call, s3: "S3", bucket: Bucket, after: Position) -> Position | None:
    """Abort what has gone on for too long; the position behind, or None at the end."""
    rules = lifecycle.rules_of(bucket)
    batch = s3.multipart.uploads(bucket.name, after, STEP_MAX)
    for upload in batch:
        if lifecycle.is_aborted(rules, upload, call.now_ms):
            s3.multipart.delete_upload(upload)
    return (batch[-1].key.encode(), batch[-1].rank) if len(batch) == STEP_MAX else None
