"""What methods of serverless-apigateway-service-proxy ask of S3: objects that are had, put and deleted.

Unlike the other services, S3 is asked by its own methods and paths, and what is mapped of requests and replies is
declared by the method as well.
Source: https://github.com/serverless-operations/serverless-apigateway-service-proxy (2.2.2), ``lib/package/s3``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stratolite.templates.javascript import truthy

STATUS_CODE_OF_A_PART = 206
ACTIONS = {"GetObject": "GET", "PutObject": "PUT", "DeleteObject": "DELETE"}
"""What is done to objects, and the method of S3 that does it."""
_REQUEST = "integration.request."
_SENT: Mapping[str, Mapping[str, str]] = {
    "GetObject": {f"{_REQUEST}header.Range": "method.request.header.Range"},
    "PutObject": {
        f"{_REQUEST}header.x-amz-acl": "'authenticated-read'",
        f"{_REQUEST}header.Content-Type": "method.request.header.Content-Type",
    },
    "DeleteObject": {},
}
_TOLD = {
    "GetObject": ("content-type", "Content-Type", "accept-ranges", "Accept-Ranges", "content-range", "Content-Range"),
    "PutObject": ("Content-Type", "Content-Length"),
    "DeleteObject": ("Content-Type", "Date"),
}
"""Headers of S3's replies that clients get."""
_PATTERNS = (
    ("clientError", 400, r"4\d{2}"),
    ("serverError", 500, r"5\d{2}"),
    ("success", 200, r"2(?!06)\d{2}"),
    ("success", STATUS_CODE_OF_A_PART, "206"),
)
Settings = Mapping[str, Any]


def allowed(proxies: Sequence[Settings]) -> list[dict[str, Any]]:
    """The statements of the role of all proxies."""
    return [
        {
            "Effect": "Allow",
            "Action": f"s3:{proxy['action']}*",
            "Resource": {"Fn::Join": ["", [_arn(proxy["bucket"]), "/*"]]},
        }
        for proxy in proxies
    ]


def _arn(bucket: Any) -> dict[str, Any]:
    if isinstance(bucket, dict) and truthy(bucket.get("Ref")):
        return {"Fn::GetAtt": [bucket["Ref"], "Arn"]}
    return {"Fn::Sub": ["arn:${AWS::Partition}:s3:::${bucket}", {"bucket": bucket}]}


def request(settings: Settings) -> dict[str, Any]:
    """The request's part of an integration."""
    action, key = settings["action"], settings.get("key")
    parameters: dict[str, Any] = dict(_SENT.get(action, {}))
    parameters[f"{_REQUEST}path.bucket"] = {"Fn::Sub": ["'${bucket}'", {"bucket": settings["bucket"]}]}
    if key is not None:
        parameters[f"{_REQUEST}path.object"] = _place(key)
    place = settings.get("pathOverride", "{object}")
    given = settings.get("request")
    templates = given.get("template") if isinstance(given, dict) else None
    made = {
        "IntegrationHttpMethod": ACTIONS.get(action),
        "Uri": {"Fn::Sub": [f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:s3:path/{{bucket}}/{place}", {}]},
        "PassthroughBehavior": "WHEN_NO_MATCH",
        "RequestParameters": {**parameters, **(settings.get("requestParameters") or {})},
    }
    return made | ({"PassthroughBehavior": "NEVER", "RequestTemplates": dict(templates)} if templates else {})


def _place(key: Any) -> str:
    """Where in the request an object's key is, or the key itself."""
    if not isinstance(key, dict):
        return f"'{key}'"
    if truthy(key.get("pathParam")):
        return f"method.request.path.{key['pathParam']}"
    return f"method.request.querystring.{key.get('queryStringParam')}"


def responses(settings: Settings) -> list[dict[str, Any]]:
    """What S3's replies become."""
    given = settings.get("response")
    templates = given.get("template") if isinstance(given, dict) else None
    templates = templates if isinstance(templates, dict) else {}
    told = {
        f"method.response.header.{name}": f"integration.response.header.{name}"
        for name in _TOLD.get(settings["action"], ())
    }
    return [
        {
            "StatusCode": code,
            "SelectionPattern": pattern,
            "ResponseParameters": dict(told) if kind == "success" else {},
            "ResponseTemplates": {"application/json": templates[kind]} if truthy(templates.get(kind)) else {},
        }
        for kind, code, pattern in _PATTERNS
    ]


def declare(method: dict[str, Any]) -> None:
    """Have a method declare what its integration maps, of requests and of replies, and replies of parts of objects."""
    integration, replies = method["Integration"], method["MethodResponses"]
    taken = integration["RequestParameters"].values()
    declared = {source: True for source in taken if isinstance(source, str) and source.startswith("method.")}
    method["RequestParameters"] = {**method["RequestParameters"], **declared}
    replies.append({**replies[0], "StatusCode": STATUS_CODE_OF_A_PART})
    for reply in replies:
        names = [
            name
            for response in integration["IntegrationResponses"]
            if response["StatusCode"] == reply["StatusCode"]
            for name in response["ResponseParameters"]
        ]
        reply["ResponseParameters"] = {**reply["ResponseParameters"], **dict.fromkeys(names, True)}
