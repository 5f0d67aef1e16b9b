"""Throughput of tables and global indexes: provisioned, limited on demand, and warm. None of it is enforced.

It is checked, kept and described as on AWS. An ``entry`` is the stored definition of a table or a global index.
Raises ValidationException with DynamoDB's texts.
"""

from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import rules

NONE = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
ON_DEMAND = "PAY_PER_REQUEST"
_UNITS = {"ReadUnitsPerSecond": "ReadCapacityUnits", "WriteUnitsPerSecond": "WriteCapacityUnits"}
_WARM_ON_DEMAND = {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000}
_LIMITS = ("MaxReadRequestUnits", "MaxWriteRequestUnits")
_NO_LIMIT = -1
"""What takes a limit away again."""


def is_on_demand(definition: Mapping[str, Any]) -> bool:
    """Whether a table is billed by request."""
    return bool(definition.get("BillingModeSummary", {}).get("BillingMode") == ON_DEMAND)


# Provisioned --------------------------------------------------------------------------------------------------


def check_units(units: Mapping[str, int] | None) -> None:
    """Check that provisioned throughput is within bounds."""
    for name in ("ReadCapacityUnits", "WriteCapacityUnits"):
        value = (units or {}).get(name, 0)
        if value > rules.THROUGHPUT_UNITS_MAX:
            raise ValidationException(f"Given value {value} for {name} is out of bounds")


def described(units: Mapping[str, int]) -> dict[str, int]:
    """New provisioned throughput as it is described."""
    return {
        "NumberOfDecreasesToday": 0,
        "ReadCapacityUnits": units["ReadCapacityUnits"],
        "WriteCapacityUnits": units["WriteCapacityUnits"],
    }


def changed_units(
    current: Mapping[str, Any], wanted: Mapping[str, int], now_s: float, index: str = ""
) -> dict[str, Any]:
    """The new provisioned throughput of a table or an index; one that is the same is refused."""
    reads, writes = wanted["ReadCapacityUnits"], wanted["WriteCapacityUnits"]
    more_reads, more_writes = reads - current["ReadCapacityUnits"], writes - current["WriteCapacityUnits"]
    if not more_reads and not more_writes:
        noun, where = (f"index {index}", f"index {index}") if index else ("table", "the table")
        raise ValidationException(
            f"The provisioned throughput for the {noun} will not change. The requested value equals the current value. "
            f"Current ReadCapacityUnits provisioned for {where}: {reads}. Requested ReadCapacityUnits: {reads}. "
            f"Current WriteCapacityUnits provisioned for {where}: {writes}. "
            f"Requested WriteCapacityUnits: {writes}. "
            "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
        )
    changed = {**current, "ReadCapacityUnits": reads, "WriteCapacityUnits": writes}
    if more_reads > 0 or more_writes > 0:
        changed["LastIncreaseDateTime"] = now_s
    if more_reads < 0 or more_writes < 0:
        changed["LastDecreaseDateTime"] = now_s
        changed["NumberOfDecreasesToday"] += 1
    return changed


def check_index(index: Mapping[str, Any], *, on_demand: bool) -> None:
    """Check the throughput of an index that CreateTable is to make."""
    name = index["IndexName"]
    if on_demand and "ProvisionedThroughput" in index:
        raise ValidationException(
            f"{rules.INVALID}ProvisionedThroughput should not be specified for index: {name} when BillingMode is "
            "PAY_PER_REQUEST"
        )
    if not on_demand and "ProvisionedThroughput" not in index:
        raise ValidationException(f"{rules.INVALID}ProvisionedThroughput is not specified for index: {name}")
    _check_kept(index, name, on_demand=on_demand)


def check_added_index(index: Mapping[str, Any], *, on_demand: bool) -> None:
    """Check the throughput of an index that UpdateTable is to make."""
    name = index["IndexName"]
    if on_demand and "ProvisionedThroughput" in index:
        raise ValidationException(
            f"{rules.INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: {name} when "
            "BillingMode is PAY_PER_REQUEST"
        )
    if not on_demand and "ProvisionedThroughput" not in index:
        raise ValidationException(
            f"{rules.INVALID}Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {name}"
        )
    _check_kept(index, name, on_demand=on_demand)


