"""Stand-ins for the services that deliveries go to: they remember what arrives, and can fail."""

import json
from typing import Any

from tests.conftest import RunningCloud

from stratolite.core.errors import AwsError, ServiceUnavailable


class QueueDoesNotExist(AwsError):
    """What SQS answers when a queue is gone."""


class Functions:
    """Stands in for Lambda."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.sources: list[str] = []
        self.traces: list[str] = []
        self.missing: set[str] = set()
        self.failures = 0
        """How many invokes are refused before one is accepted."""

    def exists(self, function: str) -> bool:
        return function not in self.missing

    def invoke_later(self, call: Any, function: str, payload: bytes, *, source: str) -> str:
        if self.failures:
            self.failures -= 1
            raise ServiceUnavailable()
        self.events.append({"function": function, **json.loads(payload)})
        self.sources.append(source)
        self.traces.append(call.trace_id)
        return "request"

    @property
    def records(self) -> list[dict[str, Any]]:
        """The one record of each event."""
        return [record for event in self.events for record in event["Records"]]


class Queues:
    """Stands in for SQS."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.missing: set[str] = set()
        self.failures = 0

    def exists(self, queue_arn: str) -> bool:
        return queue_arn not in self.missing

    def send(
        self,
        call: Any,
        queue_arn: str,
        body: str,
        *,
        attributes: Any = None,
        group_id: str = "",
        deduplication_id: str = "",
    ) -> str:
        if queue_arn in self.missing:
            raise QueueDoesNotExist("The specified queue does not exist.")
        if self.failures:
            self.failures -= 1
            raise ServiceUnavailable()
        name = queue_arn.rpartition(":")[2]
        self.sent.append(
            {
                "queue": name,
                "body": body,
                "attributes": attributes or {},
                "group": group_id,
                "deduplication": deduplication_id,
                "trace": call.trace_id,
            }
        )
        return "message"

    def bodies(self, name: str) -> list[str]:
        """What one queue got, in order."""
        return [one["body"] for one in self.sent if one["queue"] == name]


def functions_of(cloud: RunningCloud) -> Functions:
    """Puts functions in the place of Lambda's."""
    functions = Functions()
    cloud.cloud.world.ports._found["function"] = functions
    return functions


def queues_of(cloud: RunningCloud) -> Queues:
    """Puts queues in the place of SQS's."""
    queues = Queues()
    cloud.cloud.world.ports._found["queue"] = queues
    return queues
