"""Log groups."""

import base64
import binascii

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.services.logs import Logs, api, rules
from stratolite.services.logs.domain import Group

DESCRIBED_DEFAULT = 50


def create_log_group(call: Call, logs: Logs, request: api.CreateLogGroupRequest) -> None:
    """Make a group. ``kmsKeyId`` is kept: files at rest are the machine's matter."""
    name = request["logGroupName"]
    group_class = request.get("logGroupClass", "STANDARD")
    rules.check_names(name)
    rules.check_class(group_class)
    is_protected = request.get("deletionProtectionEnabled", False)
    if not logs.store.add_group(call, name, group_class, request.get("kmsKeyId", ""), is_protected=is_protected):
        raise api.ResourceAlreadyExistsException("The specified log group already exists")
    if request.get("tags"):
        logs.store.set_tags(logs.store.require_group(call, name), request["tags"])


def delete_log_group(call: Call, logs: Logs, request: api.DeleteLogGroupRequest) -> None:
    """Delete a group with all that is in it."""
    group = logs.store.require_group(call, request["logGroupName"])
    if group.is_protected:
        raise api.ValidationException("The specified log group has deletion protection enabled.")
    if group.sweep_entry:
        logs.world.outbox.end(group.sweep_entry)
    logs.store.delete_group(group)


def put_log_group_deletion_protection(
    call: Call, logs: Logs, request: api.PutLogGroupDeletionProtectionRequest
) -> None:
    """Protect a group from deletion, or end its protection."""
    name = rules.group_name(None, request["logGroupIdentifier"], call)
    logs.store.set_protection(logs.store.require_group(call, name), request["deletionProtectionEnabled"])


def associate_kms_key(call: Call, logs: Logs, request: api.AssociateKmsKeyRequest) -> None:
    """Name a group's key. It is kept, as the one of CreateLogGroup."""
    logs.store.set_key(_of_key(call, logs, request), request["kmsKeyId"])


def disassociate_kms_key(call: Call, logs: Logs, request: api.DisassociateKmsKeyRequest) -> None:
    """Forget a group's key."""
    logs.store.set_key(_of_key(call, logs, request), "")


def _of_key(call: Call, logs: Logs, request: api.DisassociateKmsKeyRequest | api.AssociateKmsKeyRequest) -> Group:
    if "resourceIdentifier" in request:
        raise NotImplementedHere("resourceIdentifier, the key of query results, is not implemented.")
    if "logGroupName" not in request:
        raise api.InvalidParameterException("Either LogGroup name or resource identifier must be specified.")
    return logs.store.require_group(call, request["logGroupName"])


def describe_log_groups(call: Call, logs: Logs, request: api.DescribeLogGroupsRequest) -> api.DescribeLogGroupsResponse:
    """Groups in order of name, a page at a time."""
    for setting in ("accountIdentifiers", "includeLinkedAccounts"):
        if request.get(setting):
            raise NotImplementedHere(f"{setting} of DescribeLogGroups is not implemented: no accounts are linked here.")
    prefix, pattern = request.get("logGroupNamePrefix", ""), request.get("logGroupNamePattern", "")
    if prefix and pattern:
        raise api.InvalidParameterException(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
        )
    wanted_class = request.get("logGroupClass", "")
    identifiers = request.get("logGroupIdentifiers", [])
    names = {rules.group_name(None, identifier, call) for identifier in identifiers}
    limit = request.get("limit", DESCRIBED_DEFAULT)

    def accept(group: Group) -> bool:
        return (
            pattern in group.name
            and wanted_class in ("", group.group_class)
            and (not identifiers or group.name in names)
        )

    after = _after(request.get("nextToken"))
    found = logs.store.groups(call, prefix=prefix, after=after, accept=accept, limit=limit + 1)
    shown = found[:limit]
    answer: api.DescribeLogGroupsResponse = {"logGroups": [_described(call, logs, group) for group in shown]}
    if pattern:
        for group in answer["logGroups"]:
            # A search by pattern shows less, and says after each find that there may be more.
            del group["storedBytes"], group["deletionProtectionEnabled"]
    if len(found) > limit or (pattern and shown):
        answer["nextToken"] = base64.urlsafe_b64encode(shown[-1].name.encode()).decode()
    return answer


def _described(call: Call, logs: Logs, group: Group) -> api.LogGroup:
    shown: api.LogGroup = {
        "logGroupName": group.name,
        "creationTime": group.created_ms,
        "metricFilterCount": logs.filters.metric_filter_count(group.id),
        "arn": f"{group.arn}:*",
        "storedBytes": logs.store.stored_bytes(group, call.now_ms),
        "logGroupClass": group.group_class,
        "logGroupArn": group.arn,
        "deletionProtectionEnabled": bool(group.is_protected),
    }
    if group.retention_days:
        shown["retentionInDays"] = group.retention_days
    if group.kms_key_id:
        shown["kmsKeyId"] = group.kms_key_id
    return shown


def _after(token: str | None) -> str:
    if not token:
        return ""
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise rules.invalid_token() from None
