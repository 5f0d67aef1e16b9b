"""What methods of serverless-apigateway-service-proxy ask of the services behind them.

Templates are the plugin's own, to the letter, where they show in what is deployed.
Source: https://github.com/serverless-operations/serverless-apigateway-service-proxy (2.2.2), ``lib/package``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.lodash import present
from stratolite.templates.serverless.plugins import proxied_objects

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
_AS_FORM = {"integration.request.header.Content-Type": f"'{FORM}'"}
_HERE = "${AWS::Region}:${AWS::AccountId}"
_APIGATEWAY = "arn:${AWS::Partition}:apigateway:${AWS::Region}:"
_ITEM = (
    "#set($item = $input.path('$.Item')){#foreach($key in $item.keySet())"
    '#set ($value = $item.get($key))#foreach( $type in $value.keySet())"$key":"$value.get($type)"'
    "#if($foreach.hasNext()),#end#end#if($foreach.hasNext()),#end#end}"
)
"""An item as plain JSON."""
_PUT = """
      #set ($body = $util.parseJson($input.body))
      #foreach( $key in $body.keySet())
        #set ($item = $body.get($key))
        #foreach( $type in $item.keySet())
          "$key":{"$type" : "$item.get($type)"}
        #if($foreach.hasNext()),#end
        #end
      #if($foreach.hasNext()),#end
      #end
    }
    """
"""Attributes of a body that has them as DynamoDB writes them."""
_RECORD = '{"StreamName":"${StreamName}","Data":"${Data}","PartitionKey":"${PartitionKey}"}'
_RECORDS = """[
  #foreach($elem in $input.path('$.records'))
      {
        "Data": "$util.base64Encode($elem.data)",
        "PartitionKey": "$elem.partition-key"
      }#if($foreach.hasNext),#end
  #end
]"""
_ENTRY = (
    '{"Entries":[{"Detail": "${Detail}","DetailType": "${DetailType}","EventBusName": "${EventBusName}",'
    '"Source": "${Source}"}]}'
)
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Service:
    """One service. ``role`` is the logical id of the role by which API Gateway asks it, ``needed`` what a proxy has to
    say; ``allowed`` gives the statement for all of its proxies, ``request`` the request's part of an integration,
    ``responses`` what replies become, where that is not as for most; ``declare`` completes its methods."""

    role: str
    needed: tuple[str, ...]
    allowed: Callable[[Sequence[Settings]], list[dict[str, Any]]]
    request: Callable[[Settings], dict[str, Any]]
    responses: Callable[[Settings], list[dict[str, Any]]] | None = None
    declare: Callable[[dict[str, Any]], None] | None = None


def role_of(service: str, proxies: Sequence[Settings]) -> dict[str, Any] | None:
    """The role of a service's proxies; None where each has its own."""
    # Those of DynamoDB cannot have their own.
    if not any(service == "dynamodb" or not truthy(proxy.get("roleArn")) for proxy in proxies):
        return None
    logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    statements = [{"Effect": "Allow", "Action": logs, "Resource": "*"}, *SERVICES[service].allowed(proxies)]
    trusted = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = {"Version": "2012-10-17", "Statement": statements}
    return {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trusted]},
        "Policies": [{"PolicyName": f"apigatewayto{service}", "PolicyDocument": policy}],
    }


def integration_of(service: str, settings: Settings) -> dict[str, Any]:
    """The integration of a method."""
    asked = SERVICES[service]
    own = settings.get("roleArn") if service != "dynamodb" else None
    return {
        "IntegrationHttpMethod": "POST",
        "Type": "AWS",
        "Credentials": own or {"Fn::GetAtt": [asked.role, "Arn"]},
        **asked.request(settings),
        "IntegrationResponses": asked.responses(settings) if asked.responses else _responses(service, settings),
    }


def _responses(service: str, settings: Settings) -> list[dict[str, Any]]:
    given = settings.get("response") if service != "eventbridge" else None
    if isinstance(given, list):
        return [
            {
                "StatusCode": each.get("statusCode"),
                "SelectionPattern": each.get("selectionPattern") or each.get("statusCode"),
                "ResponseParameters": each.get("responseParameters") or {},
                "ResponseTemplates": each.get("responseTemplates") or {},
            }
            for each in given
        ]
    templates = given.get("template") if isinstance(given, dict) else None
    patterns: tuple[Any, ...] = (200, 400, 500)
    written: list[dict[str, Any]] = [{}, {}, {}]
    if isinstance(templates, dict) and truthy(templates.get("success")):
        # The second kind is written so by the plugin.
        kinds = (JSON, "application/x-www-form-urlendcoded") if service == "dynamodb" else (JSON,)
        for place, name in enumerate(("success", "clientError", "serverError")):
            if truthy(templates.get(name)):
                written[place] = dict.fromkeys(kinds, templates[name])
    elif service == "dynamodb":
        patterns = (r"2\d{2}", r"4\d{2}", r"5\d{2}")
        written[0] = dict.fromkeys((JSON, FORM), _ITEM) if settings["action"] == "GetItem" else {}
    return [
        {"StatusCode": code, "SelectionPattern": pattern, "ResponseParameters": {}, "ResponseTemplates": template}
        for code, pattern, template in zip((200, 400, 500), patterns, written, strict=True)
    ]


