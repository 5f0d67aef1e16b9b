"""AWS::ApiGateway::Authorizer: functions and user pools that decide who may call a method."""

from collections.abc import Sequence
from typing import Any

from stratolite.templates.serverless import naming
from stratolite.templates.serverless.api.authorizer import Authorizer
from stratolite.templates.serverless.api.request import Route
from stratolite.templates.serverless.api.rest_api import rest_api_id
from stratolite.templates.serverless.compilation import Compilation


def make_authorizers(work: Compilation, routes: Sequence[Route]) -> None:
    """One authorizer a name; settings of several routes are merged."""
    for route in routes:
        authorizer = route.authorizer
        if authorizer is not None and authorizer.arn is not None:
            properties = {
                "AuthorizerResultTtlInSeconds": authorizer.ttl_s,
                "IdentitySource": authorizer.identity_source,
                "IdentityValidationExpression": authorizer.identity_validation,
                "Name": authorizer.name,
                "RestApiId": rest_api_id(work.service),
                **_kind(authorizer),
            }
            name = naming.api_authorizer(authorizer.name)
            work.merge(name, "AWS::ApiGateway::Authorizer", properties, depends_on=authorizer.logical_id)


def _kind(authorizer: Authorizer) -> dict[str, Any]:
    if authorizer.is_cognito:
        return {"Type": "COGNITO_USER_POOLS", "ProviderARNs": [authorizer.arn]}
    place = ["arn:", {"Ref": "AWS::Partition"}, ":apigateway:", {"Ref": "AWS::Region"}]
    uri = [*place, ":lambda:path/2015-03-31/functions/", authorizer.arn, "/invocations"]
    return {"AuthorizerUri": {"Fn::Join": ["", uri]}, "Type": authorizer.kind.upper() or "TOKEN"}
