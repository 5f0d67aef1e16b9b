"""AWS::Serverless::Api, and the API that events without one come to: a definition, its deployment and its stage.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html and
sam-specification-generated-resources-api.html
"""

import hashlib
import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from stratolite.services.cloudformation.sam import cors, guards
from stratolite.services.cloudformation.sam.expansion import HASH_LENGTH, Expansion, Resource, invalid, not_done
from stratolite.services.cloudformation.sam.globals import merged

IMPLICIT = "ServerlessRestApi"
STAGE = "Prod"
"""The stage of the API that nobody has written."""
ACTS = frozenset(
    [
        "AccessLogSetting",
        "AlwaysDeploy",
        "ApiKeySourceType",
        "Auth",
        "BinaryMediaTypes",
        "CacheClusterEnabled",
        "CacheClusterSize",
        "CanarySetting",
        "Cors",
        "DefinitionBody",
        "Description",
        "DisableExecuteApiEndpoint",
        "EndpointConfiguration",
        "FailOnWarnings",
        "GatewayResponses",
        "MergeDefinitions",
        "MethodSettings",
        "MinimumCompressionSize",
        "Models",
        "Mode",
        "Name",
        "OpenApiVersion",
        "PropagateTags",
        "StageName",
        "Tags",
        "TracingEnabled",
        "Variables",
    ]
)
_API = ("ApiKeySourceType", "BinaryMediaTypes", "Description", "DisableExecuteApiEndpoint", "MinimumCompressionSize")
_STAGE = (
    "AccessLogSetting",
    "CacheClusterEnabled",
    "CacheClusterSize",
    "CanarySetting",
    "MethodSettings",
    "TracingEnabled",
    "Variables",
)


@dataclass
class RestApi:
    """An API in the making. ``is_managed``: its paths come of events, and not of a definition of its own."""

    name: str
    resource: Resource
    is_managed: bool
    paths: dict[str, dict[str, Any]] = field(default_factory=dict)
    methods: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """What events say of methods, beside their paths: by path and method."""
    validators: dict[str, dict[str, bool]] = field(default_factory=dict)
    conditions: list[str] = field(default_factory=list)
    """Those of the functions whose events it has; an empty one for a function without."""

    @property
    def given(self) -> dict[str, Any]:
        return self.resource.properties

    @property
    def stage(self) -> str:
        """The end of the names of what belongs to its stage."""
        name = self.given.get("StageName")
        return name if isinstance(name, str) else "Stage"


def declare(expansion: Expansion, name: str, resource: Resource) -> None:
    """Take up an API that a template has, for events to find it."""
    given = resource.properties
    if "StageName" not in given:
        raise invalid(name, "Missing required property 'StageName'.")
    unknown = sorted(set(given) - ACTS)
    if unknown:
        raise not_done(name, unknown[0])
    is_managed = "DefinitionBody" not in given or bool(given.get("MergeDefinitions"))
    expansion.rest_apis[name] = RestApi(name, resource, is_managed)


def implicit(expansion: Expansion) -> RestApi:
    """The API of events that name none."""
    if IMPLICIT not in expansion.rest_apis:
        resource = merged(expansion.shared, "Api", IMPLICIT, {"Properties": {"StageName": STAGE}})
        declare(expansion, IMPLICIT, resource)
    return expansion.rest_apis[IMPLICIT]


def finish(expansion: Expansion) -> None:
    """Make the APIs, once all events are known."""
    for api in list(expansion.rest_apis.values()):
        _make(expansion, api)


def _make(expansion: Expansion, api: RestApi) -> None:
    given, own = api.given, dict(api.resource.own)
    if api.name == IMPLICIT and all(api.conditions):
        own["Condition"] = _either(expansion, api)
    condition = {"Condition": own["Condition"]} if "Condition" in own else {}
    body = definition(expansion, api)
    properties: dict[str, Any] = {"Body": body}
    properties |= {key: given[key] for key in ("Name", "FailOnWarnings", "Mode", *_API) if key in given}
    _place(api, properties)
    if given.get("Tags"):
        properties["Tags"] = [{"Key": key, "Value": value} for key, value in given["Tags"].items()]
    expansion.add(api.name, "AWS::ApiGateway::RestApi", properties, **own)
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    deployed: dict[str, Any] = {"Description": f"RestApi deployment id: {sha}", "RestApiId": {"Ref": api.name}}
    if "OpenApiVersion" not in given:
        # Definitions of the older kind are deployed to a stage of this name as well.
        deployed["StageName"] = "Stage"
    deployment = f"{api.name}Deployment{sha[:HASH_LENGTH]}"
    expansion.add(deployment, "AWS::ApiGateway::Deployment", deployed, **condition)
    staged = {"DeploymentId": {"Ref": deployment}, "RestApiId": {"Ref": api.name}, "StageName": given["StageName"]}
    staged |= {key: given[key] for key in _STAGE if key in given}
    stage = f"{api.name}{'' if api.stage == 'Stage' else api.stage}Stage"
    expansion.add(stage, "AWS::ApiGateway::Stage", staged, **condition)
    expansion.renamed[f"{api.name}.Stage"] = stage
    expansion.renamed[f"{api.name}.Deployment"] = deployment
    guards.plans(expansion, api, stage, condition)


