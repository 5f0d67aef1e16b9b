"""Streams of Kinesis, functions that tell what they were given, and mappings between them: many in one cloud, because
starting what functions begin from takes its time."""

import base64
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.conftest import RunningCloud
from tests.wire.kinesis_streams import made
from tests.wire.stream_mappings import StreamWorld

_numbers = itertools.count(1)


class DataWorld(StreamWorld):
    """One stream, one function, and the mappings between them; records have one key unless told otherwise."""

    def __init__(self, cloud: RunningCloud, then: str = "return None", shards: int = 1) -> None:
        self._meet(cloud)
        self.kinesis = cloud.client("kinesis")
        self.name = f"s{next(_numbers)}"
        self.stream_arn = made(self.kinesis, self.name, shards)
        self.function(self.name, then)

    def create(self, **settings: Any) -> Any:
        return super().create(**{"FunctionName": self.name, **settings})

    def put(self, *ids: str, key: str = "k", **_: Any) -> None:
        """Put records all at once."""
        records = [{"Data": one.encode(), "PartitionKey": key} for one in ids]
        self.kinesis.put_records(StreamName=self.name, Records=records)

    def events(self, name: str = "") -> list[dict[str, Any]]:
        return super().events(name or self.name)

    def batches(self, name: str = "") -> list[list[str]]:
        """What the records of each event hold."""
        return [[data_of(record) for record in event["Records"]] for event in self.events(name)]

    def queue(self, name: str = "") -> str:
        return super().queue(name or self.name)

    def given_up(self, name: str = "") -> list[dict[str, Any]]:
        return super().given_up(name or self.name)


@contextmanager
def data_world(cloud: RunningCloud, then: str = "return None", shards: int = 1) -> Iterator[DataWorld]:
    """A world that is over at the end: its mappings do not go on."""
    world = DataWorld(cloud, then, shards)
    yield world
    for mapping in world.lambda_.list_event_source_mappings(FunctionName=world.name)["EventSourceMappings"]:
        world.lambda_.delete_event_source_mapping(UUID=mapping["UUID"])
    cloud.drain()


def data_of(record: dict[str, Any]) -> str:
    return base64.b64decode(record["kinesis"]["data"]).decode()
