"""What the file names by its name alone and does not make: buckets that exist, log groups and event buses of others.

So are buckets that functions may use: their code finds them by a name in the environment, or in itself. Sans I/O. The
table says which property of which type names what, and by which property of which type it is made.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from stratolite.core.arn import Arn, partition_of
from stratolite.templates.serverless.bucket_names import allowed
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.intrinsics import joined
from stratolite.templates.serverless.model import External

_NAMED = (
    ("Custom::S3", "BucketName", "s3", "", "AWS::S3::Bucket", "BucketName"),
    ("AWS::S3::BucketPolicy", "Bucket", "s3", "", "AWS::S3::Bucket", "BucketName"),
    ("AWS::Logs::SubscriptionFilter", "LogGroupName", "logs", "log-group:", "AWS::Logs::LogGroup", "LogGroupName"),
    ("AWS::Events::Rule", "EventBusName", "events", "event-bus/", "AWS::Events::EventBus", "Name"),
)
_ALWAYS_THERE = frozenset({"default"})
_GROUP_OF_FUNCTION = "/aws/lambda/"


def find_made_elsewhere(work: Compilation, resources: dict[str, Any], pseudo: Mapping[str, str]) -> list[External]:
    """What has to be there before the stack, once each."""
    found: dict[str, External] = {}
    functions = {function.name for function in work.service.functions.values()}
    for kind, member, service, prefix, maker, name in _NAMED:
        made = set(_texts(resources, maker, name, pseudo))
        named = _texts(resources, kind, member, pseudo)
        for text in (*named, *allowed(resources, pseudo)) if service == "s3" else named:
            is_own = text in made or text.removeprefix(_GROUP_OF_FUNCTION) in functions
            if is_own or text in _ALWAYS_THERE or text.startswith("arn:"):
                continue
            place = ("", "") if service == "s3" else (work.service.region, work.account)
            arn = str(Arn(service, *place, prefix + text, partition_of(work.service.region)))
            found[arn] = External(arn, service, work.service.region, work.account, prefix + text)
    return list(found.values())


def _texts(resources: dict[str, Any], kind: str, member: str, pseudo: Mapping[str, str]) -> Iterator[str]:
    for resource in resources.values():
        if isinstance(resource, dict) and resource.get("Type") == kind:
            text = joined((resource.get("Properties") or {}).get(member), pseudo)
            if text:
                yield text
