"""What is deployed, read through public operations: functions, routes, resources.

``up`` shows it after each deployment, ``info`` on demand.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from stratolite.cli import terminal
from stratolite.cli.caches import KINDS, Cache, cache
from stratolite.core.domains import Mapping as DomainMapping
from stratolite.core.serving import Serving
from stratolite.targets.local import BUCKET_LOGICAL_ID

Perform = Callable[[str, str, Mapping[str, Any]], Awaitable[dict[str, Any]]]
"""Runs a public operation: service, operation, request."""

PLUMBING = (
    "AWS::ApiGateway::",
    "AWS::ApiGatewayV2::",
    "AWS::IAM::",
    "AWS::Logs::",
    "AWS::Lambda::",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
)
"""Resources that are shown as functions and routes, or not at all."""
FRAMEWORK_OUTPUTS = re.compile(
    r"ServerlessDeploymentBucketName|ServiceEndpoint(Websocket)?|HttpApi(Id|Url)|.*LambdaFunctionQualifiedArn"
    r"|.*LambdaLayer(Hash|QualifiedArn|S3Key)"
)
"""Outputs that the Serverless Framework adds to each template, for its own use."""
WEBSOCKET = "WS"
"""In the place of a method."""
OWN_PATHS = "/_aws/"
"""How paths begin that name a function URL or an API outright."""


@dataclass
class Summary:
    """One stack, as people see it."""

    stack_name: str
    status: str = ""
    functions: list[tuple[str, str]] = field(default_factory=list)
    """Name and runtime."""
    routes: list[tuple[str, str]] = field(default_factory=list)
    """Method and URL; function URLs take any method, those of WebSocket APIs begin with ``ws:``."""
    resources: list[tuple[str, str, str]] = field(default_factory=list)
    """Physical id, type, logical id."""
    outputs: dict[str, str] = field(default_factory=dict)
    api_keys: list[tuple[str, str]] = field(default_factory=list)
    """Name and value of each, where it stands in our own cloud."""
    domains: list[tuple[str, str]] = field(default_factory=list)
    """Names of APIs, each with a command that asks for something under it; ``up`` alone knows them."""
    caches: list[Cache] = field(default_factory=list)
    stand_ins: list[tuple[str, str, str]] = field(default_factory=list)
    """Of resources that have no effect here: logical id, type, why."""
    skipped: list[tuple[str, str]] = field(default_factory=list)
    """Functions that cannot run here and were left out, each with the reason."""
    unmade: list[tuple[str, str]] = field(default_factory=list)
    """Resources that are not made here and were skipped: logical id and type."""

    @cached_property
    def function_names(self) -> frozenset[str]:
        """The names of its functions; to be asked for when they are all known."""
        return frozenset(name for name, _ in (*self.functions, *self.skipped))

    def as_json(self) -> dict[str, Any]:
        return {
            "stack": self.stack_name,
            "status": self.status,
            "functions": [{"name": name, "runtime": runtime} for name, runtime in self.functions],
            "skipped": [{"name": name, "reason": reason} for name, reason in self.skipped],
            "routes": [{"method": method, "url": url} for method, url in self.routes],
            "resources": [
                {"physical_id": physical, "type": kind, "logical_id": logical}
                for physical, kind, logical in self.resources
            ],
            "without_effect": [
                {"logical_id": logical, "type": kind, "reason": reason} for logical, kind, reason in self.stand_ins
            ],
            "not_made": [{"logical_id": logical, "type": kind} for logical, kind in self.unmade],
            "api_keys": [{"name": name, "value": value} for name, value in self.api_keys],
            "caches": [{"name": one.name, "url": one.url, "server": one.server} for one in self.caches],
            "outputs": self.outputs,
        }

    def show(self) -> None:
        """Print it for people."""
        if self.functions:
            terminal.heading("Functions")
            terminal.columns(self.functions)
        if self.skipped:
            what = "1 function is skipped" if len(self.skipped) == 1 else f"{len(self.skipped)} functions are skipped"
            terminal.say(f"{what}: {', '.join(f'{name} ({reason})' for name, reason in self.skipped)}")
        if self.routes:
            terminal.heading("Routes")
            terminal.columns(self.routes)
        if self.api_keys:
            terminal.heading("API keys")
            terminal.columns(self.api_keys)
        if self.domains:
            terminal.heading("Domains")
            terminal.columns(self.domains)
        if self.caches:
            terminal.heading("Caches")
            terminal.columns([(one.name, one.shown) for one in self.caches])
        if self.resources:
            terminal.heading("Resources")
            terminal.columns([(physical, kind) for physical, kind, _ in self.resources])
        if self.stand_ins:
            count = len(self.stand_ins)
            what = "1 resource has" if count == 1 else f"{count} resources have"
            terminal.say(f"{what} no local effect: {', '.join(logical for logical, _, _ in self.stand_ins)}")
        if self.unmade:
            what = "1 resource is" if len(self.unmade) == 1 else f"{len(self.unmade)} resources are"
            named = ", ".join(f"{logical} ({kind})" for logical, kind in self.unmade)
            terminal.say(f"{what} not made here, and skipped: {named}: what uses them fails")
        outputs = {name: value for name, value in self.outputs.items() if not FRAMEWORK_OUTPUTS.fullmatch(name)}
        if outputs:
            terminal.heading("Outputs")
            terminal.columns(sorted(outputs.items()))

    def explain(self) -> None:
        """Print why resources have no effect."""
        if self.stand_ins:
            terminal.columns([(logical, f"{kind}: {reason}") for logical, kind, reason in self.stand_ins])

    def differs(self, other: "Summary") -> bool:
        """Whether people see another application: code alone has changed otherwise."""
        return self._parts != other._parts

    @property
    def _parts(self) -> tuple[object, ...]:
        made = (self.functions, self.routes, self.api_keys, self.domains, self.resources, self.caches)
        return *made, self.stand_ins, self.skipped, self.unmade


def reached_by(domains: Iterable[DomainMapping], app_endpoint: str) -> list[tuple[str, str]]:
    """The rows for custom domains: ``https://api.example.com/v1``, and how it is asked for here."""
    rows = []
    for one in domains:
        place, host = f"{one.domain}{one.prefix}", f"-H 'Host: {one.domain}'"
        if one.is_websocket:
            here = app_endpoint.replace("http", "ws", 1)
            rows.append((f"wss://{place}", f"npx wscat {host} -c {here}{one.prefix}/"))
        else:
            rows.append((f"https://{place}", f"curl {host} {app_endpoint}{one.prefix}/"))
    return rows


