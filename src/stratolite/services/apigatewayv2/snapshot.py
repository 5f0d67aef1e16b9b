"""What a deployment freezes: the API as it stood, whole. Later changes of the API do not reach it.

``take`` writes it down, ``read`` gives the data plane a stage with what it shows.
"""

from stratolite.core.call import Call
from stratolite.services.apigatewayv2.domain import (
    Deployed,
    Integration,
    Route,
    Stage,
    authorizer_of,
    cors_of,
    integration_of,
    settings_of,
)
from stratolite.services.apigatewayv2.store import Store
from stratolite.storage.documents import Document


def take(call: Call, store: Store, api_id: str) -> Document:
    """The snapshot of an API."""
    return {
        "api": store.get(call, "api", "", api_id),
        "route_responses": store.all(call, "route_response", api_id),
        "integration_responses": store.all(call, "integration_response", api_id),
        "routes": store.all(call, "route", api_id),
        "integrations": store.all(call, "integration", api_id),
        "authorizers": store.all(call, "authorizer", api_id),
    }


def read(store: Store, call: Call, api_id: str, stage_name: str) -> tuple[Stage, Deployed] | None:
    """A stage and what it shows; None when there is no such stage, or nothing was deployed to it.

    ``call`` is of the API's account and region (``store.owner_of_api``).
    """
    document = store.get(call, "stage", api_id, stage_name)
    if document is None:
        return None
    frozen = store.get(call, "snapshot", api_id, document.get("DeploymentId", ""))
    return None if frozen is None else (stage_of(call, api_id, document), deployed_of(frozen))


def stage_of(call: Call, api_id: str, document: Document) -> Stage:
    """A stage, read."""
    access_log = document.get("AccessLogSettings") or {}
    return Stage(
        account=call.account,
        region=call.region,
        api_id=api_id,
        name=document["StageName"],
        deployment_id=document.get("DeploymentId", ""),
        auto_deploy=bool(document.get("AutoDeploy")),
        variables=document.get("StageVariables") or {},
        default_settings=settings_of(document.get("DefaultRouteSettings")),
        route_settings={key: settings_of(each) for key, each in (document.get("RouteSettings") or {}).items()},
        access_log_destination=access_log.get("DestinationArn", ""),
        access_log_format=access_log.get("Format", ""),
    )


def deployed_of(frozen: Document) -> Deployed:
    """A snapshot, read."""
    api = frozen["api"]
    # What was frozen before there were WebSocket APIs has no responses.
    integration_responses, route_responses = (
        frozen.get(name) or [] for name in ("integration_responses", "route_responses")
    )
    integrations = {
        each["IntegrationId"]: integration_of(
            each, [one for one in integration_responses if one["_integration"] == each["IntegrationId"]]
        )
        for each in frozen["integrations"]
    }
    answered = {each["_route"] for each in route_responses}
    authorizers = {each["AuthorizerId"]: authorizer_of(each) for each in frozen["authorizers"]}
    return Deployed(
        api_id=api["ApiId"],
        name=api["Name"],
        cors=cors_of(api.get("CorsConfiguration")),
        disable_execute_api_endpoint=bool(api.get("DisableExecuteApiEndpoint")),
        is_websocket=api.get("ProtocolType") == "WEBSOCKET",
        route_selection=api.get("RouteSelectionExpression", ""),
        routes=tuple(
            Route(
                route_id=route["RouteId"],
                key=route["RouteKey"],
                integration=_target(route, integrations),
                authorization_type=route.get("AuthorizationType") or "NONE",
                authorizer=authorizers.get(route.get("AuthorizerId", "")),
                scopes=tuple(route.get("AuthorizationScopes") or ()),
                operation_name=route.get("OperationName", ""),
                answers=bool(route.get("RouteResponseSelectionExpression")) and route["RouteId"] in answered,
            )
            for route in frozen["routes"]
        ),
    )


def _target(route: Document, integrations: dict[str, Integration]) -> Integration | None:
    return integrations.get(route.get("Target", "").removeprefix("integrations/"))
