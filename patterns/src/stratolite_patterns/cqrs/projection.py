"""Projections: a read model that follows a table through its stream, and can be built again from the table.

    names = Projection("names", source=table, target=read_model)

    @names.rows(User)
    def name_row(user: User) -> NameRow | None: ...

    handler = names.handler

A function says which rows an item has in the read model; INSERT, MODIFY and REMOVE follow from it: what it gives for
the new image is written, and what it gave for the old one and gives no more is removed. A row belongs to one item: its
key has that item's id in it.

Every row carries the sequence number of the change that wrote it, and is only written by a later one, in a conditional
write. So a batch that comes twice changes nothing, and an old record never overwrites what is newer. A removed row
stays as a tombstone for a week, since what is not there cannot refuse an old record; it has no type, and is not read.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from stratolite_patterns.attribute_values import AttributeValue, marshal_item
from stratolite_patterns.cqrs import changes
from stratolite_patterns.cqrs.changes import FIRST, Change, Image
from stratolite_patterns.cqrs.errors import DeclarationError, UnknownEvent

if TYPE_CHECKING:
    from stratolite_patterns.single_table import Table

T = TypeVar("T")
Row = object
Rows = Callable[[Any], Any]

TOMBSTONE_S = 7 * 24 * 3600
"""Longer than a stream keeps its records (24 h)."""
REBUILD_MARGIN_S = 60
"""Rows that the stream wrote since this long before a rebuild began are newer than what it reads: clocks may differ."""
REMAINING_MS_MIN = 10_000
"""With less time left, a rebuild stops and says where."""
SCAN_LIMIT = 200
_PROJECTION, _SEQUENCE, _SOURCE, _STAMP = "_projection", "_sequence", "_source", "_stamped_ms"
_NAMES = {"#q": _SEQUENCE, "#o": _SOURCE}
_logger = logging.getLogger("stratolite_patterns")


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How far a rebuild came. ``position`` is where to go on, a JSON value; None when it is done."""

    position: dict[str, Any] | None
    read: int
    written: int


