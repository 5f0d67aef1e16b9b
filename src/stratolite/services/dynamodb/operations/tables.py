"""Tables: CreateTable, DescribeTable, ListTables, DeleteTable, UpdateTable."""

from typing import TYPE_CHECKING, Any, cast

from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import (
    api,
    change_request,
    changes,
    changing,
    definition,
    resource_policy,
    rules,
    stream_specification,
    tables,
)
from stratolite.services.dynamodb import tags as rules_of_tags
from stratolite.services.dynamodb.domain import Table

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

TABLES_LISTED_MAX = 100
PURGE_KIND = "dynamodb.purge"


def create_table(call: Call, dynamodb: "Dynamodb", request: api.CreateTableInput) -> api.CreateTableOutput:
    """Make a table; it can be used at once, though the answer says CREATING as on AWS.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
    """
    arn = tables.table_arn(request["TableName"])
    name = arn.resource.removeprefix("table/") if arn else request["TableName"]
    definition.check_new(request)
    tags = request.get("Tags", [])
    rules_of_tags.check(tags)
    if dynamodb.store.table(call.account, call.region, name) is not None:
        raise api.ResourceInUseException(f"Table already exists: {name}")
    if dynamodb.store.count_tables(call) >= rules.TABLES_MAX:
        raise api.LimitExceededException(
            f"Subscriber limit exceeded: Table count exceeds the limit of {rules.TABLES_MAX}"
        )
    built = definition.build(
        request, call.arn("dynamodb", f"table/{name}"), dynamodb.world.entropy.uuid(), call.now_ms / 1000
    )
    if "ResourcePolicy" in request:
        built["ResourcePolicy"] = resource_policy.revised(request["ResourcePolicy"], call.now_ms, None)
    stream_specification.begin(call, dynamodb, built, request)
    table = dynamodb.store.add_table(call, built)
    dynamodb.store.set_tags(table, [(tag["Key"], tag["Value"]) for tag in tags])
    described = definition.describe(built, {}, status="CREATING", fresh=True)
    return {"TableDescription": cast(Any, described)}


def describe_table(call: Call, dynamodb: "Dynamodb", request: api.DescribeTableInput) -> api.DescribeTableOutput:
    """A table's settings, and how much is in it at this moment.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
    """
    table = tables.require(call, dynamodb, request["TableName"])
    return {"Table": cast(Any, definition.describe(table.definition, _counts(dynamodb, table)))}


def list_tables(call: Call, dynamodb: "Dynamodb", request: api.ListTablesInput) -> api.ListTablesOutput:
    """The names of the tables, in order.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html
    """
    limit = request.get("Limit", TABLES_LISTED_MAX)
    names = dynamodb.store.names(call, request.get("ExclusiveStartTableName", ""), limit + 1)
    if len(names) > limit:
        return {"TableNames": names[:limit], "LastEvaluatedTableName": names[limit - 1]}
    return {"TableNames": names}


def delete_table(call: Call, dynamodb: "Dynamodb", request: api.DeleteTableInput) -> api.DeleteTableOutput:
    """Delete a table; its name is free at once, its items are removed in the background.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
    """
    table = tables.require(call, dynamodb, request["TableName"])
    if table.definition.get("DeletionProtectionEnabled"):
        raise ValidationException(
            "Resource cannot be deleted as it is currently protected against deletion. "
            "Disable deletion protection first."
        )
    number, size = dynamodb.store.measure(table)
    if table.capture is not None:
        # Its records can still be read for a day, and lead to the end of the stream.
        dynamodb.streams.disable(call, table)
    dynamodb.store.delete_table(table)
    ids = " ".join(str(index.id) for index in table.indexes)
    dynamodb.world.outbox.put(call, PURGE_KIND, f"{table.id} {ids}".encode(), source=table.arn)
    shown = ("BillingModeSummary", "DeletionProtectionEnabled", "ProvisionedThroughput")
    described: dict[str, Any] = {name: table.definition[name] for name in shown if name in table.definition}
    described.update(
        TableName=table.name,
        TableArn=table.arn,
        TableId=table.definition["TableId"],
        TableStatus="DELETING",
        ItemCount=number,
        TableSizeBytes=size,
    )
    return {"TableDescription": cast(Any, described)}


def update_table(call: Call, dynamodb: "Dynamodb", request: api.UpdateTableInput) -> api.UpdateTableOutput:
    """Change a table's settings or its global indexes; a new index is built before the answer.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
    """
    found = tables.find(call, dynamodb, request["TableName"])
    change_request.check(request)
    if found is None:
        raise api.ResourceNotFoundException(f"Requested resource not found: Table: {request['TableName']} not found")
    before = _counts(dynamodb, found)
    changed = changes.apply_change(call, dynamodb, found, request)
    counts = {**before, **_counts(dynamodb, changed)}
    return {"TableDescription": cast(Any, changing.describe(request, found, changed, counts))}


def _counts(dynamodb: "Dynamodb", table: Table) -> dict[str, tuple[int, int]]:
    counts = {index.name: dynamodb.store.measure_index(index) for index in table.indexes}
    counts[""] = dynamodb.store.measure(table)
    return counts
