"""Limits, and checks of a deployment before anything is made.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html and recorded answers.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from stratolite.core.call import Call
from stratolite.core.errors import AwsError, NotImplementedHere, ValidationError
from stratolite.core.ports import ResourceType
from stratolite.services.cloudformation import Cloudformation, api, graph, schema
from stratolite.services.cloudformation.deployment import Deployment
from stratolite.services.cloudformation.template import Template

TEMPLATE_BYTES_MAX = 51_200
TEMPLATE_URL_BYTES_MAX = 1_000_000
TAGS_MAX = 50
EVENTS_PAGE = 100
LIST_PAGE = 100

_S3_PATH = re.compile(r"^/([^/]+)/(.+)$")
_S3_HOST = re.compile(r"^(?P<bucket>[a-z0-9.-]+?)\.s3[.-]")
_IAM = re.compile(r"^AWS::IAM::(Role|Policy|ManagedPolicy|User|Group|InstanceProfile|AccessKey|UserToGroupAddition)$")
_IAM_NAMES = ("RoleName", "ManagedPolicyName", "UserName", "GroupName", "InstanceProfileName")


def template_text(call: Call, cloudformation: Cloudformation, request: Mapping[str, Any], previous: str) -> str:
    """The template that a request gives: in itself, at a URL of S3, or the previous one. Raises ValidationError."""
    body, url = request.get("TemplateBody"), request.get("TemplateURL")
    if body is not None and url is not None:
        raise ValidationError("Only one of Template URL or Template Body must be specified.")
    if body is not None:
        return str(body)
    if url is not None:
        return _at_url(call, cloudformation, url)
    if request.get("UsePreviousTemplate"):
        return previous
    raise ValidationError("Either Template URL or Template Body must be specified.")


def _at_url(call: Call, cloudformation: Cloudformation, url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.netloc:
        raise ValidationError("TemplateURL must be a supported URL.")
    host = _S3_HOST.match(parts.hostname or "")
    if host:
        bucket, key = host["bucket"], parts.path.lstrip("/")
    else:
        found = _S3_PATH.match(parts.path)
        if not found:
            raise ValidationError("TemplateURL must be a supported URL.")
        bucket, key = found.groups()
    try:
        data = cloudformation.world.ports.object.read(call, bucket, unquote(key))
    except AwsError as error:
        raise ValidationError(f"S3 error: {error.message}") from error
    if len(data) > TEMPLATE_URL_BYTES_MAX:
        raise ValidationError(f"Template may not exceed {TEMPLATE_URL_BYTES_MAX} bytes in size.")
    return data.decode("utf-8", "replace")


def deployable(cloudformation: Cloudformation, deployment: Deployment) -> None:
    """Refuse, by name and all together, what cannot be made here. Raises ValidationError."""
    resources = deployment.included()
    known, unknown = {}, set()
    for resource in deployment.template.resources.values():
        found = cloudformation.world.resource_types(resource.type)
        if found is None:
            unknown.add(resource.type)
        else:
            known[resource.type] = found
    if unknown:
        raise ValidationError(f"Template format error: Unrecognized resource types: [{', '.join(sorted(unknown))}]")
    graph.order({name: graph.dependencies(one, resources) for name, one in resources.items()})
    deployment.check_conditional_references()
    problems: list[str] = []
    for logical_id, resource in resources.items():
        service, kind = known[resource.type]
        shape = schema.schemas(service.name)[kind.name]
        found_here = schema.problems(kind, shape, logical_id, resource.properties)
        resolved = deployment.resolver.resolve(dict(resource.properties))
        deployment.resolver.resolve(resource.metadata)
        if not found_here:
            found_here = _judged(kind, shape, logical_id, schema.coerced(shape, resolved))
        problems += found_here
    if problems:
        raise ValidationError("\n".join(problems))


def _judged(kind: ResourceType, shape: Mapping[str, Any], logical_id: str, properties: dict[str, Any]) -> list[str]:
    """What is wrong with values that are known already."""
    found = schema.violations(shape, properties)
    if found:
        return [schema.failed(logical_id, found)]
    try:
        kind.refuse({key: value for key, value in properties.items() if not schema.is_unknown(value)})
    except AwsError as error:
        return [f"{logical_id}: {error.message}"]
    return []


def allowed_types(parsed: Template, patterns: Iterable[str] | None) -> None:
    """Raises ValidationError for a resource whose type the request's ResourceTypes do not allow."""
    if patterns is None:
        return
    given = list(patterns)
    for resource in parsed.resources.values():
        if not any(
            resource.type == one or (one.endswith("::*") and resource.type.startswith(one[:-1])) for one in given
        ):
            raise ValidationError(
                f"Resource type {resource.type} is not allowed by parameter ResourceTypes [{', '.join(given)}]"
            )


def capabilities(deployment: Deployment, given: Iterable[str]) -> None:
    """Raises InsufficientCapabilities when the template makes IAM resources that the caller did not agree to."""
    agreed = set(given)
    iam = [one for one in deployment.template.resources.values() if _IAM.match(one.type)]
    if not iam:
        return
    is_named = any(name in one.properties for one in iam for name in _IAM_NAMES)
    if is_named and "CAPABILITY_NAMED_IAM" not in agreed:
        raise api.InsufficientCapabilitiesException("Requires capabilities : [CAPABILITY_NAMED_IAM]")
    if not agreed & {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"}:
        raise api.InsufficientCapabilitiesException("Requires capabilities : [CAPABILITY_IAM]")


def unsupported(request: Mapping[str, Any], names: Iterable[str]) -> None:
    """Refuse parameters by name that would have no effect here."""
    for name in names:
        if request.get(name):
            raise NotImplementedHere(f"The parameter {name} is not implemented by this version of Stratolite.")
    configuration = request.get("RollbackConfiguration", {})
    if configuration.get("RollbackTriggers") or configuration.get("MonitoringTimeInMinutes"):
        raise NotImplementedHere(
            "RollbackConfiguration needs alarms to watch, which this version of Stratolite does not have."
        )


def notified(call: Call, cloudformation: Cloudformation, request: Mapping[str, Any]) -> None:
    """Raises ValidationError for a topic in NotificationARNs that does not exist."""
    for arn in request.get("NotificationARNs", []):
        try:
            cloudformation.world.operations.run(call, "sns", "GetTopicAttributes", {"TopicArn": arn})
        except AwsError as error:
            raise ValidationError(f"Invalid NotificationARN {arn}: {error.message}") from error