def _own_templates(settings: Settings) -> dict[str, Any]:
    request = settings.get("request")
    found = request.get("template") if isinstance(request, dict) else None
    return dict(found) if isinstance(found, dict) else {}


def _named(service: str, place: str, variable: str, value: Any) -> dict[str, Any]:
    """An ARN with a name in it that may be an intrinsic function."""
    return {"Fn::Sub": [f"arn:${{AWS::Partition}}:{service}:{_HERE}:{place}${{{variable}}}", {variable: value}]}


def _allowing(
    actions: Sequence[str], service: str, variable: str, place: str = ""
) -> Callable[..., list[dict[str, Any]]]:
    def allowed(proxies: Sequence[Settings]) -> list[dict[str, Any]]:
        resources = [_named(service, place, variable, proxy[variable]) for proxy in proxies]
        return [{"Effect": "Allow", "Action": [*actions], "Resource": resources}]

    return allowed


def _allowed_of_tables(proxies: Sequence[Settings]) -> list[dict[str, Any]]:
    return [
        {
            "Effect": "Allow",
            "Action": f"dynamodb:{proxy['action']}",
            "Resource": _named("dynamodb", "table/", "tableName", proxy["tableName"]),
        }
        for proxy in proxies
    ]


def _message(settings: Settings) -> dict[str, Any]:
    uri = f"{_APIGATEWAY}sqs:path//${{AWS::AccountId}}/${{queueName}}"
    target = {"Uri": {"Fn::Sub": [uri, {"queueName": settings["queueName"]}]}}
    parameters = dict(settings.get("requestParameters") or {})
    templates = _own_templates(settings)
    if not templates:
        message = {
            "integration.request.querystring.Action": "'SendMessage'",
            "integration.request.querystring.MessageBody": "method.request.body",
        }
        return {
            **target,
            "RequestParameters": {**message, **parameters},
            "RequestTemplates": {JSON: "{statusCode:200}"},
        }
    kept = {
        name: value
        for name, value in parameters.items()
        if not name.strip().startswith("integration.request.querystring.")
    }
    default = {JSON: "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"}
    return {
        **target,
        "PassthroughBehavior": "NEVER",
        "RequestParameters": {**_AS_FORM, **kept},
        "RequestTemplates": {**default, **templates},
    }


def _notification(settings: Settings) -> dict[str, Any]:
    request = settings.get("request")
    request = request if isinstance(request, dict) else {}
    message = "Action=Publish&Message=$util.urlEncode($input.body)&TopicArn=$util.urlEncode('"
    template = {"Fn::Join": ["", [message, _named("sns", "", "topicName", settings["topicName"]), "')"]]}
    return present(
        {
            "Uri": {"Fn::Sub": f"{_APIGATEWAY}sns:path//"},
            "PassthroughBehavior": request.get("passThrough", "NEVER"),
            "ContentHandling": request.get("contentHandling"),
            "RequestParameters": dict(_AS_FORM),
            "RequestTemplates": {**dict.fromkeys((JSON, FORM), template), **_own_templates(settings)},
        }
    )


def _item(settings: Settings) -> dict[str, Any]:
    action = settings["action"]
    template = _item_template(action, settings)
    return {
        "Uri": {"Fn::Sub": [f"{_APIGATEWAY}dynamodb:action/${{action}}", {"action": action}]},
        "PassthroughBehavior": "NEVER",
        "RequestParameters": dict(settings.get("requestParameters") or {}),
        "RequestTemplates": {**dict.fromkeys((JSON, FORM), template), **_own_templates(settings)},
    }


