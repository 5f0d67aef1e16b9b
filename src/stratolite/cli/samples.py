"""Sample events: what each source of events gives a function, with values of one's own.

A kind has *settings*, each with a default: ``stratolite invoke hello --generate s3-put --set key=cat.png``. The shapes
are those of the developer guides of the sources; each function names its page.
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote_plus

from stratolite.core.errors import UserError

REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
TRACE_ID = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"
ADDRESS = "127.0.0.1"
AGENT = "stratolite"


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when an event happens. ``now_ms``: wall time."""

    account: str
    region: str
    now_ms: int

    def arn(self, service: str, resource: str) -> str:
        """An ARN in this place."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    @property
    def iso(self) -> str:
        """``2026-01-02T03:04:05Z``."""
        return datetime.fromtimestamp(self.now_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def iso_ms(self) -> str:
        """``2026-01-02T03:04:05.678Z``."""
        return f"{self.iso[:-1]}.{self.now_ms % 1000:03d}Z"

    @property
    def common_log(self) -> str:
        """``02/Jan/2026:03:04:05 +0000``."""
        return datetime.fromtimestamp(self.now_ms // 1000, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")


Values = Mapping[str, str]
Make = Callable[[Place, Values], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Sample:
    """A kind of event: its settings with their defaults, and how it is made of them."""

    make: Make
    settings: Mapping[str, str]


def sample(kind: str, place: Place, chosen: Mapping[str, str]) -> dict[str, Any]:
    """An event. Raises UserError for a kind or a setting that there is not."""
    if kind not in SAMPLES:
        raise UserError(f"there is no sample event {kind!r}", todo=f"Take one of: {', '.join(SAMPLES)}.")
    known = SAMPLES[kind]
    unknown = [name for name in chosen if name not in known.settings]
    if unknown:
        raise UserError(
            f"the sample event {kind} has no setting {unknown[0]!r}",
            todo=f"Its settings are {', '.join(known.settings)}.",
        )
    return known.make(place, {**known.settings, **chosen})


# HTTP ------------------------------------------------------------------------------------------------------------


def _query(values: Values) -> dict[str, str]:
    return dict(parse_qsl(values["query"], keep_blank_values=True))


def _headers(host: str) -> dict[str, str]:
    return {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "Host": host,
        "User-Agent": AGENT,
        "X-Amzn-Trace-Id": TRACE_ID,
        "X-Forwarded-For": ADDRESS,
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }


def _http(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html"""
    host = f"abcdef1234.execute-api.{place.region}.amazonaws.com"
    headers, query, stage = _headers(host), _query(values), values["stage"]
    identity = dict.fromkeys(
        ("cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "accessKey", "user", "userArn")
    )
    return {
        "resource": values["path"],
        "path": values["path"],
        "httpMethod": values["method"],
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": query or None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": place.account,
            "apiId": "abcdef1234",
            "domainName": host,
            "domainPrefix": "abcdef1234",
            "extendedRequestId": "JKJaXmPLvHcESHA=",
            "httpMethod": values["method"],
            "identity": {**identity, "sourceIp": ADDRESS, "userAgent": AGENT},
            "path": f"/{stage}{values['path']}",
            "protocol": "HTTP/1.1",
            "requestId": REQUEST_ID,
            "requestTime": place.common_log,
            "requestTimeEpoch": place.now_ms,
            "resourceId": "123456",
            "resourcePath": values["path"],
            "stage": stage,
        },
        "body": values["body"] or None,
        "isBase64Encoded": False,
    }


def _format_2(place: Place, values: Values, host: str, context: dict[str, Any]) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in _headers(host).items()}
    event = {
        "version": "2.0",
        "routeKey": context["routeKey"],
        "rawPath": values["path"],
        "rawQueryString": values["query"],
        "headers": headers,
        "queryStringParameters": _query(values),
        "requestContext": {
            "accountId": place.account,
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": values["method"],
                "path": values["path"],
                "protocol": "HTTP/1.1",
                "sourceIp": ADDRESS,
                "userAgent": AGENT,
            },
            "requestId": REQUEST_ID,
            "time": place.common_log,
            "timeEpoch": place.now_ms,
            **context,
        },
        "body": values["body"],
        "isBase64Encoded": False,
    }
    return {name: value for name, value in event.items() if value not in ({}, "") or name == "rawQueryString"}


