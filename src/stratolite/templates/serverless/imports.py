"""What a stack imports from others (``Fn::ImportValue``) that are not on this machine.

In a deployment each of them has to be there. ``up`` puts stand-ins in place of those that nobody exports, by the place
where they are wanted, and tells of them once; what runs beside it in the same cloud exports the real ones.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from stratolite.core.errors import AwsError
from stratolite.core.warning import Kind
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.intrinsics import joined, pseudo_parameters
from stratolite.templates.serverless.model import Ask
from stratolite.templates.serverless.variables.stand_in import arn_for, text_for

IMPORT = "Fn::ImportValue"
PAGES_MAX = 100
NEEDED = frozenset({"RestApiId", "ApiId", "ParentId", "ResourceId", "AuthorizerId", "RootResourceId", "Code"})
"""Properties for which nothing can stand in: the other stack has to be there."""


def exports_of(template: dict[str, Any], ask: Ask | None, region: str) -> frozenset[str]:
    """The names that are exported in a region, if a template imports any. Raises CloudNeeded, AwsError."""
    if ask is None or not _imports(template):
        return frozenset()
    names: set[str] = set()
    token: dict[str, Any] = {}
    for _ in range(PAGES_MAX):
        page = ask("cloudformation", "ListExports", token, region)
        names |= {one["Name"] for one in page.get("Exports", [])}
        if not page.get("NextToken"):
            break
        token = {"NextToken": page["NextToken"]}
    return frozenset(names)


def settle_imports(work: Compilation, template: dict[str, Any], ask: Ask | None) -> None:
    """Put stand-ins in place of what nobody exports. Raises CloudNeeded."""
    if not work.is_lenient:
        return
    told = stood_in(template, ask, pseudo_parameters(work))
    if told:
        work.warn_locally(told, kind=Kind.ABSENT, about="variables")


def stood_in(template: dict[str, Any], ask: Ask | None, known: Mapping[str, str]) -> str:
    """Put stand-ins in place of what nobody exports; what there is to say of it. Raises CloudNeeded.

    ``known``: the pseudo parameters of the stack, and parameters whose values are known.
    """
    try:
        exported = exports_of(template, ask, known["AWS::Region"])
    except AwsError:
        return ""
    owners: dict[str, str] = {}
    values: dict[str, str] = {}
    # Places that say what they want come first: others want the same thing.
    for container, key, path in sorted(_found(template, ()), key=lambda each: _place(each[2]) not in _FORMS):
        name = joined(container[key][IMPORT], known)
        if name is None or name in exported or set(path) & NEEDED:
            continue
        if _place(path) in _FORMS or name not in values:
            values[name] = _stand_in(known, name, path, template)
        container[key] = values[name]
        owners.setdefault(name, str(path[1] if len(path) > 1 else path[0]))
    lines = "".join(f"\n  {name}  {owner}" for name, owner in owners.items())
    return f"these exports of other stacks are not there, stand-ins are taken:{lines}" if owners else ""


def _stand_in(known: Mapping[str, str], name: str, path: tuple[str | int, ...], template: dict[str, Any]) -> str:
    """A value of the form that a place wants: the ARN of something, an id, or a text."""
    text, place = text_for(name), _place(path)
    make = _FORMS.get(place)
    if place == _FUNCTION_NAME and template["Resources"][str(path[1])]["Type"] == "AWS::Lambda::Function":
        make = None
    if place == "EventSourceArn" and "StartingPosition" in template["Resources"][str(path[1])]["Properties"]:
        make = _STREAM
    if make is not None:
        return make(known, text)
    wants_arn = place.lower().endswith("arn") or ("Statement" in path and place in ("Resource", "NotResource"))
    return arn_for(text, known["AWS::Region"], known["AWS::AccountId"]) if wants_arn else text


def _place(path: tuple[str | int, ...]) -> str:
    """The property that a path leads to, or into whose list."""
    return next((str(key) for key in reversed(path) if isinstance(key, str)), "")


def _arn(service: str, resource: str) -> Callable[[Mapping[str, str], str], str]:
    def made(known: Mapping[str, str], text: str) -> str:
        return f"arn:aws:{service}:{known['AWS::Region']}:{known['AWS::AccountId']}:{resource.format(text)}"

    return made


def _of_account(kind: str) -> Callable[[Mapping[str, str], str], str]:
    return lambda known, text: f"arn:aws:iam::{known['AWS::AccountId']}:{kind}/{text}"


def _id(prefix: str) -> Callable[[Mapping[str, str], str], str]:
    return lambda *_: f"{prefix}-{0:017x}"


_FUNCTION_NAME = "FunctionName"
_STREAM = _arn("dynamodb", "table/{}/stream/2024-01-01T00:00:00.000")
_FORMS: dict[str, Callable[[Mapping[str, str], str], str]] = {
    "EventSourceArn": _arn("sqs", "{}"),
    "deadLetterTargetArn": _arn("sqs", "{}"),
    "TopicArn": _arn("sns", "{}"),
    _FUNCTION_NAME: _arn("lambda", "function:{}"),
    "Layers": _arn("lambda", "layer:{}:1"),
    "ProviderARNs": _arn("cognito-idp", "userpool/us-east-1_Missing"),
    "Role": _of_account("role"),
    "ManagedPolicyArns": _of_account("policy"),
    "PermissionsBoundary": _of_account("policy"),
    "SecurityGroupIds": _id("sg"),
    "SubnetIds": _id("subnet"),
    "VpcId": _id("vpc"),
}


def _imports(template: dict[str, Any]) -> bool:
    return next(_found(template, ()), None) is not None


def _found(container: Any, path: tuple[str | int, ...]) -> Iterator[tuple[Any, Any, tuple[str | int, ...]]]:
    """Where values are imported: what holds the import, at which key, and the path to it."""
    for key in list(container) if isinstance(container, dict) else range(len(container)):
        child = container[key]
        if isinstance(child, dict) and len(child) == 1 and IMPORT in child:
            yield container, key, (*path, key)
        elif isinstance(child, dict | list):
            yield from _found(child, (*path, key))