class Projection:
    """A read model in ``target``, made of the items of ``source``.

    Both are ``single_table.Table``s. Rows are entities of the target, or mappings with the attributes of its key.
    """

    def __init__(self, name: str, *, source: "Table", target: "Table", tombstone_s: int = TOMBSTONE_S) -> None:
        self.name = name
        self._source = source
        self._target = target
        self._tombstone_s = tombstone_s
        self._rows: dict[str, Rows] = {}

    def rows(self, kind: type[T]) -> Callable[[Callable[[T], Row]], Callable[[T], Row]]:
        """Declare which rows an entity has: one, several, or None, by a pure function. Raises DeclarationError."""

        def decorate(function: Callable[[T], Row]) -> Callable[[T], Row]:
            name = self._source.entity_of(kind).name
            if name in self._rows:
                raise DeclarationError(f"{self.name} has rows for {kind.__name__} already")
            self._rows[name] = function
            return function

        return decorate

    def handler(self, event: Mapping[str, Any], context: object = None) -> dict[str, list[dict[str, str]]]:
        """The handler of the table's stream, whose mapping has ``ReportBatchItemFailures``.

        At the first record that fails it stops, since those after it may be of the same item, and tells Lambda to go on
        from there. When nothing was done it raises instead, which comes to the same, and is counted as an error.
        Raises UnknownEvent for an event that is no stream's, or a stream without both images.
        """
        records = event.get("Records")
        if not records or any(record.get("eventSource") != "aws:dynamodb" for record in records):
            raise UnknownEvent("this is no event of a DynamoDB stream")
        for done, record in enumerate(changes.ordered(list(records))):
            sequence = record["dynamodb"]["SequenceNumber"]
            try:
                self.apply(changes.read(record))
            except Exception as error:
                if not done:
                    raise
                _logger.exception("%s stops at %s: %s", self.name, sequence, error)
                return {"batchItemFailures": [{"itemIdentifier": sequence}]}
        return {"batchItemFailures": []}

    def apply(self, change: Change) -> None:
        """Bring the read model in step with one change. Doing it twice does nothing."""
        new, old = self._made(change.new_image), self._made(change.old_image)
        source = _text(change.key)
        for row in new.values():
            self._write(row, self._guards(source, change.sequence), _PUT, change.sequence, source)
        for key, row in old.items():
            if key not in new:
                end = str(int(time.time()) + self._tombstone_s)
                buried = {name: row[name] for name in self._target.layout.key}
                buried[self._target.layout.ttl_attribute] = {"N": end}
                self._write(buried, self._guards(source, change.sequence), _BURY, change.sequence, source)

    def rebuild(self, position: Mapping[str, Any] | None = None, context: Any = None) -> Rebuilt:
        """Make the read model again from the table, beside the stream, which may go on.

        Reads the table page by page; then removes rows that no item has any more. With the ``context`` of an invocation
        it stops before the time is over: go on with the ``position`` that it returns. What the stream wrote meanwhile
        is newer, and stays.
        """
        at = dict(position or {"phase": "scan", "started_ms": _now_ms() - REBUILD_MARGIN_S * 1000, "key": None})
        read = written = 0
        while True:
            is_scan = at["phase"] == "scan"
            answer = self._page(at)
            read += len(answer["Items"])
            step = self._project if is_scan else self._sweep
            written += sum(step(item, at["started_ms"]) for item in answer["Items"])
            at["key"] = answer.get("LastEvaluatedKey")
            if at["key"] is None:
                if not is_scan:
                    return Rebuilt(None, read, written)
                at["phase"] = "sweep"
            remaining = getattr(context, "get_remaining_time_in_millis", None)
            if remaining is not None and remaining() < REMAINING_MS_MIN:
                return Rebuilt(at, read, written)

    def _page(self, at: Mapping[str, Any]) -> Any:
        table = self._source if at["phase"] == "scan" else self._target
        arguments: dict[str, Any] = {"TableName": table.name, "Limit": SCAN_LIMIT, "ConsistentRead": True}
        if at["key"] is not None:
            arguments["ExclusiveStartKey"] = at["key"]
        if at["phase"] == "sweep":
            arguments["FilterExpression"] = "#p = :p AND #t < :t"
            arguments["ExpressionAttributeNames"] = {"#p": _PROJECTION, "#t": _STAMP}
            arguments["ExpressionAttributeValues"] = {":p": {"S": self.name}, ":t": {"N": str(at["started_ms"])}}
        return table.client().scan(**arguments)

    def _project(self, item: Image, started_ms: int) -> int:
        key = {name: item[name]["S"] for name in self._source.layout.key}
        condition = {
            "ConditionExpression": "attribute_not_exists(#t) OR #t < :t",
            "ExpressionAttributeNames": {"#t": _STAMP},
            "ExpressionAttributeValues": {":t": {"N": str(started_ms)}},
        }
        rows = self._made(item).values()
        return sum(self._put({**row, **self._guards(_text(key), FIRST)}, condition) for row in rows)

    def _sweep(self, item: Image, started_ms: int) -> int:
        client = self._target.client()
        try:
            client.delete_item(
                TableName=self._target.name,
                Key={name: item[name] for name in self._target.layout.key},
                ConditionExpression="#t < :t",
                ExpressionAttributeNames={"#t": _STAMP},
                ExpressionAttributeValues={":t": {"N": str(started_ms)}},
            )
        except client.exceptions.ConditionalCheckFailedException:
            return 0
        return 1

    def _made(self, image: Image | None) -> dict[str, dict[str, AttributeValue]]:
        """The rows of an image, by key."""
        if image is None:
            return {}
        entity_name = image.get(self._source.layout.type_attribute, {}).get("S", "")
        function = self._rows.get(entity_name)
        if function is None:
            return {}
        made = function(self._source.load({name: dict(value) for name, value in image.items()}))
        several = made if isinstance(made, list | tuple) else [] if made is None else [made]
        rows: dict[str, dict[str, AttributeValue]] = {}
        for row in several:
            item = self._item(row)
            key = _text({name: item[name]["S"] for name in self._target.layout.key})
            if key in rows:
                raise DeclarationError(f"{self.name} makes two rows of one {entity_name} with the same key, {key}")
            rows[key] = item
        return rows

    def _item(self, row: object) -> dict[str, AttributeValue]:
        if not isinstance(row, Mapping):
            return self._target.entity_of(type(row)).item_of(row)
        lacking = [name for name in self._target.layout.key if not isinstance(row.get(name), str)]
        if lacking:
            raise DeclarationError(f"a row of {self.name} lacks its key's attribute {lacking[0]}")
        return marshal_item(row)

    def _guards(self, source: str, sequence: str) -> dict[str, AttributeValue]:
        stamp = {"N": str(_now_ms())}
        return {_PROJECTION: {"S": self.name}, _SEQUENCE: {"S": sequence}, _SOURCE: {"S": source}, _STAMP: stamp}

    def _write(
        self, row: Mapping[str, Any], guards: Mapping[str, Any], condition: str, sequence: str, source: str
    ) -> None:
        values = {":q": {"S": sequence}}
        if ":o" in condition:
            values[":o"] = {"S": source}
        names = {alias: name for alias, name in _NAMES.items() if alias in condition}
        guarded = {
            "ConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
        self._put({**row, **guards}, guarded)

    def _put(self, item: Mapping[str, Any], condition: Mapping[str, Any]) -> int:
        client = self._target.client()
        try:
            client.put_item(TableName=self._target.name, Item=item, **condition)
        except client.exceptions.ConditionalCheckFailedException:
            # Something newer is there, or this very change: it came again.
            return 0
        return 1


_PUT = "attribute_not_exists(#q) OR #q < :q"
_BURY = "attribute_not_exists(#q) OR (#q < :q AND #o = :o)"


def _text(key: Mapping[str, Any]) -> str:
    return " / ".join(str(value) for _, value in sorted(key.items()))


def _now_ms() -> int:
    return int(time.time() * 1000)
