"""Limits, and checks of a deployment before anything is made.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html and recorded answers.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from stratolite.core.call import Call
from stratolite.core.errors import AwsError, NotImplementedHere, ValidationError
from stratolite.core.resource_types import ResourceType
from stratolite.core.service import Service
from stratolite.services.cloudformation import Cloudformation, api, policy, rollback_triggers, schema, skipped
from stratolite.services.cloudformation.deployment import Deployment
from stratolite.services.cloudformation.domain import Resource
from stratolite.services.cloudformation.expressions import is_unknown, references
from stratolite.services.cloudformation.kinds import kind_of
from stratolite.services.cloudformation.template import ResourceDefinition, Template

TEMPLATE_BYTES_MAX = 51_200
TEMPLATE_URL_BYTES_MAX = 1_000_000
TAGS_MAX = 50
EVENTS_PAGE = 100
LIST_PAGE = 100
TOKEN_LENGTH_MAX = 18

T = TypeVar("T")
Known = Mapping[str, tuple[Service, ResourceType]]
"""Who makes resources of which types, and how."""

_S3_PATH = re.compile(r"^/([^/]+)/(.+)$")
_S3 = re.compile(r"^(s3[.-]|localhost$|127\.0\.0\.1$)")
_S3_HOST = re.compile(r"^(?P<bucket>[a-z0-9.-]+?)\.s3[.-]")
_IAM = re.compile(r"^AWS::IAM::(Role|Policy|ManagedPolicy|User|Group|InstanceProfile|AccessKey|UserToGroupAddition)$")
_IAM_NAMES = ("RoleName", "ManagedPolicyName", "UserName", "GroupName", "InstanceProfileName")


def page_of(items: Sequence[T], request: Mapping[str, Any]) -> tuple[Sequence[T], dict[str, str]]:
    """A page of a list, and ``NextToken`` where there is more. Raises ValidationError for a token that is none."""
    start = position_of(request)
    more = len(items) > start + LIST_PAGE
    return items[start : start + LIST_PAGE], {"NextToken": str(start + LIST_PAGE)} if more else {}


def position_of(request: Mapping[str, Any]) -> int:
    """Where the page begins that a request wants: 0 for the first one."""
    token = request.get("NextToken") or "0"
    if not token.isascii() or not token.isdecimal() or len(token) > TOKEN_LENGTH_MAX:
        raise ValidationError("NextToken is invalid.")
    return int(token)


def template_text(call: Call, cloudformation: Cloudformation, request: Mapping[str, Any], previous: str) -> str:
    """The template that a request gives: in itself, at a URL of S3, or the previous one. Raises ValidationError."""
    body, url = request.get("TemplateBody"), request.get("TemplateURL")
    if request.get("UsePreviousTemplate") and (body is not None or url is not None):
        raise ValidationError("You cannot specify both usePreviousTemplate and Template Body/Template URL.")
    if body is not None and url is not None:
        raise ValidationError("Only one of Template URL or Template Body must be specified.")
    if body is not None:
        if len(body.encode("utf-8", "surrogatepass")) > TEMPLATE_BYTES_MAX:
            raise ValidationError(
                f"1 validation error detected: Value '{body}' at 'templateBody' failed to satisfy constraint: Member "
                f"must have length less than or equal to {TEMPLATE_BYTES_MAX}"
            )
        return str(body)
    if url is not None:
        text = _at_url(call, cloudformation, url)
        if len(text.encode("utf-8", "surrogatepass")) > TEMPLATE_URL_BYTES_MAX:
            raise ValidationError(f"Template may not exceed {TEMPLATE_URL_BYTES_MAX} bytes in size.")
        return text
    if request.get("UsePreviousTemplate"):
        return previous
    raise ValidationError("Either Template URL or Template Body must be specified.")


def policy_text(call: Call, cloudformation: Cloudformation, request: Mapping[str, Any], name: str) -> str | None:
    """The stack policy that a request gives, in itself or at a URL; None when it gives none. Raises ValidationError."""
    body, url = request.get(f"{name}Body"), request.get(f"{name}URL")
    if body is not None and url is not None:
        raise ValidationError(f"You cannot specify both {name}URL and {name}Body")
    if url is not None:
        body = _at_url(call, cloudformation, url)
    if body is not None:
        policy.check(body)
    return body


def _at_url(call: Call, cloudformation: Cloudformation, url: str) -> str:
    """The text at a URL of S3. Raises ValidationError."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        raise ValidationError(f"S3 error: Domain name specified in {parts.netloc} is not a valid S3 domain")
    if parts.scheme not in ("https", "http") or not parts.netloc:
        raise ValidationError("TemplateURL must be a supported URL.")
    host = _S3_HOST.match(parts.hostname or "")
    found = _S3_PATH.match(parts.path)
    if host:
        bucket, key = host["bucket"], parts.path.lstrip("/")
    elif found and (_S3.match(parts.hostname or "") or parts.netloc == urlsplit(call.endpoint).netloc):
        bucket, key = found.groups()
    else:
        raise ValidationError("TemplateURL must be a supported URL.")
    try:
        data = cloudformation.world.ports.object.read(call, bucket, unquote(key))
    except AwsError as error:
        raise ValidationError(f"S3 error: {error.message}") from error
    return data.decode("utf-8", "replace")


def deployable(cloudformation: Cloudformation, deployment: Deployment, *, may_stand_in: bool = False) -> None:
    """Refuse, by name and all together, what cannot be made here. Raises ValidationError.

    ``may_stand_in``: whether the stack may have resources without effect.
    """
    known, unknown = {}, set()
    for resource in deployment.template.resources.values():
        found = kind_of(cloudformation.world, resource.type)
        if found is None or (found[1].stands_in and not may_stand_in):
            unknown.add(resource.type)
        else:
            known[resource.type] = found
    if unknown:
        raise ValidationError(f"Template format error: Unrecognized resource types: [{', '.join(sorted(unknown))}]")
    deployment.order()
    deployment.check_conditional_references()
    problems: list[str] = []
    for resource in deployment.included().values():
        problems += problems_of(deployment, known, resource)
    if problems:
        raise ValidationError("\n".join(problems))