def check_table(request: Mapping[str, Any], *, on_demand: bool) -> None:
    """Check what CreateTable asks for beside provisioned throughput."""
    _check_kept(request, "", on_demand=on_demand)


def _check_kept(entry: Mapping[str, Any], index: str, *, on_demand: bool) -> None:
    check_units(entry.get("ProvisionedThroughput"))
    check_limits(entry.get("OnDemandThroughput"), index, on_demand=on_demand)
    wanted = entry.get("WarmThroughput") or {}
    where = f"index {index}" if index else "table"
    for name, least in _base(entry.get("ProvisionedThroughput", NONE), on_demand=on_demand).items():
        if wanted.get(name, least) < least:
            than = "initial throughput for OnDemand" if on_demand else f"{_UNITS[name]} of ProvisionedThroughput"
            raise ValidationException(
                f"{rules.INVALID}Requested {name} for WarmThroughput for {where} is lower than {than}"
            )


# On demand ----------------------------------------------------------------------------------------------------


def check_limits(
    limits: Mapping[str, int] | None, index: str = "", *, on_demand: bool, may_clear: bool = False
) -> None:
    """Check ``OnDemandThroughput``; ``may_clear``: whether -1 takes a limit away."""
    for name in _LIMITS:
        if name not in (limits or {}):
            continue
        value = (limits or {})[name]
        if not on_demand:
            what = f" for index: {index}" if index else ""
            raise ValidationException(
                f"{rules.INVALID}{name} for OnDemandThroughput{what} cannot be specified when table BillingMode is "
                "PROVISIONED."
            )
        if value < 1 and not (may_clear and value == _NO_LIMIT):
            where = f"index : {index}" if index else "table"
            raise ValidationException(
                f"{rules.INVALID}Requested {name} for OnDemandThroughput for {where} is outside of valid range"
            )


def keep_limits(entry: dict[str, Any], wanted: Mapping[str, int]) -> None:
    """Change the limits of a table or an index; what is without any has no such member."""
    limits = {name: value for name, value in {**entry.get("OnDemandThroughput", {}), **wanted}.items() if value > 0}
    entry.pop("OnDemandThroughput", None)
    if limits:
        entry["OnDemandThroughput"] = limits


# Warm ---------------------------------------------------------------------------------------------------------


def warm(entry: Mapping[str, Any], *, on_demand: bool) -> dict[str, int]:
    """What a table or an index can serve at once: what was asked for, and at least what it is provisioned with."""
    base = _base(entry["ProvisionedThroughput"], on_demand=on_demand)
    kept = entry.get("WarmThroughput", {})
    return {name: max(least, kept.get(name, 0)) for name, least in base.items()}


def warmed(entry: Mapping[str, Any], wanted: Mapping[str, int], index: str = "", *, on_demand: bool) -> dict[str, int]:
    """The warm throughput that a request asks for, which can only grow."""
    current = warm(entry, on_demand=on_demand)
    where = f"index {index}" if index else "table"
    for name, value in current.items():
        if wanted.get(name, value) < value:
            raise ValidationException(
                f"{rules.INVALID}Requested {name} for WarmThroughput for {where} is lower than current "
                "WarmThroughput, decreasing WarmThroughput is not supported"
            )
    return {**current, **wanted}


def keep_warm(entry: dict[str, Any], before: Mapping[str, int], *, on_demand: bool) -> None:
    """Let nothing become colder; ``before``: how warm it was before it changed."""
    now = warm(entry, on_demand=on_demand)
    if any(value < before[name] for name, value in now.items()):
        entry["WarmThroughput"] = {name: max(value, before[name]) for name, value in now.items()}


def _base(units: Mapping[str, int], *, on_demand: bool) -> dict[str, int]:
    if on_demand:
        return _WARM_ON_DEMAND
    return {name: units[capacity] for name, capacity in _UNITS.items()}
