"""Resource policies of tables: PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy. Kept, not enforced."""

from typing import TYPE_CHECKING

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.services.dynamodb import api, resource_policy, tables
from stratolite.services.dynamodb.domain import Table

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

NO_POLICY = "NO_POLICY"
"""The revision that is expected where there shall be no policy yet."""
_MISSING = "Resource-based policy not found for the provided ResourceArn: "


def put_resource_policy(
    call: Call, dynamodb: "Dynamodb", request: api.PutResourcePolicyInput
) -> api.PutResourcePolicyOutput:
    """Set a table's policy, at once; the same policy again changes nothing.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html
    """
    table = _table(call, dynamodb, request["ResourceArn"], "PutResourcePolicy")
    _check_revision(table, request.get("ExpectedRevisionId"))
    had = table.definition.get("ResourcePolicy")
    kept = resource_policy.revised(request["Policy"], call.now_ms, had)
    if kept != had:
        dynamodb.store.change_table(table, {**table.definition, "ResourcePolicy": kept})
    return {"RevisionId": kept["RevisionId"]}


def get_resource_policy(
    call: Call, dynamodb: "Dynamodb", request: api.GetResourcePolicyInput
) -> api.GetResourcePolicyOutput:
    """A table's policy and its revision.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetResourcePolicy.html
    """
    table = _table(call, dynamodb, request["ResourceArn"], "GetResourcePolicy")
    kept = table.definition.get("ResourcePolicy")
    if kept is None:
        raise api.PolicyNotFoundException(f"{_MISSING}{request['ResourceArn']}")
    return {"Policy": kept["Policy"], "RevisionId": kept["RevisionId"]}


def delete_resource_policy(
    call: Call, dynamodb: "Dynamodb", request: api.DeleteResourcePolicyInput
) -> api.DeleteResourcePolicyOutput:
    """Take a table's policy away; that there is none is no error, unless a revision is expected.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteResourcePolicy.html
    """
    table = _table(call, dynamodb, request["ResourceArn"], "DeleteResourcePolicy")
    _check_revision(table, request.get("ExpectedRevisionId"))
    changed = dict(table.definition)
    kept = changed.pop("ResourcePolicy", None)
    if kept is None:
        return {}
    dynamodb.store.change_table(table, changed)
    return {"RevisionId": kept["RevisionId"]}


def _table(call: Call, dynamodb: "Dynamodb", arn: str, operation: str) -> Table:
    """The table of a request. Raises ResourceNotFoundException and what ``tables.of_resource`` raises."""
    if "/stream/" in arn:
        raise NotImplementedHere("Resource policies of streams are not implemented by this version of Stratolite.")
    name = arn.rpartition("/")[2]
    return tables.of_resource(call, dynamodb, arn, operation, f"Requested resource not found: Table: {name} not found")


def _check_revision(table: Table, expected: str | None) -> None:
    """Raises PolicyNotFoundException where another policy stands than the one that is expected."""
    if expected is None:
        return
    found = table.definition.get("ResourcePolicy", {}).get("RevisionId", NO_POLICY)
    if found == expected:
        return
    if expected == NO_POLICY:
        raise api.PolicyNotFoundException(
            f"{_MISSING}Requested policy update expecting none to be present for table {table.name}, "
            f"but a policy exists with revision id {found}."
        )
    has = "has no policy" if found == NO_POLICY else f"has revision id {found}"
    raise api.PolicyNotFoundException(
        f"{_MISSING}Requested update for policy with revision id {expected}, "
        f"but the policy associated to target table {table.name} {has}."
    )
