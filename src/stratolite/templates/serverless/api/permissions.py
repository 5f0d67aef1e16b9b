"""What API Gateway may invoke: the functions of methods and those of authorizers."""

from collections.abc import Sequence
from typing import Any

from stratolite.templates.serverless import naming
from stratolite.templates.serverless.api.request import Route
from stratolite.templates.serverless.api.rest_api import rest_api_id
from stratolite.templates.serverless.compilation import Compilation


def make_permissions(work: Compilation, routes: Sequence[Route]) -> None:
    """One permission a function, one an authorizer that is not managed elsewhere."""
    for route in routes:
        function = route.function
        name = naming.api_permission(function.key)
        _put(work, name, function.target, depends_on=function.depends_on)
        authorizer = route.authorizer
        if authorizer is None or authorizer.arn is None or authorizer.is_cognito or authorizer.managed_externally:
            continue
        name = naming.api_permission(authorizer.name)
        if name not in work.resources:
            _put(work, name, {"Ref": authorizer.logical_id} if authorizer.logical_id else authorizer.arn)


def _put(work: Compilation, logical_id: str, function: Any, **attributes: Any) -> None:
    place = [{"Ref": "AWS::Partition"}, ":execute-api:", {"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"}]
    properties = {
        "FunctionName": function,
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": {"Fn::Join": ["", ["arn:", *place, ":", rest_api_id(work.service), "/*/*"]]},
    }
    work.put(logical_id, "AWS::Lambda::Permission", properties, **attributes)
