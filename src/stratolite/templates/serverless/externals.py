"""What the file names and does not make: a topic or a queue of another team, the stream of its table, a vendor's layer.

A target makes stand-ins of them, or refuses. Sans I/O.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from stratolite.core.arn import Arn, partition_of
from stratolite.core.warning import Kind
from stratolite.templates.serverless.account_roles import (
    find_missing_roles,
    find_policies,
    settle_role_names,
    settle_roles,
)
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.intrinsics import joined, pseudo_parameters
from stratolite.templates.serverless.made_elsewhere import find_made_elsewhere
from stratolite.templates.serverless.model import External

_ACCOUNT = re.compile(r"\d{12}")
_PLACE = "[^:*?]+:[^:*?]+"
_EXTERNAL = re.compile(
    rf"arn:[^:*?]*:((sns|sqs):{_PLACE}:[^:*?/]+|events:{_PLACE}:event-bus/[^:*?]+"
    rf"|dynamodb:{_PLACE}:table/[^:*?/]+/stream/[^*?/]+|lambda:{_PLACE}:(layer:[^:]+:\d+|function:[^:*?/]+))"
)
_NAMES = {
    "AWS::SNS::Topic": ("sns", "TopicName", ""),
    "AWS::SQS::Queue": ("sqs", "QueueName", ""),
    "AWS::Events::EventBus": ("events", "Name", "event-bus/"),
    "AWS::DynamoDB::Table": ("dynamodb", "TableName", "table/"),
    "AWS::Lambda::Function": ("lambda", "FunctionName", "function:"),
}
"""By which property a resource is named, and what stands before the name in ARNs of its service."""
_WORDS = {"sns": "topic", "sqs": "queue", "events": "event bus", "dynamodb": "table", "lambda": "function"}


def find_externals(work: Compilation, template: dict[str, Any], notified: Iterable[str]) -> tuple[External, ...]:
    """What resources name by ARN, topics that are ``notified``, and the user's own deployment bucket.

    What the template makes is not among them; each is there once. An account in an ARN that is none, or that is not
    where the template makes something of the same name, is told as a warning.
    """
    resources: dict[str, Any] = template["Resources"]
    pseudo = pseudo_parameters(work)
    own = {_own(resource, pseudo) for resource in resources.values()}
    if work.is_lenient:
        _bring_home(work, resources, own)
    found: dict[str, External] = {}
    bucket = work.service.deployment_bucket
    if isinstance(bucket, str):
        name = str(Arn("s3", "", "", bucket, partition_of(work.service.region)))
        found[name] = External(name, "s3", work.service.region, work.account, bucket)
    for text in (*_texts(resources), *_joined_sources(resources, pseudo), *notified):
        if text in found or not _EXTERNAL.fullmatch(text):
            continue
        arn = Arn.parse(text)
        here = arn.account == work.account and arn.region == work.service.region
        named_alike = (arn.service, arn.resource.partition("/stream/")[0]) in own
        if here and named_alike:
            continue
        _warn(work, arn, named_alike=named_alike)
        found[text] = External(text, arn.service, arn.region, arn.account, arn.resource)
    if not work.is_lenient:
        return tuple(found.values())
    find_missing_roles(work, resources)
    settle_roles(work, resources)
    settle_role_names(work, resources, lambda value: joined(value, pseudo))
    policies = find_policies(work, resources, lambda value: joined(value, pseudo))
    others = [*policies, *find_made_elsewhere(work, resources, pseudo)]
    return tuple((found | {one.arn: one for one in others}).values())


def _bring_home(work: Compilation, resources: dict[str, Any], own: set[tuple[str, str] | None]) -> None:
    """Names of what the file makes, written with the account of whoever wrote them, are of the account here.

    So are those whose account is none, ``arn:aws:sns:us-east-1:XXXXXXXXXXXX:users``.
    """
    told: list[str] = []
    filled: list[str] = []
    for text in [*dict.fromkeys(_texts(resources))]:
        if not _EXTERNAL.fullmatch(text):
            continue
        arn = Arn.parse(text)
        named_alike = (arn.service, arn.resource.partition("/stream/")[0]) in own
        is_own = named_alike and arn.region == work.service.region and arn.account != work.account
        if is_own or not _ACCOUNT.fullmatch(arn.account):
            _replace(resources, text, str(replace(arn, account=work.account)))
            (told if is_own else filled).append(text)
    if told:
        what = f"what the file makes is in the account {work.account} here: {', '.join(told)}"
        work.warn_locally(what, about="resources")
    if filled:
        what = f"accounts of AWS have 12 digits: {work.account} is taken for that of {', '.join(filled)}"
        work.warn_locally(what, kind=Kind.REFUSED_BY_AWS, about="resources")


def _replace(value: Any, old: str, new: str) -> None:
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        child = value[key]
        if isinstance(child, dict | list):
            _replace(child, old, new)
        elif child == old:
            value[key] = new


def _warn(work: Compilation, arn: Arn, *, named_alike: bool) -> None:
    if not _ACCOUNT.fullmatch(arn.account):
        what = f"the account {arn.account!r} of {arn} is not 12 digits, as every account of AWS is"
        work.warn(what, kind=Kind.MISTAKE, about="resources")
    elif named_alike and arn.region == work.service.region:
        work.warn(
            f"{arn} is not the {_WORDS[arn.service]} {_last(arn)!r} that the file makes: that one is in the account "
            f"{work.account}",
            kind=Kind.MISTAKE,
            about="resources",
            todo="Name it with Ref, or with ${aws:accountId}",
        )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _texts(child)


def _joined_sources(resources: dict[str, Any], pseudo: Mapping[str, str]) -> Iterator[str]:
    """The ARNs of event sources that are put together of texts and of what is known of the place."""
    for resource in resources.values():
        if isinstance(resource, dict) and resource.get("Type") == "AWS::Lambda::EventSourceMapping":
            text = joined(resource["Properties"].get("EventSourceArn"), pseudo)
            if text is not None:
                yield text


def _own(resource: Any, pseudo: Mapping[str, str]) -> tuple[str, str] | None:
    """The service and the end of the ARN of what a resource makes, where both are known."""
    properties = resource.get("Properties") if isinstance(resource, dict) else None
    named = _NAMES.get(str(resource["Type"])) if isinstance(properties, dict) and "Type" in resource else None
    if named is None or not isinstance(properties, dict):
        return None
    service, member, prefix = named
    name = joined(properties.get(member), pseudo)
    return (service, f"{prefix}{name}") if name is not None else None


def _last(arn: Arn) -> str:
    return arn.resource.partition("/stream/")[0].replace(":", "/").rpartition("/")[2]