def _http_api(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    host = f"abcdef1234.execute-api.{place.region}.amazonaws.com"
    route = f"{values['method']} {values['path']}"
    return _format_2(place, values, host, {"apiId": "abcdef1234", "routeKey": route, "stage": "$default"})


def _url(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads"""
    name = "abcdefghijklmnopqrstuvwxyz012345"
    host = f"{name}.lambda-url.{place.region}.on.aws"
    return _format_2(place, values, host, {"apiId": name, "routeKey": "$default", "stage": "$default"})


def _token_authorizer(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html"""
    method = f"abcdef1234/{values['stage']}/{values['method']}{values['path']}"
    return {"type": "TOKEN", "methodArn": place.arn("execute-api", method), "authorizationToken": values["token"]}


def _request_authorizer(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html"""
    method = f"abcdef1234/{values['stage']}/{values['method']}{values['path']}"
    event = _http(place, {**values, "body": ""})
    del event["body"], event["isBase64Encoded"]
    event["headers"]["Authorization"] = values["token"]
    event["multiValueHeaders"]["Authorization"] = [values["token"]]
    return {"type": "REQUEST", "methodArn": place.arn("execute-api", method), **event}


# Messages --------------------------------------------------------------------------------------------------------


def _sqs(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""
    fifo = {
        "MessageGroupId": values["group"] or "group",
        "MessageDeduplicationId": hashlib.sha256(values["body"].encode()).hexdigest(),
        "SequenceNumber": "18849496460467696128",
    }
    return {
        "Records": [
            {
                "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
                "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
                "body": values["body"],
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": str(place.now_ms),
                    "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                    "ApproximateFirstReceiveTimestamp": str(place.now_ms),
                    **(fifo if values["queue"].endswith(".fifo") else {}),
                },
                "messageAttributes": {},
                "md5OfBody": hashlib.md5(values["body"].encode(), usedforsecurity=False).hexdigest(),
                "eventSource": "aws:sqs",
                "eventSourceARN": place.arn("sqs", values["queue"]),
                "awsRegion": place.region,
            }
        ]
    }


def _sns(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
    topic = place.arn("sns", values["topic"])
    subscription = f"{topic}:21be56ed-a058-49f5-8c98-aedd2564c486"
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription,
                "Sns": {
                    "Type": "Notification",
                    "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
                    "TopicArn": topic,
                    "Subject": values["subject"] or None,
                    "Message": values["message"],
                    "Timestamp": place.iso_ms,
                    "SignatureVersion": "1",
                    "Signature": "tcc6faL2yUC6dgZdmrwh1Y4cGa/ebXEkAi6RibDsvpi+tE/1+82j...65r==",
                    "SigningCertUrl": f"https://sns.{place.region}.amazonaws.com/SimpleNotificationService.pem",
                    "UnsubscribeUrl": f"https://sns.{place.region}.amazonaws.com/?Action=Unsubscribe"
                    f"&SubscriptionArn={subscription}",
                    "MessageAttributes": {},
                },
            }
        ]
    }


def _event_bridge(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html"""
    return {
        "version": "0",
        "id": REQUEST_ID,
        "detail-type": values["detail-type"],
        "source": values["source"],
        "account": place.account,
        "time": place.iso,
        "region": place.region,
        "resources": [],
        "detail": _json("detail", values["detail"]),
    }


def _schedule(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html"""
    event = {"detail-type": "Scheduled Event", "source": "aws.events", "detail": "{}"}
    return {**_event_bridge(place, event), "resources": [place.arn("events", f"rule/{values['rule']}")]}


# Data ------------------------------------------------------------------------------------------------------------


def _s3(place: Place, values: Values, event: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html"""
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": place.region,
                "eventTime": place.iso_ms,
                "eventName": event,
                "userIdentity": {"principalId": f"AWS:{place.account}"},
                "requestParameters": {"sourceIPAddress": ADDRESS},
                "responseElements": {"x-amz-request-id": "C3D13FE58DE4C810", "x-amz-id-2": "FMyUVURIY8/IgAtTv8xRjskZ"},
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "sample",
                    "bucket": {
                        "name": values["bucket"],
                        "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                        "arn": f"arn:aws:s3:::{values['bucket']}",
                    },
                    "object": {
                        "key": quote_plus(values["key"], safe="/-_.!*()~"),
                        **told,
                        "sequencer": f"{place.now_ms << 16:018X}",
                    },
                },
            }
        ]
    }


