"""Clients of CloudWatch in each of its protocols: boto3 speaks the newest by itself, as older versions of it
spoke the others."""

from typing import Any

from botocore.serialize import create_serializer
from tests.conftest import RunningCloud

PROTOCOLS = ("smithy-rpc-v2-cbor", "json", "query")


def speaking(cloud: RunningCloud, protocol: str, **options: Any) -> Any:
    """A boto3 client that speaks one protocol."""
    client = cloud.client("cloudwatch", **options)
    client.meta.service_model.__dict__["resolved_protocol"] = protocol
    client._serializer = create_serializer(protocol)
    return client
