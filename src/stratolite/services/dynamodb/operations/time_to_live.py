"""Time to live: DescribeTimeToLive, UpdateTimeToLive. Items go at the time that their attribute names, by the clock."""

from typing import TYPE_CHECKING

from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import api, tables, writing
from stratolite.services.dynamodb.store import decode

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb


def describe_time_to_live(
    call: Call, dynamodb: "Dynamodb", request: api.DescribeTimeToLiveInput
) -> api.DescribeTimeToLiveOutput:
    """Whether items expire, and by which attribute.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTimeToLive.html
    """
    table = tables.require(call, dynamodb, request["TableName"])
    if not table.ttl_attribute:
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    return {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": table.ttl_attribute}}


def update_time_to_live(
    call: Call, dynamodb: "Dynamodb", request: api.UpdateTimeToLiveInput
) -> api.UpdateTimeToLiveOutput:
    """Let items expire, or no longer; it has effect at once, where AWS takes up to an hour.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
    """
    table = tables.require(call, dynamodb, request["TableName"])
    wanted = request["TimeToLiveSpecification"]
    name = wanted["AttributeName"]
    if wanted["Enabled"] and table.ttl_attribute == name:
        raise ValidationException("TimeToLive is already enabled")
    if wanted["Enabled"] and table.ttl_attribute:
        raise ValidationException(
            f"TimeToLive is active on a different AttributeName: current AttributeName is {table.ttl_attribute}"
        )
    if not wanted["Enabled"] and not table.ttl_attribute:
        raise ValidationException("TimeToLive is already disabled")
    if not wanted["Enabled"] and table.ttl_attribute != name:
        raise ValidationException(
            f"TimeToLive is active on a different AttributeName: current AttributeName is {table.ttl_attribute}"
        )
    changed = dict(table.definition)
    if wanted["Enabled"]:
        changed["TimeToLive"] = {"AttributeName": name}
    else:
        changed.pop("TimeToLive")
        dynamodb.store.delete_expiries(table)
    result = dynamodb.store.change_table(table, changed)
    if wanted["Enabled"]:
        for key, stored in dynamodb.store.items(result):
            writing.note_expiry(call, dynamodb, result, key, decode(stored))
    return {"TimeToLiveSpecification": wanted}
