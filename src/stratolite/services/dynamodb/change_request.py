"""An UpdateTable request, checked by itself: what it changes, and what may be changed together.

AWS makes one change at a time; beside a change of billing there are few others. Raises ValidationException with
DynamoDB's texts unless it says otherwise.
"""

from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import definition, encryption, rules, stream_specification, throughput

INVALID = rules.INVALID
_CHANGES = (
    "ProvisionedThroughput",
    "BillingMode",
    "GlobalSecondaryIndexUpdates",
    "StreamSpecification",
    "SSESpecification",
    "TableClass",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "WarmThroughput",
)
_MAY_BE_EMPTY = ("StreamSpecification", "SSESpecification", "BillingMode", "TableClass", "DeletionProtectionEnabled")
"""What changes something whatever it holds; other members do so when there is something in them."""
_ALONE = {
    "SSESpecification": "Server-Side Encryption modification",
    "TableClass": "TableClass modification",
    "DeletionProtectionEnabled": "DeletionProtection modification",
}
"""What goes with nothing else, in the order in which AWS tells so."""


def check(request: Mapping[str, Any]) -> None:
    """Check an UpdateTable request. Raises NotImplementedHere too."""
    definition.refuse(request)
    found = [name for name in _CHANGES if name in request and (name in _MAY_BE_EMPTY or request[name])]
    if not found:
        raise ValidationException(
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, "
            "SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, "
            "MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is "
            "required"
        )
    updates = request.get("GlobalSecondaryIndexUpdates")
    if updates == []:
        raise ValidationException(f"{INVALID}List of GlobalSecondaryIndexUpdates is empty")
    _check_together(found, updates or [])
    definition.check_class(request)
    encryption.check(request.get("SSESpecification"))
    if request.get("BillingMode") == "PROVISIONED" and "ProvisionedThroughput" not in request:
        raise ValidationException(f"{INVALID}ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
    throughput.check_units(request.get("ProvisionedThroughput"))
    stream_specification.check_change(request)
    _check_updates(updates or [])


def makes_or_deletes(update: Mapping[str, Any]) -> bool:
    """Whether an update of a global index makes one or deletes one."""
    return "Create" in update or "Delete" in update


def _check_together(found: list[str], updates: list[dict[str, Any]]) -> None:
    for name, noun in _ALONE.items():
        if name in found and len(found) > 1:
            raise ValidationException(f"{INVALID}{noun} must be the only operation in the request")
    if "OnDemandThroughput" in found and set(found) - {"OnDemandThroughput", "BillingMode"}:
        raise ValidationException(
            f"{INVALID}OnDemandThroughput can only be combined with BillingMode in an UpdateTable request"
        )
    if "WarmThroughput" in found and len(found) > 1:
        if any("Create" in update for update in updates):
            raise ValidationException(
                f"{INVALID}Create global secondary index cannot be specified when updating WarmThroughput"
            )
        raise ValidationException(f"{INVALID}WarmThroughput must be the only operation in the request")
    if "ProvisionedThroughput" in found and any(makes_or_deletes(update) for update in updates):
        raise ValidationException(f"{INVALID}You cannot create or delete index while updating table IOPS")


def _check_updates(updates: list[dict[str, Any]]) -> None:
    names: set[str] = set()
    for update in updates:
        if len(update) > 1:
            raise ValidationException(
                f"{INVALID}Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object"
            )
        if not update:
            raise ValidationException(
                f"{INVALID}One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                "GlobalSecondaryIndexUpdate.Delete must not be null"
            )
        (chosen,) = update.values()
        name = chosen["IndexName"]
        if name in names:
            raise ValidationException(
                f"{INVALID}Only one global secondary index update per index is allowed simultaneously. Index: {name}"
            )
        names.add(name)
        if chosen.get("WarmThroughput") == {}:
            raise ValidationException(
                f"{INVALID}WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond "
                f"specified for index: {name}"
            )
