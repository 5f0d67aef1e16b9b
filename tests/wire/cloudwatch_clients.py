"""Clients of CloudWatch in each of its protocols: which of them boto3 speaks by itself depends on its version."""

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