def _either(expansion: Expansion, api: RestApi) -> str:
    """A condition that holds where one of the functions is made whose events an API has."""
    distinct = list(dict.fromkeys(api.conditions))
    if len(distinct) == 1:
        return distinct[0]
    name = f"{api.name}Condition"
    expansion.conditions[name] = {"Fn::Or": [{"Condition": one} for one in distinct]}
    return name


def _place(api: RestApi, properties: dict[str, Any]) -> None:
    """Set where an API is reached."""
    configuration = api.given.get("EndpointConfiguration")
    if configuration is None:
        return
    if isinstance(configuration, dict) and "Type" in configuration:
        placed = {"Types": [configuration["Type"]]}
        if configuration.get("VPCEndpointIds"):
            placed["VpcEndpointIds"] = configuration["VPCEndpointIds"]
    elif isinstance(configuration, dict) and "Types" in configuration:
        placed = configuration
    else:
        placed = {"Types": [configuration]}
    properties["EndpointConfiguration"] = placed
    properties["Parameters"] = {"endpointConfigurationTypes": placed["Types"][0]}


def definition(expansion: Expansion, api: RestApi) -> dict[str, Any]:
    """The OpenAPI definition that an API and its events make."""
    given = api.given
    body: dict[str, Any] = deepcopy(given["DefinitionBody"]) if given.get("DefinitionBody") else _empty(given)
    if "Fn::Transform" in body:
        raise not_done(api.name, "Fn::Transform in DefinitionBody")
    paths = body.setdefault("paths", {})
    for path, item in api.paths.items():
        paths.setdefault(path, {}).update(item)
    guards.secure(expansion, api, body)
    if given.get("Models"):
        _models(body, given["Models"])
    if api.validators:
        body["x-amazon-apigateway-request-validators"] = {
            name: {
                "validateRequestBody": one["validateRequestBody"],
                "validateRequestParameters": one["validateRequestParameters"],
            }
            for name, one in api.validators.items()
        }
    if given.get("BinaryMediaTypes"):
        body["x-amazon-apigateway-binary-media-types"] = [
            one.replace("~1", "/") if isinstance(one, str) else one for one in given["BinaryMediaTypes"]
        ]
    answers = given.get("GatewayResponses")
    if answers:
        body["x-amazon-apigateway-gateway-responses"] = {kind: _answer(one or {}) for kind, one in answers.items()}
    if given.get("Cors") and paths:
        cors.add(api.name, paths, given["Cors"], guards.default_of_preflight(api))
    return body


def _empty(given: Mapping[str, Any]) -> dict[str, Any]:
    version = str(given.get("OpenApiVersion") or "2.0")
    kind = {"openapi": version} if version.startswith("3") else {"swagger": "2.0"}
    return {**kind, "info": {"version": "1.0", "title": {"Ref": "AWS::StackName"}}, "paths": {}}


def _models(body: dict[str, Any], given: Mapping[str, Any]) -> None:
    models = {name.lower(): schema for name, schema in given.items()}
    if "openapi" in body:
        body.setdefault("components", {}).setdefault("schemas", {}).update(models)
    else:
        body.setdefault("definitions", {}).update(models)


def _answer(given: Mapping[str, Any]) -> dict[str, Any]:
    places = {"Headers": "header", "Paths": "path", "QueryStrings": "querystring"}
    parameters = {
        f"gatewayresponse.{place}.{name}": value
        for key, place in places.items()
        for name, value in ((given.get("ResponseParameters") or {}).get(key) or {}).items()
    }
    answer: dict[str, Any] = {
        "responseParameters": parameters,
        "responseTemplates": given.get("ResponseTemplates") or {},
    }
    return answer | ({"statusCode": str(given["StatusCode"])} if given.get("StatusCode") else {})