def problems_of(deployment: Deployment, known: Known, resource: ResourceDefinition) -> list[str]:
    """What cannot be made of one resource, whose type is known. Raises ValidationError for what it refers to."""
    service, kind = known[resource.type]
    shape = schema.of(service, kind)
    _attributes(deployment, known, resource)
    found_here = schema.problems(kind, shape, resource.logical_id, resource.properties)
    resolved = schema.coerced(shape, deployment.resolver.resolve(dict(resource.properties)))
    deployment.resolver.resolve(resource.metadata)
    return found_here or _judged(kind, shape, resource.logical_id, resolved)


def _attributes(deployment: Deployment, known: Known, resource: ResourceDefinition) -> None:
    for logical_id, attribute in references(deployment.resolver.taken(dict(resource.properties))):
        asked = deployment.template.resources.get(logical_id)
        if asked is None or not attribute or asked.type not in known:
            continue
        service, kind = known[asked.type]
        if not schema.has_attribute(schema.of(service, kind), attribute):
            raise ValidationError(
                f"Template error: resource {logical_id} does not support attribute type {attribute} in Fn::GetAtt"
            )


def _judged(kind: ResourceType, shape: Mapping[str, Any], logical_id: str, properties: dict[str, Any]) -> list[str]:
    """What is not implemented of values that are known already. Wrong ones fail when they are made, as on AWS."""
    if schema.violations(shape, properties):
        return []
    try:
        kind.refuse({key: value for key, value in properties.items() if not is_unknown(value)})
    except AwsError as error:
        return [f"{logical_id}: {error.message}"]
    return []


def unchanged_types(parsed: Template, resources: Mapping[str, Resource]) -> None:
    """Raises ValidationError for a resource that would become one of another type.

    One that was skipped may be made at last, and the other way round: it is replaced.
    """
    changed = sorted(
        name
        for name, one in parsed.resources.items()
        if name in resources and resources[name].physical_id and _own(resources[name].type) != _own(one.type)
    )
    if changed:
        raise ValidationError(
            "Update of resource type is not permitted. The new template modifies resource type of the following "
            f"resources: [{', '.join(changed)}]"
        )


def _own(kind: str) -> str:
    return kind.removeprefix(skipped.PREFIX)


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


def capabilities(parsed: Template, given: Iterable[str], *, is_expanded: bool = False) -> None:
    """Raises InsufficientCapabilities when the caller did not agree to what the template does: IAM, transforms."""
    agreed = set(given)
    if is_expanded and "CAPABILITY_AUTO_EXPAND" not in agreed:
        raise api.InsufficientCapabilitiesException("Requires capabilities : [CAPABILITY_AUTO_EXPAND]")
    iam = [one for one in parsed.resources.values() if _IAM.match(one.type)]
    if not iam:
        return
    is_named = any(name in one.properties for one in iam for name in _IAM_NAMES)
    if is_named and "CAPABILITY_NAMED_IAM" not in agreed:
        raise api.InsufficientCapabilitiesException("Requires capabilities : [CAPABILITY_NAMED_IAM]")
    if not agreed & {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"}:
        raise api.InsufficientCapabilitiesException("Requires capabilities : [CAPABILITY_IAM]")


def required_capabilities(parsed: Template) -> tuple[list[str], str]:
    """The capabilities that a template needs, and why."""
    iam = [one for one in parsed.resources.values() if _IAM.match(one.type)]
    if not iam:
        return [], ""
    is_named = any(name in one.properties for one in iam for name in _IAM_NAMES)
    listed = ", ".join(sorted({one.type for one in iam}))
    capability = "CAPABILITY_NAMED_IAM" if is_named else "CAPABILITY_IAM"
    return [capability], f"The following resource(s) require capabilities: [{listed}]"


def unsupported(request: Mapping[str, Any], names: Iterable[str]) -> None:
    """Refuse parameters by name that would have no effect here."""
    for name in names:
        if request.get(name):
            raise NotImplementedHere(f"The parameter {name} is not implemented by this version of Stratolite.")
    rollback_triggers.check(request.get("RollbackConfiguration", {}))


def assumable(call: Call, cloudformation: Cloudformation, arn: str) -> None:
    """Raises ValidationError for a role of this account that CloudFormation could not assume.

    A role of another account cannot be looked at. What a role may do is not enforced yet (IAM's policies are not).
    """
    if not arn:
        return
    account, _, path = arn.partition(":iam::")[2].partition(":role/")
    if account != call.account:
        return
    try:
        role = cloudformation.world.operations.run(call, "iam", "GetRole", {"RoleName": path.rpartition("/")[2]})[
            "Role"
        ]
    except AwsError as error:
        raise ValidationError(f"Role {arn} is invalid or cannot be assumed") from error
    if "cloudformation.amazonaws.com" not in unquote(role["AssumeRolePolicyDocument"]):
        raise ValidationError(f"Role {arn} is invalid or cannot be assumed")


def notified(call: Call, cloudformation: Cloudformation, request: Mapping[str, Any]) -> None:
    """Raises ValidationError for a topic in NotificationARNs that does not exist."""
    for arn in request.get("NotificationARNs", []):
        try:
            cloudformation.world.operations.run(call, "sns", "GetTopicAttributes", {"TopicArn": arn})
        except AwsError as error:
            raise ValidationError(f"Invalid NotificationARN {arn}: {error.message}") from error
