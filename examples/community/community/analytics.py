"""On all events: how often each kind of thing happened on a day, and a metric of it.

Counting is not idempotent by nature, so each count and the mark that it was done are one transaction.
"""

import os
from typing import Any

from stratolite_patterns.connections import aws
from stratolite_patterns.events import Event, Idempotency, Router

from community.entities import Count, table
from community.observed import metrics, observed

done = Idempotency(os.environ["DONE"])
dynamodb = aws("dynamodb")
router = Router(unknown="skip")


@router.on("user.created")
@router.on("post.written")
@router.on("upload.finished")
def count(event: Event) -> None:
    """One more."""
    day = event.time.date().isoformat()
    entries = [done.in_transaction(f"analytics#{event.id}"), {"Update": one_more(day, event.type)}]
    client = dynamodb()
    try:
        client.transact_write_items(TransactItems=entries)
    except client.exceptions.TransactionCanceledException as error:
        if not done.already_done(error, 0):
            raise
    else:
        metrics.add_metric(event.type, unit="Count", value=1)


def one_more(day: str, type: str) -> dict[str, Any]:
    """An update that makes the item where it is not there: ADD begins at 0."""
    return {
        "TableName": table.name,
        "Key": table.key(Count, day=day, type=type).typed(),
        "UpdateExpression": "ADD #count :one SET #entity = :entity, #day = :day, #type = :type",
        "ExpressionAttributeNames": {"#count": "count", "#entity": "entity", "#day": "day", "#type": "type"},
        "ExpressionAttributeValues": {
            ":one": {"N": "1"},
            ":entity": {"S": "COUNT"},
            ":day": {"S": day},
            ":type": {"S": type},
        },
    }


handler = observed(router)
