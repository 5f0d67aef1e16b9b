"""Kinesis streaming destinations: enabled, disabled, described, and how exact their times are."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import api, tables
from stratolite.services.dynamodb.domain import Table
from stratolite.services.dynamodb.kinesis_destinations import ENTRY, MILLISECOND, listed

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

_STATE = "Table is not in a valid state to {} Kinesis Streaming Destination: "


def enable_kinesis_streaming_destination(
    call: Call, dynamodb: "Dynamodb", request: api.KinesisStreamingDestinationInput
) -> api.KinesisStreamingDestinationOutput:
    """Give a table's changes to a stream from now on.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_EnableKinesisStreamingDestination.html
    """
    table, arn = tables.require(call, dynamodb, request["TableName"]), request["StreamArn"]
    settings = request.get("EnableKinesisStreamingConfiguration", {})
    if any(one["StreamArn"] == arn for one in table.destinations):
        raise ValidationException(
            f"{_STATE.format('enable')}KinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE "
            "operation."
        )
    if not dynamodb.world.ports.kinesis.exists(arn):
        raise api.ResourceNotFoundException(f"Requested resource not found: Stream: {arn} not found")
    made = {"StreamArn": arn}
    if "ApproximateCreationDateTimePrecision" in settings:
        made["Precision"] = settings["ApproximateCreationDateTimePrecision"]
    _keep(dynamodb, table, made)
    return {
        "TableName": table.name,
        "StreamArn": arn,
        "DestinationStatus": "ENABLING",
        "EnableKinesisStreamingConfiguration": settings,
    }


def disable_kinesis_streaming_destination(
    call: Call, dynamodb: "Dynamodb", request: api.KinesisStreamingDestinationInput
) -> api.KinesisStreamingDestinationOutput:
    """Give a stream no further changes; what is on its way arrives.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DisableKinesisStreamingDestination.html
    """
    table = tables.require(call, dynamodb, request["TableName"])
    found = _require(table, request["StreamArn"], "disable")
    _keep(dynamodb, table, {**found, "IsDisabled": True})
    return {"TableName": table.name, "StreamArn": found["StreamArn"], "DestinationStatus": "DISABLING"}


def describe_kinesis_streaming_destination(
    call: Call, dynamodb: "Dynamodb", request: api.DescribeKinesisStreamingDestinationInput
) -> api.DescribeKinesisStreamingDestinationOutput:
    """The streams that get a table's changes, or got them.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeKinesisStreamingDestination.html
    """
    table = tables.require(call, dynamodb, request["TableName"])
    return {"TableName": table.name, "KinesisDataStreamDestinations": [_shown(one) for one in listed(table)]}


def update_kinesis_streaming_destination(
    call: Call, dynamodb: "Dynamodb", request: api.UpdateKinesisStreamingDestinationInput
) -> api.UpdateKinesisStreamingDestinationOutput:
    """How exact the times of changes are. Recorded: ``test_kinesis_streaming_destination_crud``.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateKinesisStreamingDestination.html
    """
    settings = request.get("UpdateKinesisStreamingConfiguration", {})
    table, arn = tables.require(call, dynamodb, request["TableName"]), request["StreamArn"]
    if "ApproximateCreationDateTimePrecision" not in settings:
        raise ValidationException(
            "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot "
            "be null or contain only null values"
        )
    found, wanted = _require(table, arn, "enable"), settings["ApproximateCreationDateTimePrecision"]
    if found.get("Precision", MILLISECOND) == wanted:
        raise ValidationException(
            f"Invalid Request: Precision is already set to the desired value of {wanted} for tableId: "
            f"{table.definition['TableId']}, kdsArn: {arn}"
        )
    _keep(dynamodb, table, {**found, "Precision": wanted})
    return {
        "TableName": table.name,
        "StreamArn": arn,
        "DestinationStatus": "UPDATING",
        "UpdateKinesisStreamingConfiguration": {"ApproximateCreationDateTimePrecision": wanted},
    }


def _require(table: Table, arn: str, verb: str) -> Mapping[str, Any]:
    for one in table.destinations:
        if one["StreamArn"] == arn:
            return one
    raise ValidationException(
        f"{_STATE.format(verb)}No streaming destination with streamArn: {arn} found for table with tableName: "
        f"{table.name}"
    )


def _keep(dynamodb: "Dynamodb", table: Table, made: Mapping[str, Any]) -> None:
    """Keep a destination in the place of the one with its stream."""
    others = [one for one in listed(table) if one["StreamArn"] != made["StreamArn"]]
    dynamodb.store.change_table(table, {**table.definition, ENTRY: [*others, made]})


def _shown(one: Mapping[str, Any]) -> api.KinesisDataStreamDestination:
    shown: api.KinesisDataStreamDestination = {
        "StreamArn": one["StreamArn"],
        "DestinationStatus": "DISABLED" if one.get("IsDisabled") else "ACTIVE",
    }
    if "Precision" in one:
        shown["ApproximateCreationDateTimePrecision"] = one["Precision"]
    return shown
