"""Effects that happen once, by a record in DynamoDB: in progress, completed, expired; right when a function dies.

The table and its attributes are those of aws-lambda-powertools' idempotency (partition key ``id``; ``status``,
``expiration`` in s, ``in_progress_expiration`` in ms, ``data``), so that one table serves both; enable TTL on
``expiration``. On top of these, ``owner`` says whose attempt it is.

    absent ──begin──> INPROGRESS ──complete──> COMPLETED ──expiration──> absent
                        │  ▲ └──error──> absent
                        └──┘ the time of whoever began is over (it died): the next attempt takes over
"""

import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from stratolite_patterns.connections import client_of
from stratolite_patterns.records import logger

EXPIRES_S = 24 * 60 * 60
IN_PROGRESS_S = 15 * 60
"""As long as a function can run: without a context, nobody knows sooner that an attempt died."""
MARGIN_MS = 100
CONDITION_FAILED = "ConditionalCheckFailedException"

_BEGIN = (
    "attribute_not_exists(#id) OR #expiration < :now_s"
    " OR (#status = :in_progress AND #in_progress_expiration < :now_ms)"
)
_NAMES = {
    "#id": "id",
    "#expiration": "expiration",
    "#status": "status",
    "#in_progress_expiration": "in_progress_expiration",
}


class InProgress(Exception):
    """The work is in progress elsewhere. Raised, so that the record is delivered again after that attempt ended."""


class AlreadyDone(Exception):
    """The work was done before."""


class Idempotency:
    """Makes an effect happen once for each key.

    ``client`` is a boto3 client or makes one. ``expires_s`` is how long a key is remembered: longer than a queue's
    retention, or a late redelivery is a new event.

    What dies between the effect and its record leaves the effect to be done again, here as with any such record. Where
    that must not be, and the effect is in DynamoDB, write both in one transaction: ``in_transaction``.
    """

    def __init__(
        self,
        table: str,
        *,
        expires_s: int = EXPIRES_S,
        in_progress_s: int = IN_PROGRESS_S,
        client: Any = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.table = table
        self.expires_s = expires_s
        self.in_progress_s = in_progress_s
        self._client = client
        self._now = now

    def run(self, key: str, work: Callable[[], object], *, context: Any = None) -> object:
        """Do the work unless it was done: what it returned then, if JSON could say it, else None.

        ``context`` is Lambda's: when its time is over, so is the attempt. Raises InProgress, and what the work raises,
        after which the key is free again.
        """
        owner = uuid4().hex
        try:
            self._begin(key, owner, context)
        except AlreadyDone as done:
            return done.args[0]
        try:
            result = work()
        except BaseException:
            self._release(key, owner)
            raise
        self._complete(key, owner, result)
        return result

    def in_transaction(self, key: str) -> dict[str, Any]:
        """An entry of TransactItems that records the key as done, and fails the transaction if it was.

        The transaction that holds the effect as well happens once, however often it is tried and wherever it dies.
        ``already_done`` tells its failure from others.
        """
        now = self._now()
        return {
            "Put": {
                "TableName": self.table,
                "Item": {
                    "id": {"S": key},
                    "status": {"S": "COMPLETED"},
                    "expiration": {"N": str(int(now) + self.expires_s)},
                },
                "ConditionExpression": "attribute_not_exists(#id) OR #expiration < :now_s",
                "ExpressionAttributeNames": {"#id": "id", "#expiration": "expiration"},
                "ExpressionAttributeValues": {":now_s": {"N": str(int(now))}},
            }
        }

    @staticmethod
    def already_done(error: Exception, place: int) -> bool:
        """Whether a TransactWriteItems failed because the entry of ``in_transaction``, at that place, was done."""
        response = getattr(error, "response", {})
        reasons = response.get("CancellationReasons", [])
        return place < len(reasons) and reasons[place].get("Code") == "ConditionalCheckFailed"

    def _begin(self, key: str, owner: str, context: Any) -> None:
        from botocore.exceptions import ClientError

        now = self._now()
        remaining_ms = getattr(context, "get_remaining_time_in_millis", None)
        time_ms = remaining_ms() + MARGIN_MS if remaining_ms is not None else self.in_progress_s * 1000
        now_ms = int(now * 1000)
        try:
            self._dynamodb().put_item(
                TableName=self.table,
                Item={
                    "id": {"S": key},
                    "status": {"S": "INPROGRESS"},
                    "expiration": {"N": str(int(now) + self.expires_s)},
                    "in_progress_expiration": {"N": str(now_ms + int(time_ms))},
                    "owner": {"S": owner},
                },
                ConditionExpression=_BEGIN,
                ExpressionAttributeNames=_NAMES,
                ExpressionAttributeValues={
                    ":now_s": {"N": str(int(now))},
                    ":now_ms": {"N": str(now_ms)},
                    ":in_progress": {"S": "INPROGRESS"},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != CONDITION_FAILED:
                raise
            found = error.response.get("Item", {})
            if found.get("status", {}).get("S") == "COMPLETED":
                data = found.get("data", {}).get("S")
                raise AlreadyDone(json.loads(data) if data else None) from None
            # A retry of boto3 whose first try did arrive finds the record of this very attempt.
            if found.get("owner", {}).get("S") != owner:
                raise InProgress(f"{key} is in progress elsewhere") from None

    def _complete(self, key: str, owner: str, result: object) -> None:
        values = {":completed": {"S": "COMPLETED"}, ":owner": {"S": owner}}
        update = "SET #status = :completed"
        names = {"#status": "status", "#owner": "owner"}
        data = _json(result)
        if data is not None:
            update += ", #data = :data"
            names["#data"] = "data"
            values[":data"] = {"S": data}
        if not self._owned(
            "update_item",
            key,
            UpdateExpression=update,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        ):
            logger.warning("%s took longer than its time, and another attempt has taken over", key)

    def _release(self, key: str, owner: str) -> None:
        """Free the key after an error. When that fails too, the attempt's time ends it."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._owned(
                "delete_item",
                key,
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues={":owner": {"S": owner}},
            )
        except (BotoCoreError, ClientError) as error:
            logger.warning("%s stays in progress until its time is over: %s", key, error)

    def _owned(self, operation: str, key: str, **arguments: Any) -> bool:
        """Change the record if it is still this attempt's; whether it was."""
        from botocore.exceptions import ClientError

        try:
            getattr(self._dynamodb(), operation)(
                TableName=self.table, Key={"id": {"S": key}}, ConditionExpression="#owner = :owner", **arguments
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != CONDITION_FAILED:
                raise
            return False
        return True

    def _dynamodb(self) -> Any:
        return client_of(self._client, "dynamodb")


def _json(value: object) -> str | None:
    """A result as JSON; None for what JSON cannot say, and for what is too large to keep beside a record."""
    if value is None:
        return None
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return None
    return text if len(text) <= RESULT_LENGTH_MAX else None


RESULT_LENGTH_MAX = 100_000
"""Well below the 400 KB of an item."""
