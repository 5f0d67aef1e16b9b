"""Function URLs.

Source: https://www.serverless.com/framework/docs-providers-aws-guide-functions (``url``).
"""

from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.lodash import present, union
from stratolite.templates.serverless.service import Function

_HEADERS_DEFAULT = (
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amzn-Trace-Id",
)


def make_url(work: Compilation, function: Function) -> None:
    """The URL, its output, and who may call it."""
    url = function.settings.get("url")
    if not truthy(url):
        return
    settings: dict[str, Any] = url if isinstance(url, dict) else {}
    signed = settings.get("authorizer") == "aws_iam"
    logical_id = naming.function_url(function.key)
    work.put(
        logical_id,
        "AWS::Lambda::Url",
        {
            "AuthType": "AWS_IAM" if signed else "NONE",
            "TargetFunctionArn": function.target,
            "Cors": _cors(settings.get("cors")),
            "InvokeMode": "RESPONSE_STREAM" if settings.get("invokeMode") == "RESPONSE_STREAM" else None,
        },
        depends_on=function.depends_on,
    )
    work.output(logical_id, {"Fn::GetAtt": [logical_id, "FunctionUrl"]}, "Lambda Function URL")
    if not signed:
        properties = {
            "FunctionName": function.target,
            "Action": "lambda:InvokeFunctionUrl",
            "Principal": "*",
            "FunctionUrlAuthType": "NONE",
        }
        permission = naming.function_url_permission(function.key)
        work.put(permission, "AWS::Lambda::Permission", properties, depends_on=function.depends_on)


def _cors(cors: Any) -> dict[str, Any] | None:
    if not truthy(cors):
        return None
    settings: dict[str, Any] = cors if isinstance(cors, dict) else {}

    def wanted(key: str, default: list[str] | None) -> list[Any] | None:
        given = settings.get(key, default)
        return union(given) if given is not None else None

    return present(
        {
            "AllowCredentials": True if truthy(settings.get("allowCredentials")) else None,
            "AllowHeaders": wanted("allowedHeaders", list(_HEADERS_DEFAULT)),
            "AllowMethods": wanted("allowedMethods", ["*"]),
            "AllowOrigins": wanted("allowedOrigins", ["*"]),
            "ExposeHeaders": wanted("exposedResponseHeaders", None),
            "MaxAge": settings.get("maxAge"),
        }
    )
