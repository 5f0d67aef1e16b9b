"""Samples of what was written: objects of buckets, items of tables, lines of logs."""

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from stratolite.cli.samples.model import ADDRESS, Place, Sample, Values, parsed
from stratolite.core.errors import UserError


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
    images: dict[str, Any] = {"Keys": parsed("keys", values["keys"])}
    if name != "REMOVE":
        images["NewImage"] = parsed("new", values["new"])
    if name != "INSERT":
        images["OldImage"] = parsed("old", values["old"])
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


CHANGES: Mapping[str, Sample] = {
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