def _item_template(action: str, settings: Settings) -> dict[str, Any]:
    values: dict[str, Any] = {"TableName": settings["tableName"]}
    keys = []
    for name, kind in (("hashKey", "Hash"), ("rangeKey", "Range")):
        key = settings.get(name)
        if isinstance(key, dict):
            keys.append(f'"${{{kind}Key}}": {{"${{{kind}AttributeType}}": "${{{kind}AttributeValue}}"}}')
            values |= _key(kind, key)
    is_put = action == "PutItem"
    members = "".join(f"{key}," for key in keys) + _PUT if is_put else ",".join(keys) + "}"
    text = f'{{"TableName": "${{TableName}}","{"Item" if is_put else "Key"}":{" " * is_put}{{{members}'
    if action != "GetItem" and settings.get("condition") is not None:
        text += ',"ConditionExpression": "${ConditionExpression}"'
        values["ConditionExpression"] = settings["condition"]
    return {"Fn::Sub": [f"{text}}}", values]}


def _key(kind: str, key: Settings) -> dict[str, Any]:
    name = key.get("pathParam") or key.get("queryStringParam")
    place = "path" if truthy(key.get("pathParam")) else "querystring"
    return {
        f"{kind}Key": name,
        f"{kind}AttributeType": key.get("attributeType"),
        f"{kind}AttributeValue": f"$input.params().{place}.{name}",
    }


def _record(settings: Settings) -> dict[str, Any]:
    name, key = settings["streamName"], settings.get("partitionKey", "$context.requestId")
    if settings.get("action") == "PutRecords":
        template = ['{"StreamName":"${StreamName}","Records":${Records}}', {"StreamName": name, "Records": _RECORDS}]
    else:
        data = "$util.base64Encode($input.body)"
        template = [_RECORD, {"StreamName": name, "Data": data, "PartitionKey": _parameter(key)}]
    return {
        "Uri": {"Fn::Sub": f"{_APIGATEWAY}kinesis:action/{settings.get('action') or 'PutRecord'}"},
        "PassthroughBehavior": "NEVER",
        "RequestTemplates": {**{kind: {"Fn::Sub": template} for kind in (JSON, FORM)}, **_own_templates(settings)},
    }


def _event(settings: Settings) -> dict[str, Any]:
    detail = settings.get("detail")
    path = detail.get("bodyParam") if isinstance(detail, dict) else None
    body = f"$util.parseJson($input.body).{path}" if truthy(path) else "$input.body"
    values = {
        "EventBusName": settings["eventBusName"],
        "Detail": f"$util.escapeJavaScript({body})",
        "DetailType": _parameter(settings.get("detailType", "$context.requestId")),
        "Source": _parameter(settings["source"]),
    }
    template = {"Fn::Sub": [_ENTRY, values]}
    return {
        "Uri": {"Fn::Sub": f"{_APIGATEWAY}events:action/PutEvents"},
        "PassthroughBehavior": "NEVER",
        "RequestParameters": {
            "integration.request.header.X-Amz-Target": "'AWSEvents.PutEvents'",
            "integration.request.header.Content-Type": "'application/x-amz-json-1.1'",
        },
        "RequestTemplates": {**dict.fromkeys((JSON, FORM), template), **_own_templates(settings)},
    }


def _parameter(given: Any) -> str:
    """A text, or where in the request it is."""
    if not isinstance(given, dict):
        return str(given)
    if truthy(given.get("pathParam")):
        return f"$input.params().path.{given['pathParam']}"
    if truthy(given.get("queryStringParam")):
        return f"$input.params().querystring.{given['queryStringParam']}"
    return f"$util.parseJson($input.body).{given.get('bodyParam')}"


SERVICES: Mapping[str, Service] = {
    "kinesis": Service(
        "ApigatewayToKinesisRole",
        ("streamName",),
        _allowing(["kinesis:PutRecord", "kinesis:PutRecords"], "kinesis", "streamName", "stream/"),
        _record,
    ),
    "sqs": Service("ApigatewayToSqsRole", ("queueName",), _allowing(["sqs:SendMessage"], "sqs", "queueName"), _message),
    "s3": Service(
        "ApigatewayToS3Role",
        ("action", "bucket"),
        proxied_objects.allowed,
        proxied_objects.request,
        proxied_objects.responses,
        proxied_objects.declare,
    ),
    "sns": Service(
        "ApigatewayToSnsRole", ("topicName",), _allowing(["sns:Publish"], "sns", "topicName"), _notification
    ),
    "dynamodb": Service("ApigatewayToDynamodbRole", ("action", "tableName", "hashKey"), _allowed_of_tables, _item),
    "eventbridge": Service(
        "ApigatewayToEventBridgeRole",
        ("eventBusName", "source"),
        _allowing(["events:PutEvents"], "events", "eventBusName", "event-bus/"),
        _event,
    ),
}
"""The services, in the order in which the plugin makes their methods."""
