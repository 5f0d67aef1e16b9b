"""Integrations with a service of AWS: parameters are taken from the request, the service's answer is the response.

What each takes: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
The request goes to the local cloud, in the stage's account; in another region where ``Region`` says so.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from stratolite.http import client
from stratolite.http.client import RequestFailed
from stratolite.http.fields import latin
from stratolite.protocol.sigv4 import claim
from stratolite.services.apigatewayv2 import Apigatewayv2, api, parameters, refusal, rules
from stratolite.services.apigatewayv2.domain import Integration
from stratolite.services.apigatewayv2.exchange import Exchange
from stratolite.services.apigatewayv2.reply import KEPT_BACK, Fields, Reply

ANSWER_BYTES_MAX = 10 * 1024 * 1024
REGION = "Region"
_FORM = "application/x-www-form-urlencoded"
Values = Mapping[str, str]
Write = Callable[[Values], tuple[Fields, bytes]]
"""The headers that name the operation, and the body."""


@dataclass(frozen=True, slots=True)
class Subtype:
    """One operation of a service, and the parameters that it takes beside ``Region``."""

    service: str
    """As in the names of hosts."""
    required: tuple[str, ...]
    optional: tuple[str, ...]
    write: Write


def check(document: Mapping[str, Any]) -> None:
    """Raises BadRequestException for parameters that a subtype lacks or does not know, and NotImplementedHere for one
    whose service is not here. The texts about parameters are ours."""
    name = document["IntegrationSubtype"]
    subtype = SUBTYPES.get(name)
    if subtype is None:
        rules.unimplemented(f"IntegrationSubtype {name}", "the service is not here")
    given = document.get("RequestParameters") or {}
    for lacking in (each for each in subtype.required if each not in given):
        raise api.BadRequestException(f"{lacking} is a required parameter of {name}")
    for unknown in (each for each in given if each not in {*subtype.required, *subtype.optional, REGION}):
        raise api.BadRequestException(f"{unknown} is not a parameter of {name}")


async def answer(apigatewayv2: Apigatewayv2, exchange: Exchange, integration: Integration) -> Reply:
    """Ask the service. Raises Refusal: 400 a parameter has no value or no form, 503 there is no answer in time."""
    subtype, stage = SUBTYPES[integration.subtype], exchange.stage.stage
    values = _values(exchange, integration.request_parameters)
    region = values.pop(REGION, stage.region)
    fields, body = subtype.write(values)
    try:
        answered = await client.request(
            "POST",
            f"https://{subtype.service}.{region}.amazonaws.com/",
            [
                *fields,
                *claim(stage.account, region, subtype.service, exchange.now_ms),
                ("X-Amzn-Trace-Id", exchange.ids.carried),
            ],
            body,
            timeout_s=integration.timeout_s,
            answer_bytes_max=ANSWER_BYTES_MAX,
            detour=apigatewayv2.world.settings.detour,
        )
    except RequestFailed as error:
        raise refusal.unavailable(str(error)) from None
    sent = answered.headers.as_sent
    return Reply(
        answered.status,
        [(name, latin(value)) for name, value in sent if name.lower() not in KEPT_BACK],
        answered.body,
    )


def _values(exchange: Exchange, given: Mapping[str, str]) -> dict[str, str]:
    values = {}
    for name, expression in given.items():
        value = parameters.evaluate(expression, parameters.resolver(exchange))
        if value is None:
            raise refusal.unresolved(
                f"Unable to resolve property {name} from source {expression}."
                " Please make sure that the value is of the correct type."
            )
        values[name] = value
    return values


def _read(name: str, text: str, kind: type) -> Any:
    """A parameter that is JSON. Raises Refusal for what is none."""
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, kind):
        raise refusal.unresolved(f"{name} is no JSON {'object' if kind is dict else 'array'}: {text}")
    return value


def _json(target: str, version: str, members: Callable[[Values], Mapping[str, Any]]) -> Write:
    def write(values: Values) -> tuple[Fields, bytes]:
        fields = [("Content-Type", f"application/x-amz-json-{version}"), ("X-Amz-Target", target)]
        return fields, json.dumps(members(values)).encode()

    return write


def _event(values: Values) -> Mapping[str, Any]:
    entry: dict[str, Any] = {**values}
    if "Resources" in entry:
        entry["Resources"] = _read("Resources", values["Resources"], list)
    return {"Entries": [entry]}


def _record(values: Values) -> Mapping[str, Any]:
    return {**values, "Data": base64.b64encode(values["Data"].encode()).decode()}


def _of_queue(action: str) -> Write:
    """SQS speaks the query protocol here: its answers are XML, as on AWS."""

    def write(values: Values) -> tuple[Fields, bytes]:
        pairs = [("Action", action), ("Version", "2012-11-05")]
        for name, value in values.items():
            flat = _FLAT.get(name)
            pairs += [(name, value)] if flat is None else flat(name, value)
        return [("Content-Type", _FORM)], urlencode(pairs).encode()

    return write


def _attributes(name: str, text: str) -> list[tuple[str, str]]:
    """``{"a": {"DataType": "String", "StringValue": "b"}}`` as the fields of a form."""
    pairs = []
    for place, (key, value) in enumerate(_read(name, text, dict).items(), 1):
        prefix = f"{name.removesuffix('s')}.{place}"
        pairs.append((f"{prefix}.Name", key))
        if not isinstance(value, dict):
            raise refusal.unresolved(f"{name}.{key} is no attribute of a message: {value}")
        pairs += [(f"{prefix}.Value.{member}", str(each)) for member, each in value.items()]
    return pairs


def _names(name: str, text: str) -> list[tuple[str, str]]:
    names = _read(name, text, list) if text.startswith("[") else text.split(",")
    return [(f"{name.removesuffix('s')}.{place}", str(each)) for place, each in enumerate(names, 1)]


_FLAT: Mapping[str, Callable[[str, str], list[tuple[str, str]]]] = {
    "MessageAttributes": _attributes,
    "MessageSystemAttributes": _attributes,
    "AttributeNames": _names,
    "MessageAttributeNames": _names,
}
SUBTYPES: Mapping[str, Subtype] = {
    "EventBridge-PutEvents": Subtype(
        "events",
        ("Detail", "DetailType", "Source"),
        ("Time", "EventBusName", "Resources", "TraceHeader"),
        _json("AWSEvents.PutEvents", "1.1", _event),
    ),
    "SQS-SendMessage": Subtype(
        "sqs",
        ("QueueUrl", "MessageBody"),
        (
            "DelaySeconds",
            "MessageAttributes",
            "MessageDeduplicationId",
            "MessageGroupId",
            "MessageSystemAttributes",
        ),
        _of_queue("SendMessage"),
    ),
    "SQS-ReceiveMessage": Subtype(
        "sqs",
        ("QueueUrl",),
        (
            "AttributeNames",
            "MaxNumberOfMessages",
            "MessageAttributeNames",
            "ReceiveRequestAttemptId",
            "VisibilityTimeout",
            "WaitTimeSeconds",
        ),
        _of_queue("ReceiveMessage"),
    ),
    "SQS-DeleteMessage": Subtype("sqs", ("ReceiptHandle", "QueueUrl"), (), _of_queue("DeleteMessage")),
    "SQS-PurgeQueue": Subtype("sqs", ("QueueUrl",), (), _of_queue("PurgeQueue")),
    "Kinesis-PutRecord": Subtype(
        "kinesis",
        ("StreamName", "Data", "PartitionKey"),
        ("SequenceNumberForOrdering", "ExplicitHashKey"),
        _json("Kinesis_20131202.PutRecord", "1.1", _record),
    ),
}
"""Those whose services are here. AWS has AppConfig's and Step Functions' as well."""
