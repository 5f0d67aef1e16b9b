"""How a stream's records look to functions, by the kind of the stream. Pure.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html and with-kinesis.html; recorded:
``test_lambda_integration_dynamodbstreams.json`` and ``test_lambda_integration_kinesis.json``.
"""

import base64
import zlib
from dataclasses import dataclass
from typing import Any, Protocol

from stratolite.core.ports.streams import StreamRecord
from stratolite.services.lambda_.sources.stream_event import Place, lane_of, shown


class RecordForm(Protocol):
    """One kind of records."""

    def shown(self, record: StreamRecord) -> dict[str, Any]:
        """A record as the function and its filters see it."""

    def lane_of(self, event: dict[str, Any], lanes: int) -> int:
        """In which of a shard's lanes it goes: always the same one for what has to stay in order."""


@dataclass(frozen=True, slots=True)
class ChangeForm:
    """Changes of a DynamoDB table: those of an item stay in order."""

    stream_arn: str

    def shown(self, record: StreamRecord) -> dict[str, Any]:
        return shown(record.record, self.stream_arn)

    def lane_of(self, event: dict[str, Any], lanes: int) -> int:
        return lane_of(event, lanes)


@dataclass(frozen=True, slots=True)
class DataForm:
    """Records of Kinesis: those of a partition key stay in order. ``role``: ARN of the function's own."""

    place: Place
    role: str

    def shown(self, record: StreamRecord) -> dict[str, Any]:
        place, number = self.place, record.sequence_number
        return {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record.record["PartitionKey"],
                "sequenceNumber": number,
                "data": base64.b64encode(record.record["Data"]).decode(),
                "approximateArrivalTimestamp": record.created_ms / 1000,
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{place.shard_id}:{number}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": self.role,
            "awsRegion": place.stream_arn.split(":")[3],
            "eventSourceARN": place.stream_arn,
        }

    def lane_of(self, event: dict[str, Any], lanes: int) -> int:
        return zlib.crc32(event["kinesis"]["partitionKey"].encode()) % lanes