def as_served(routes: Iterable[tuple[str, str]], app_endpoint: str, serving: Serving) -> list[tuple[str, str]]:
    """Methods and URLs, where a developer wants other paths than AWS's: with a prefix, without the stage."""
    shown = []
    for method, url in routes:
        if method == WEBSOCKET:
            shown.append((method, url))
            continue
        path = url.removeprefix(app_endpoint)
        is_named = path == url or path.startswith(OWN_PATHS)
        if serving.stage and f"{path}/".startswith(f"/{serving.stage}/"):
            path = path.removeprefix(f"/{serving.stage}") or "/"
        shown.append((method, url if is_named else f"{app_endpoint}{serving.prefix}{path}"))
    return shown


async def stacks(perform: Perform) -> list[str]:
    """The names of all stacks."""
    names: list[str] = []
    request: dict[str, Any] = {}
    while True:
        answer = await perform("cloudformation", "DescribeStacks", request)
        names += [stack["StackName"] for stack in answer.get("Stacks", [])]
        if "NextToken" not in answer:
            return sorted(names)
        request = {"NextToken": answer["NextToken"]}


async def summarise(perform: Perform, stack_name: str, app_endpoint: str, *, is_local: bool = True) -> Summary:
    """One stack's functions, routes and resources. ``is_local``: whether it stands in our own cloud."""
    from stratolite.services.cloudformation.skipped import PREFIX
    from stratolite.services.cloudformation.stand_ins import LOOKS
    from stratolite.templates.unsupported import SKIPPED

    described = (await perform("cloudformation", "DescribeStacks", {"StackName": stack_name}))["Stacks"][0]
    summary = Summary(stack_name, described["StackStatus"])
    summary.outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    for resource in await _resources(perform, stack_name):
        kind, physical = resource["ResourceType"], resource.get("PhysicalResourceId", "")
        if kind == "AWS::Lambda::Function":
            shown = await perform("lambda", "GetFunctionConfiguration", {"FunctionName": physical})
            description = shown.get("Description", "")
            if is_local and description.startswith(SKIPPED):
                summary.skipped.append((physical, description.removeprefix(SKIPPED)))
            else:
                summary.functions.append((physical, shown.get("Runtime", "")))
        elif kind == "AWS::Lambda::Url":
            summary.routes.append(("ANY", await _function_url(perform, physical, app_endpoint)))
        elif kind == "AWS::ApiGateway::RestApi":
            summary.routes += await _routes(perform, physical, app_endpoint)
        elif kind == "AWS::ApiGateway::ApiKey" and is_local:
            key = await perform("apigateway", "GetApiKey", {"apiKey": physical, "includeValue": True})
            summary.api_keys.append((key.get("name", physical), key["value"]))
        elif kind == "AWS::ApiGatewayV2::Api":
            summary.routes += await _http_routes(perform, physical, app_endpoint, is_local=is_local)
        elif is_local and kind in LOOKS:
            summary.stand_ins.append((resource["LogicalResourceId"], kind, LOOKS[kind].reason))
        elif kind.startswith(PREFIX):
            summary.unmade.append((resource["LogicalResourceId"], kind.removeprefix(PREFIX)))
        elif kind in KINDS:
            summary.caches.append(await cache(perform, kind, physical))
        elif not kind.startswith(PLUMBING) and resource["LogicalResourceId"] != BUCKET_LOGICAL_ID:
            summary.resources.append((physical, kind, resource["LogicalResourceId"]))
    return summary