def _s3_put(place: Place, values: Values) -> dict[str, Any]:
    if not values["size"].isdigit():
        raise UserError(f"the setting size is a number of bytes, not {values['size']!r}")
    told = {"size": int(values["size"]), "eTag": "d41d8cd98f00b204e9800998ecf8427e"}
    return _s3(place, values, "ObjectCreated:Put", told)


def _s3_delete(place: Place, values: Values) -> dict[str, Any]:
    return _s3(place, values, "ObjectRemoved:Delete", {})


def _dynamodb(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html"""
    name = values["event"]
    if name not in ("INSERT", "MODIFY", "REMOVE"):
        raise UserError(f"the setting event is INSERT, MODIFY or REMOVE, not {name!r}")
    images: dict[str, Any] = {"Keys": _json("keys", values["keys"])}
    if name != "REMOVE":
        images["NewImage"] = _json("new", values["new"])
    if name != "INSERT":
        images["OldImage"] = _json("old", values["old"])
    return {
        "Records": [
            {
                "eventID": "c4ca4238a0b923820dcc509a6f75849b",
                "eventName": name,
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": place.region,
                "dynamodb": {
                    "ApproximateCreationDateTime": place.now_ms // 1000,
                    **images,
                    "SequenceNumber": "4421584500000000017450439091",
                    "SizeBytes": len(json.dumps(images)),
                    "StreamViewType": "NEW_AND_OLD_IMAGES",
                },
                "eventSourceARN": place.arn("dynamodb", f"table/{values['table']}/stream/{place.iso[:-1]}.000"),
            }
        ]
    }


def _logs(place: Place, values: Values) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html"""
    told = {
        "messageType": "DATA_MESSAGE",
        "owner": place.account,
        "logGroup": values["group"],
        "logStream": "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef",
        "subscriptionFilters": ["sample"],
        "logEvents": [
            {
                "id": "3195310660696698337880902507980421114328961542429",
                "timestamp": place.now_ms,
                "message": values["message"],
            }
        ],
    }
    packed = gzip.compress(json.dumps(told).encode(), mtime=0)
    return {"awslogs": {"data": base64.b64encode(packed).decode()}}


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise UserError(f"the setting {name} is not JSON: {error}") from error


_REQUEST = {"method": "GET", "path": "/hello", "query": "", "body": ""}
_AUTHORIZED = {"token": "Bearer token", "method": "GET", "path": "/hello", "query": "", "stage": "dev"}

SAMPLES: Mapping[str, Sample] = {
    "http": Sample(_http, {**_REQUEST, "stage": "dev"}),
    "http-api": Sample(_http_api, _REQUEST),
    "url": Sample(_url, _REQUEST),
    "token-authorizer": Sample(_token_authorizer, {name: _AUTHORIZED[name] for name in _AUTHORIZED if name != "query"}),
    "request-authorizer": Sample(_request_authorizer, _AUTHORIZED),
    "sqs": Sample(_sqs, {"queue": "my-queue", "body": "Hello", "group": ""}),
    "sns": Sample(_sns, {"topic": "my-topic", "message": "Hello", "subject": ""}),
    "event-bridge": Sample(
        _event_bridge, {"source": "my.app", "detail-type": "Something Happened", "detail": '{"key": "value"}'}
    ),
    "schedule": Sample(_schedule, {"rule": "my-schedule"}),
    "s3-put": Sample(_s3_put, {"bucket": "my-bucket", "key": "my key.txt", "size": "1024"}),
    "s3-delete": Sample(_s3_delete, {"bucket": "my-bucket", "key": "my key.txt"}),
    "dynamodb": Sample(
        _dynamodb,
        {
            "table": "my-table",
            "event": "INSERT",
            "keys": '{"id": {"S": "1"}}',
            "new": '{"id": {"S": "1"}, "name": {"S": "new"}}',
            "old": '{"id": {"S": "1"}, "name": {"S": "old"}}',
        },
    ),
    "logs": Sample(_logs, {"group": "/aws/lambda/my-function", "message": "Hello"}),
}
"""Every kind, by the name that ``--generate`` takes."""
