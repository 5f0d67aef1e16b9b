"""The event ``s3``: buckets that the service makes, and what happens in them; or in buckets that exist already.

Source: https://www.serverless.com/framework/docs-providers-aws-events-s3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stratolite.templates.document import Map
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.bucket_names import NAME, RULE
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.existing_buckets import EVENT_DEFAULT, make_existing
from stratolite.templates.serverless.kinds import S3, check_kind
from stratolite.templates.serverless.lodash import upper_first


@dataclass(frozen=True)
class _Bucket:
    """A bucket that is made here: ``reference`` is what events call it, ``settings`` what ``provider.s3`` says."""

    name: str
    reference: str
    settings: Map | None

    @property
    def logical_id(self) -> str:
        return naming.bucket(self.reference)


def make(work: Compilation, events: Sequence[Event]) -> None:
    """Buckets with their notifications, and permissions; custom resources for buckets that exist."""
    for event in events:
        if isinstance(event.settings, dict):
            check_kind(event.settings, S3, event.at, "s3")
        elif not isinstance(event.settings, str):
            raise refusal("the event 's3' takes a bucket's name or a map", event.at, "Write '- s3: my-bucket'.")
    existing = [
        event for event in events if isinstance(event.settings, dict) and truthy(event.settings.get("existing"))
    ]
    uses: dict[str, list[tuple[_Bucket, Event]]] = {}
    for event in events:
        if event not in existing:
            bucket = _bucket(work, event)
            uses.setdefault(bucket.name, []).append((bucket, event))
    for found in uses.values():
        # One name may have several references: the last that provider.s3 knows is its own.
        bucket = next((each for each, _ in reversed(found) if each.settings is not None), found[0][0])
        _make_bucket(work, bucket, [event for _, event in found])
    make_existing(work, existing)


def _bucket(work: Compilation, event: Event) -> _Bucket:
    reference = event.settings
    if isinstance(reference, dict):
        reference = reference.get("bucket")
        if isinstance(reference, dict):
            what = "a bucket that is named by an intrinsic function exists already"
            raise refusal(what, event.mark("bucket"), "Add 'existing: true' to the event.")
        if not isinstance(reference, str) or not reference:
            raise refusal("the event 's3' lacks 'bucket'", event.at, "Name the bucket.")
    shared = work.service.setting("s3", reference)
    settings = shared if isinstance(shared, Map) else None
    name = str((settings.get("name") if settings else None) or reference)
    if not NAME.match(name) and not work.is_lenient:
        what = f"not the name of a bucket: {name!r}"
        raise refusal(what, event.mark("bucket"), f"Use {RULE}.")
    return _Bucket(name, reference, settings)


def _make_bucket(work: Compilation, bucket: _Bucket, events: Sequence[Event]) -> None:
    own = {upper_first(key): value for key, value in (bucket.settings or {}).items() if key != "name"}
    notifications: dict[str, Any] = {"LambdaConfigurations": [_notification(event) for event in events]}
    notifications |= own.pop("NotificationConfiguration", None) or {}
    waits = []
    for event in events:
        waits.append(_permit(work, bucket, event))
        waits += [event.function.depends_on] if event.function.depends_on else []
    properties = {"BucketName": bucket.name, "NotificationConfiguration": notifications, **own}
    work.merge(bucket.logical_id, "AWS::S3::Bucket", properties, depends_on=waits)


def _notification(event: Event) -> dict[str, Any]:
    settings = event.settings if isinstance(event.settings, dict) else {}
    made: dict[str, Any] = {"Event": settings.get("event") or EVENT_DEFAULT, "Function": event.function.target}
    if truthy(settings.get("rules")):
        rules = [{"Name": name, "Value": value} for rule in settings["rules"] for name, value in list(rule.items())[:1]]
        made["Filter"] = {"S3Key": {"Rules": rules}}
    return made


def _permit(work: Compilation, bucket: _Bucket, event: Event) -> str:
    """The logical id of the permission."""
    function = event.function
    properties = {
        "FunctionName": function.target,
        "Action": "lambda:InvokeFunction",
        "Principal": "s3.amazonaws.com",
        "SourceArn": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":s3:::{bucket.name}"]]},
        "SourceAccount": {"Ref": "AWS::AccountId"},
    }
    name = naming.bucket_permission(function.key, bucket.reference)
    work.merge(name, "AWS::Lambda::Permission", properties, depends_on=function.depends_on)
    return name
