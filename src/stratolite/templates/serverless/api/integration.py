"""What stands behind a method: a function, an address or the API itself."""

from pathlib import Path
from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.api.request import Route, connection_type
from stratolite.templates.serverless.lodash import items, present

_FORM = "application/x-www-form-urlencoded"
_CLAIMS = "extraCognitoPoolClaims"
_VERSION = "2015-03-31"


def integration_of(route: Route) -> dict[str, Any]:
    """The property ``Integration`` of a method."""
    kind, request = route.integration, route.request
    integration: dict[str, Any] = {"IntegrationHttpMethod": "POST", "Type": kind}
    if kind in ("AWS", "AWS_PROXY"):
        integration["Uri"] = _function_uri(route)
    integration["TimeoutInMillis"] = route.settings.get("timeoutInMillis")
    if route.is_streamed:
        integration["ResponseTransferMode"] = "STREAM"
    if kind in ("HTTP", "HTTP_PROXY"):
        integration["Uri"] = request.get("uri")
        integration["IntegrationHttpMethod"] = str(request.get("method") or route.method).upper()
        connection = connection_type(route.settings)
        if connection is not None:
            integration |= {"ConnectionType": connection, "ConnectionId": route.settings.get("connectionId")}
    if kind in ("AWS", "HTTP", "MOCK"):
        integration |= {
            "PassthroughBehavior": request.get("passThrough"),
            "ContentHandling": request.get("contentHandling"),
            "RequestTemplates": _request_templates(route),
            "IntegrationResponses": _responses(route),
        }
    if (route.parameters and kind in ("AWS", "HTTP", "HTTP_PROXY")) or route.is_async:
        integration["RequestParameters"] = _request_parameters(route)
    return present(integration)


def _function_uri(route: Route) -> dict[str, Any]:
    alias = route.function.alias
    place = ["arn:", {"Ref": "AWS::Partition"}, ":apigateway:", {"Ref": "AWS::Region"}]
    function = [route.function.arn, *([":", alias.name] if alias else [])]
    version, action = (
        ("2021-11-15", "response-streaming-invocations") if route.is_streamed else (_VERSION, "invocations")
    )
    return {"Fn::Join": ["", [*place, f":lambda:path/{version}/functions/", *function, f"/{action}"]]}


def _request_parameters(route: Route) -> dict[str, Any]:
    parameters = {}
    for name, value in route.parameters.items():
        mapped = value.get("mappedValue") if isinstance(value, dict) else None
        parameters[f"integration.{name[len('method.') :]}"] = mapped or name
    if route.is_async:
        parameters["integration.request.header.X-Amz-Invocation-Type"] = "'Event'"
    return parameters


def _request_templates(route: Route) -> dict[str, Any] | None:
    templates: dict[str, Any] = {}
    if route.integration == "AWS":
        templates = {"application/json": _template("json"), _FORM: _template("form")}
    given = route.request.get("template")
    for content_type, template in given.items() if isinstance(given, dict) else ():
        if template is None:
            templates.pop(content_type, None)
        else:
            templates[content_type] = template
    claims = _claims(route)
    return {kind: str(template).replace(_CLAIMS, claims, 1) for kind, template in templates.items()} or None


def _template(name: str) -> str:
    """The mapping template that hands a request to a function: the body as JSON or as a form, then the rest."""
    folder = Path(__file__).parent / "mapping"
    return (folder / f"{name}.vtl").read_text().replace("<<request>>", (folder / "request.vtl").read_text())


def _claims(route: Route) -> str:
    """The claims that a template passes on, as members of a JSON object."""
    rows = []
    for claim in route.authorizer.claims if route.authorizer else ():
        _, colon, name = claim.partition(":")
        value = f"$context.authorizer.claims['{claim}']" if colon else f"$context.authorizer.claims.{claim}"
        rows.append(f'"{name if colon else claim}": "{value}"')
    return ",".join(rows) + "," if rows else ""


def _responses(route: Route) -> list[dict[str, Any]]:
    if route.response is None:
        return []
    shared = _shared_headers(route)
    template = route.response.get("template")
    responses = []
    for code, settings in items(route.response.get("statusCodes") or {}):
        headers = {**shared, **(settings.get("headers") or {})}
        templates = {"application/json": template} if truthy(template) else {}
        own = settings.get("template")
        templates |= own if isinstance(own, dict) else {"application/json": own} if truthy(own) else {}
        responses.append(
            present(
                {
                    "StatusCode": code,
                    "SelectionPattern": settings.get("pattern") or "",
                    "ResponseParameters": {f"method.response.header.{name}": value for name, value in headers.items()},
                    "ResponseTemplates": templates,
                    "ContentHandling": route.response.get("contentHandling") if code.startswith("2") else None,
                }
            )
        )
    return responses


def _shared_headers(route: Route) -> dict[str, Any]:
    assert route.response is not None
    headers: dict[str, Any] = {}
    if route.cors is not None:
        headers["Access-Control-Allow-Origin"] = route.cors.origin_header
        if route.cors.allow_credentials:
            headers["Access-Control-Allow-Credentials"] = "true"
    return headers | (route.response.get("headers") or {})
