"""Tables by the names that requests give: a name or an ARN."""

import re
from typing import TYPE_CHECKING

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import api
from stratolite.services.dynamodb.domain import Table

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

NAME_CHARS_MIN = 3
NAME_CHARS_MAX = 255
_NAME = re.compile(r"[a-zA-Z0-9_.-]+", re.ASCII)


def find(call: Call, dynamodb: "Dynamodb", name: str) -> Table | None:
    """The table that a request names; None when there is none. Raises ValidationException for what is no name.

    Called before a request's other rules are checked, because DynamoDB checks names with the model's constraints.
    """
    table = dynamodb.store.table(call.account, call.region, name)
    if table is not None:
        return table
    arn = table_arn(name)
    if arn is not None:
        return dynamodb.store.table(arn.account, arn.region, arn.resource.removeprefix("table/"))
    if NAME_CHARS_MIN <= len(name) <= NAME_CHARS_MAX and _NAME.fullmatch(name):
        return None
    raise _bad_name(name)


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


def _bad_name(name: str) -> ValidationException:
    if not _NAME.fullmatch(name):
        constraint = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
    elif len(name) > NAME_CHARS_MAX:
        constraint = f"Member must have length less than or equal to {NAME_CHARS_MAX}"
    else:
        return ValidationException("TableName must be at least 3 characters long and at most 255 characters long")
    return ValidationException(
        f"1 validation error detected: Value '{name}' at 'tableName' failed to satisfy constraint: {constraint}"
    )


def check_new_name(name: str) -> None:
    """Check the name of a table that is to be made. Raises ValidationException."""
    if _NAME.fullmatch(name) and len(name) < NAME_CHARS_MIN:
        raise ValidationException(
            f"1 validation error detected: Value '{name}' at 'tableName' failed to satisfy constraint: "
            f"Member must have length greater than or equal to {NAME_CHARS_MIN}"
        )
    if len(name) > NAME_CHARS_MAX or not _NAME.fullmatch(name):
        raise _bad_name(name)


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
    call: Call, dynamodb: "Dynamodb", resource: str, operation: str, missing: str, *, empty: str = ""
) -> Table:
    """The table of a ``ResourceArn``, which only its own account may name.

    ``missing``: the text for a table that is not there; ``empty``: for a list of tags that is empty, if it is.

    Raises ValidationException, AccessDeniedException or ResourceNotFoundException.
    """
    if resource.count(":") < 5 or "/" not in resource.split(":", 5)[5]:
        raise api.AccessDeniedException(
            f"User: {call.principal} is not authorized to perform: dynamodb:{operation} on resource: {resource}"
        )
    arn = table_arn(resource)
    if arn is None or not arn.account.isdigit() or len(arn.resource) < len("table/") + NAME_CHARS_MIN:
        raise ValidationException(f"Invalid TableArn: Invalid ResourceArn provided as input {resource}")
    if empty:
        raise ValidationException(empty)
    if arn.account != call.account:
        raise api.AccessDeniedException(
            f"User: {call.principal} is not authorized to perform: dynamodb:{operation} on resource: {resource}"
        )
    table = dynamodb.store.table(arn.account, arn.region, arn.resource.removeprefix("table/"))
    if table is None:
        raise api.ResourceNotFoundException(missing)
    return table
