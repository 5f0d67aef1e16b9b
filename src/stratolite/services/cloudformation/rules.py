"""Limits, and checks of a deployment before anything is made.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html and recorded answers.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from stratolite.core.call import Call
from stratolite.core.errors import AwsError, NotImplementedHere, ValidationError
from stratolite.services.cloudformation import Cloudformation, api, graph, schema
from stratolite.services.cloudformation.deployment import Deployment
from stratolite.services.cloudformation.intrinsics import function_of

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
    known, unknown = {}, []
    for resource in deployment.template.resources.values():
        found = cloudformation.world.resource_types(resource.type)
        if found is None:
            unknown.append(resource.type)
        else:
            known[resource.type] = found
    if unknown:
        raise ValidationError(
            f"Template format error: Unrecognized resource types: [{', '.join(sorted(set(unknown)))}]"
        )
    graph.order({name: graph.dependencies(one, resources) for name, one in resources.items()})
    problems: list[str] = []
    for logical_id, resource in resources.items():
        service, kind = known[resource.type]
        shape = schema.schemas(service.name)[kind.name]
        _walk_functions(resource.properties)
        problems += schema.problems(kind, shape, logical_id, resource.properties)
        try:
            kind.refuse(_plain(resource.properties))
        except AwsError as error:
            problems.append(f"{logical_id}: {error.message}")
    if problems:
        raise ValidationError("\n".join(problems))


def _walk_functions(value: Any) -> None:
    """Meet every expression once, so that an unknown function is refused before anything is made."""
    found = function_of(value)
    inner = found[1] if found else value
    if isinstance(inner, dict):
        for one in inner.values():
            _walk_functions(one)
    elif isinstance(inner, list):
        for one in inner:
            _walk_functions(one)


def _plain(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that have no expression in them: the ones that can be judged already."""
    return {key: value for key, value in properties.items() if not _has_function(value)}


def _has_function(value: Any) -> bool:
    if function_of(value) is not None:
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_has_function(one) for one in inner)


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