async def _resources(perform: Perform, stack_name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    request = {"StackName": stack_name}
    while True:
        answer = await perform("cloudformation", "ListStackResources", request)
        found += answer.get("StackResourceSummaries", [])
        if "NextToken" not in answer:
            return found
        request = {"StackName": stack_name, "NextToken": answer["NextToken"]}


async def _function_url(perform: Perform, function_arn: str, app_endpoint: str) -> str:
    """Where a function's URL answers here."""
    shown = await perform("lambda", "GetFunctionUrlConfig", {"FunctionName": function_arn})
    url_id = shown["FunctionUrl"].removeprefix("https://").partition(".")[0]
    return f"{app_endpoint}/_aws/lambda-url/{url_id}/"


async def _routes(perform: Perform, api_id: str, app_endpoint: str) -> list[tuple[str, str]]:
    stages = (await perform("apigateway", "GetStages", {"restApiId": api_id})).get("item", [])
    routes: list[tuple[str, str]] = []
    resources: list[dict[str, Any]] = []
    position = ""
    while True:
        request: dict[str, Any] = {"restApiId": api_id, "embed": ["methods"], "limit": 500}
        answer = await perform("apigateway", "GetResources", request | ({"position": position} if position else {}))
        resources += answer.get("items", [])
        position = answer.get("position", "")
        if not position:
            break
    for stage in stages:
        for resource in sorted(resources, key=lambda one: one.get("path", "")):
            url = f"{app_endpoint}/{stage['stageName']}{resource['path']}"
            routes += [(method, url) for method in sorted(resource.get("resourceMethods", {})) if method != "OPTIONS"]
    return routes


async def _http_routes(perform: Perform, api_id: str, app_endpoint: str, *, is_local: bool) -> list[tuple[str, str]]:
    """The routes of an HTTP API, stage by stage; ``$default`` stands for no name, or for every path.

    A WebSocket API has one address for all of its routes.
    """
    api = await perform("apigatewayv2", "GetApi", {"ApiId": api_id})
    names = [stage["StageName"] for stage in (await perform("apigatewayv2", "GetStages", {"ApiId": api_id}))["Items"]]
    keys = []
    request: dict[str, Any] = {"ApiId": api_id}
    while True:
        answer = await perform("apigatewayv2", "GetRoutes", request)
        keys += [route["RouteKey"] for route in answer["Items"]]
        if "NextToken" not in answer:
            break
        request["NextToken"] = answer["NextToken"]
    if api["ProtocolType"] == "WEBSOCKET":
        place = app_endpoint.replace("http", "ws", 1) if is_local else api["ApiEndpoint"]
        return [(WEBSOCKET, f"{place}/{name}") for name in names]
    routes = []
    for name in names:
        base = app_endpoint if name == "$default" else f"{app_endpoint}/{name}"
        for key in sorted(keys, key=lambda each: (each == "$default", each.partition(" ")[::-1])):
            method, _, path = ("ANY", "", "/*") if key == "$default" else key.partition(" ")
            routes.append((method, f"{base}{path}"))
    return routes
