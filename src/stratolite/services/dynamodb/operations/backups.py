"""Continuous backups: whether point-in-time recovery is on. The setting is kept; nothing can be restored yet."""

from typing import TYPE_CHECKING, Any, cast

from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import api, tables
from stratolite.services.dynamodb.domain import Table

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

RECOVERY_DAYS_DEFAULT = 35
_DAY_S = 24 * 3600
_LATEST_AGE_S = 300
"""AWS restores to any time but the last five minutes."""


def describe_continuous_backups(
    call: Call, dynamodb: "Dynamodb", request: api.DescribeContinuousBackupsInput
) -> api.DescribeContinuousBackupsOutput:
    """Whether point-in-time recovery is on.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html
    """
    table = _require(call, dynamodb, request["TableName"])
    described = _describe(call, table.definition.get("PointInTimeRecovery"))
    return {"ContinuousBackupsDescription": cast(api.ContinuousBackupsDescription, described)}


def update_continuous_backups(
    call: Call, dynamodb: "Dynamodb", request: api.UpdateContinuousBackupsInput
) -> api.UpdateContinuousBackupsOutput:
    """Turn point-in-time recovery on or off.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html
    """
    table = _require(call, dynamodb, request["TableName"])
    wanted = request["PointInTimeRecoverySpecification"]
    if not wanted["PointInTimeRecoveryEnabled"] and "RecoveryPeriodInDays" in wanted:
        raise ValidationException(
            "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery."
        )
    changed = dict(table.definition)
    if wanted["PointInTimeRecoveryEnabled"]:
        since = table.definition.get("PointInTimeRecovery", {}).get("Since", call.now_ms / 1000)
        days = wanted.get("RecoveryPeriodInDays", RECOVERY_DAYS_DEFAULT)
        changed["PointInTimeRecovery"] = {"Since": since, "Days": days}
    else:
        changed.pop("PointInTimeRecovery", None)
    dynamodb.store.change_table(table, changed)
    described = _describe(call, changed.get("PointInTimeRecovery"))
    return {"ContinuousBackupsDescription": cast(api.ContinuousBackupsDescription, described)}


def _require(call: Call, dynamodb: "Dynamodb", name: str) -> Table:
    table = tables.find(call, dynamodb, name)
    if table is None:
        raise api.TableNotFoundException(f"Table not found: {name}")
    return table


def _describe(call: Call, recovery: dict[str, Any] | None) -> dict[str, Any]:
    answer: dict[str, Any] = {"ContinuousBackupsStatus": "ENABLED"}
    if recovery is None:
        answer["PointInTimeRecoveryDescription"] = {"PointInTimeRecoveryStatus": "DISABLED"}
        return answer
    now_s = call.now_ms / 1000
    earliest = max(recovery["Since"], now_s - recovery["Days"] * _DAY_S)
    answer["PointInTimeRecoveryDescription"] = {
        "PointInTimeRecoveryStatus": "ENABLED",
        "RecoveryPeriodInDays": recovery["Days"],
        "EarliestRestorableDateTime": earliest,
        "LatestRestorableDateTime": max(earliest, now_s - _LATEST_AGE_S),
    }
    return answer
