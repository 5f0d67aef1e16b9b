"""APIs of other stacks that routes are to belong to, and that are not here (``apiGateway.restApiId`` and its like).

In a deployment they have to be there. Where a service is only run it gets an API of its own instead, so that it answers
without the others, and is told so; it belongs to the shared one as soon as that is in the same cloud.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from stratolite.core.errors import AwsError
from stratolite.core.warning import Kind
from stratolite.templates.document import Map, mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.imports import IMPORT, exports_of
from stratolite.templates.serverless.intrinsics import joined, pseudo_parameters
from stratolite.templates.serverless.model import Ask
from stratolite.templates.serverless.service import Service


@dataclass(frozen=True, slots=True)
class _Kind:
    """Where ``provider`` names an API, what describes it, and what stands for it in a template that makes one."""

    section: str
    member: str
    asked: tuple[str, str, str]
    own: str
    of_it: tuple[str, ...] = ()
    """Settings that are ids of its parts."""


_KINDS = (
    _Kind(
        "apiGateway",
        "restApiId",
        ("apigateway", "GetRestApi", "restApiId"),
        naming.REST_API,
        ("restApiRootResourceId", "restApiResources"),
    ),
    _Kind("apiGateway", "websocketApiId", ("apigatewayv2", "GetApi", "ApiId"), naming.WEBSOCKET_API),
    _Kind("httpApi", "id", ("apigatewayv2", "GetApi", "ApiId"), naming.HTTP_API),
)
_ROUTES = {"AWS::ApiGateway::Method": "AuthorizationType", "AWS::ApiGatewayV2::Route": "AuthorizationType"}


def make_apis_its_own(work: Compilation, ask: Ask | None) -> dict[str, Any]:
    """Take the ids of APIs that are not here out of the service; gives those that were, by what stands for each.

    Raises CloudNeeded.
    """
    found: dict[str, Any] = {}
    for kind in _KINDS if work.is_lenient else ():
        settings = work.service.section(kind.section)
        given = settings.get(kind.member)
        if not truthy(given) or _is_here(work, kind, given, ask):
            continue
        work.warn_locally(
            f"the API that provider.{kind.section}.{kind.member} names is not here: routes get one of their own "
            "(run the service that makes it in the same cloud to share it)",
            work.service.mark("provider", kind.section, kind.member),
            Kind.ABSENT,
        )
        found[kind.own] = given
        work.service = _without(work.service, kind)
    return found


def settle_shared_apis(work: Compilation, template: dict[str, Any], replaced: dict[str, Any]) -> None:
    """What a template says of those APIs is said of the ones that it makes; authorizers of theirs are left out."""
    for own, given in replaced.items():
        _replace(template, given, {"Ref": own})
    if not replaced:
        return
    if naming.REST_API in replaced and not truthy(work.service.section("apiGateway").get("apiKeys")):
        _open_to_all(work, template["Resources"])
    open_now = [*_opened(template["Resources"])]
    if open_now:
        what = f"authorizers of the API that is not here are left out, and anybody may call {open_now[0]}"
        work.warn_locally(what, kind=Kind.LEFT_OUT, about="resources")


def _is_here(work: Compilation, kind: _Kind, given: Any, ask: Ask | None) -> bool:
    if isinstance(given, dict) and IMPORT in given:
        name = joined(given[IMPORT], pseudo_parameters(work))
        return name is None or name in exports_of({"api": given}, ask, work.service.region)
    if not isinstance(given, str):
        return True
    service, operation, member = kind.asked
    try:
        return ask is not None and bool(ask(service, operation, {member: given}, work.service.region))
    except AwsError:
        return False


def _without(service: Service, kind: _Kind) -> Service:
    settings = service.section(kind.section)
    kept, provider = Map(settings.at), Map(service.provider.at)
    for name, value in settings.items():
        if name not in (kind.member, *kind.of_it):
            kept.put(name, value, mark_of(settings, name))
    for name, value in service.provider.items():
        provider.put(name, kept if name == kind.section else value, mark_of(service.provider, name))
    return replace(service, provider=provider)


def _replace(value: Any, old: Any, new: Any) -> None:
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        if value[key] == old:
            value[key] = new
        elif isinstance(value[key], dict | list):
            _replace(value[key], old, new)


def _open_to_all(work: Compilation, resources: dict[str, Any]) -> None:
    """Ask for no keys where nothing here makes one: they would be those of the API that is not here."""
    made = [resource for resource in resources.values() if isinstance(resource, dict)]
    if any(each.get("Type") == "AWS::ApiGateway::ApiKey" for each in made):
        return
    guarded = [
        name
        for name, each in resources.items()
        if isinstance(each, dict)
        and each.get("Type") == "AWS::ApiGateway::Method"
        and each["Properties"].pop("ApiKeyRequired", None) is True
    ]
    if guarded:
        what = f"keys of the API that is not here are not asked for, and anybody may call {guarded[0]}"
        work.warn_locally(what, kind=Kind.LEFT_OUT, about="resources")


def _opened(resources: dict[str, Any]) -> Iterator[str]:
    """The routes whose authorizer was the other API's, without it."""
    for name, resource in resources.items():
        kind = _ROUTES.get(str(resource.get("Type"))) if isinstance(resource, dict) else None
        authorizer = resource["Properties"].get("AuthorizerId") if kind else None
        if kind and (isinstance(authorizer, str) or (isinstance(authorizer, dict) and IMPORT in authorizer)):
            del resource["Properties"]["AuthorizerId"]
            resource["Properties"][kind] = "NONE"
            yield name
