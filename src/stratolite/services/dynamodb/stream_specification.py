"""``StreamSpecification``: streams of tables, begun and ended. Raises ValidationException with DynamoDB's texts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import rules
from stratolite.services.dynamodb.domain import Table

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

_ON_TABLE = ("StreamSpecification", "StreamId")
"""What a table's definition loses with its stream. AWS goes on to name the latest one."""


def check_new(request: Mapping[str, Any]) -> None:
    """Check what CreateTable is asked."""
    wanted = request.get("StreamSpecification")
    if wanted is None:
        return
    if wanted["StreamEnabled"] and "StreamViewType" not in wanted:
        raise ValidationException(
            f"{rules.INVALID}Table is being created with a stream enabled, UpdateViewType is required"
        )
    if not wanted["StreamEnabled"] and "StreamViewType" in wanted:
        raise ValidationException(
            f"{rules.INVALID}Table is being created with a stream disabled, UpdateViewType should not be specified"
        )


def check_change(request: Mapping[str, Any]) -> None:
    """Check what UpdateTable is asked."""
    wanted = request.get("StreamSpecification")
    if wanted is None:
        return
    if wanted["StreamEnabled"] and "StreamViewType" not in wanted:
        raise ValidationException(f"{rules.INVALID}If stream is being enabled then UpdateViewType is required")
    if not wanted["StreamEnabled"] and "StreamViewType" in wanted:
        raise ValidationException(
            f"{rules.INVALID}If stream is being disabled, then UpdateViewType must not be specified"
        )
    if "ProvisionedThroughput" in request:
        raise ValidationException(f"{rules.INVALID}You cannot modify stream status while updating table IOPS")
    updates = request.get("GlobalSecondaryIndexUpdates", ())
    if any("Create" in update or "Delete" in update for update in updates):
        raise ValidationException(f"{rules.INVALID}You cannot create or delete index while changing stream status")


def begin(call: Call, dynamodb: "Dynamodb", definition: dict[str, Any], request: Mapping[str, Any]) -> None:
    """Give a new table the stream that it is created with."""
    wanted = request.get("StreamSpecification")
    if wanted is not None and wanted["StreamEnabled"]:
        definition.update(dynamodb.streams.enable(call, definition, wanted["StreamViewType"]))


def change(call: Call, dynamodb: "Dynamodb", table: Table, changed: dict[str, Any], request: Mapping[str, Any]) -> None:
    """Enable or disable a table's stream, as UpdateTable is asked; ``changed``: the definition to be."""
    wanted = request.get("StreamSpecification")
    if wanted is None:
        return
    if wanted["StreamEnabled"]:
        if table.capture is not None:
            raise ValidationException(f"Table already has an enabled stream: TableName: {table.name}")
        begin(call, dynamodb, changed, request)
        return
    if table.capture is None:
        raise ValidationException(f"Table has no stream to disable: TableName: {table.name}")
    dynamodb.streams.disable(call, table)
    for name in _ON_TABLE:
        changed.pop(name)
