"""Tables by the names that requests give: a name or an ARN."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import api
from stratolite.services.dynamodb.domain import Table

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

NAME_CHARS_MIN = 3
_NAME = re.compile(r"[a-zA-Z0-9_.-]+", re.ASCII)
_RESOURCE = re.compile(r"[^:]+:.+:.+:.+:.+:.+/.+")
"""What can be an ARN at all: anything else is nobody's, and access to it is denied."""


def find(call: Call, dynamodb: "Dynamodb", name: str) -> Table | None:
    """The table that a request names; None when there is none."""
    table = dynamodb.store.table(call.account, call.region, name)
    if table is not None:
        return table
    arn = table_arn(name)
    if arn is not None:
        return dynamodb.store.table(arn.account, arn.region, arn.resource.removeprefix("table/"))
    return None


def table_arn(name: str) -> Arn | None:
    """The ARN of a table, or None when the text is none."""
    if not name.startswith("arn:"):
        return None
    try:
        arn = Arn.parse(name)
    except ValueError:
        return None
    is_table = arn.service == "dynamodb" and arn.resource.startswith("table/")
    return arn if is_table and _NAME.fullmatch(arn.resource[len("table/") :]) else None


def known(table: Table | None) -> Table:
    """The table, or ResourceNotFoundException as operations on items word it."""
    if table is None:
        raise api.ResourceNotFoundException("Requested resource not found")
    return table


def require(call: Call, dynamodb: "Dynamodb", name: str) -> Table:
    """The table, or ResourceNotFoundException as operations on tables word it."""
    table = find(call, dynamodb, name)
    if table is None:
        raise api.ResourceNotFoundException(f"Requested resource not found: Table: {name} not found")
    return table


def of_resource(
    call: Call,
    dynamodb: "Dynamodb",
    resource: str,
    operation: str,
    missing: str,
    listed: tuple[str, Sequence[object] | None] | None = None,
) -> Table:
    """The table of a ``ResourceArn``, which only its own account may name.

    ``missing``: the text for a table that is not there; ``listed``: the member that holds tags or their keys (``tags``,
    ``tagKeys``) and its value, because it is checked in the middle.

    Raises ValidationException, AccessDeniedException or ResourceNotFoundException.
    """
    denied = api.AccessDeniedException(
        f"User: {call.principal} is not authorized to perform: dynamodb:{operation} on resource: {resource or '*'}"
    )
    if not _RESOURCE.fullmatch(resource):
        raise denied
    if listed is not None and listed[1] is None:
        raise ValidationException(
            f"1 validation error detected: Value null at '{listed[0]}' failed to satisfy constraint: "
            "Member must not be null"
        )
    arn = table_arn(resource)
    if arn is None or not arn.account.isdigit() or len(arn.resource) < len("table/") + NAME_CHARS_MIN:
        raise ValidationException(f"Invalid TableArn: Invalid ResourceArn provided as input {resource}")
    if listed is not None and not listed[1]:
        noun = "Tag" if listed[0] == "tags" else "Tag Key"
        raise ValidationException(f"Atleast one {noun} needs to be provided as Input.")
    if arn.account != call.account:
        raise denied
    table = dynamodb.store.table(arn.account, arn.region, arn.resource.removeprefix("table/"))
    if table is None:
        raise api.ResourceNotFoundException(missing)
    return table
