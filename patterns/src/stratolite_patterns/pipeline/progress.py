"""Progress: one item for each object, with the state of each step; by it, notifications that are late or come twice do
no harm.

The table has the partition key ``id`` (bucket/key), and TTL on ``expires``:

    id, sequencer, version_id, size, updated, expires,
    steps: {name: {status, attempts, lease (ms), owner, error, outputs}}

    absent ──> RUNNING ──> DONE | GONE | DEAD
                 ▲ └──error──> FAILED ──> RUNNING (another attempt)
                 └──its lease is over: whoever ran it died, and the next attempt takes over

A later state of the object (a greater sequencer) begins anew; what is under way for an earlier one can no longer end.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from stratolite_patterns.connections import client_of
from stratolite_patterns.pipeline.objects import ObjectRef

KEPT_S = 30 * 24 * 3600
LEASE_S = 15 * 60
"""As long as a function can run."""
ERROR_LENGTH_MAX = 1000
OUTPUTS_MAX = 100
FINAL = frozenset({"DONE", "GONE"})
CONDITION_FAILED = "ConditionalCheckFailedException"


class InProgress(Exception):
    """Another invocation is at that step. Raised, so that the record comes again after that one ended."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run a step on a state of an object."""

    ref: ObjectRef
    step: str
    owner: str
    attempts: int
    """This one included."""


class Progress:
    """The progress of objects, in a DynamoDB table."""

    def __init__(
        self, table: str, *, kept_s: int = KEPT_S, client: Any = None, now: Callable[[], float] = time.time
    ) -> None:
        self.table = table
        self._kept_s = kept_s
        self._client = client
        self._now = now

    def begin(self, ref: ObjectRef, step: str, context: Any = None) -> Claim | None:
        """Begin a step; None where it is done, or where a later state of the object is known. Raises InProgress."""
        owner = uuid4().hex
        old = self._begin_state(ref, step, owner, context)
        if old is None:
            return Claim(ref, step, owner, 1)
        if old["sequencer"]["S"] > ref.order:
            return None
        state = old["steps"]["M"].get(step, {}).get("M")
        if state is None:
            condition, names, values = "attribute_not_exists(#steps.#step)", {}, {}
            attempts = 1
        else:
            status = state["status"]["S"]
            if status in FINAL:
                return None
            if status == "RUNNING" and int(state["lease"]["N"]) > self._now() * 1000:
                raise InProgress(f"{ref.id}: {step} is in progress elsewhere")
            # What a person sends again from the dead letter begins anew.
            attempts = 1 if status == "DEAD" else int(state["attempts"]["N"]) + 1
            condition, names = "#steps.#step.#owner = :old", {"#owner": "owner"}
            values = {":old": state["owner"]}
        done = self._update(
            ref,
            "SET #steps.#step = :state, #updated = :updated, #expires = :expires",
            f"#sequencer = :sequencer AND {condition}",
            {"#step": step, **names},
            {":state": {"M": self._running(owner, attempts, context)}, **values},
        )
        if not done:
            raise InProgress(f"{ref.id}: {step} was begun elsewhere")
        return Claim(ref, step, owner, attempts)

    def end(self, claim: Claim, status: str, *, error: str = "", outputs: Sequence[str] = ()) -> bool:
        """End a step as DONE, FAILED, DEAD or GONE; whether it was still this claim's to end."""
        return self._update(
            claim.ref,
            "SET #steps.#step.#status = :status, #steps.#step.#error = :error, #steps.#step.#outputs = :outputs, "
            "#updated = :updated, #expires = :expires",
            "#sequencer = :sequencer AND #steps.#step.#owner = :owner",
            {"#step": claim.step, "#status": "status", "#error": "error", "#outputs": "outputs", "#owner": "owner"},
            {
                ":status": {"S": status},
                ":error": {"S": error[:ERROR_LENGTH_MAX]},
                ":outputs": {"L": [{"S": each} for each in outputs[:OUTPUTS_MAX]]},
                ":owner": {"S": claim.owner},
            },
        )

    def read(self, bucket: str, key: str) -> dict[str, Any] | None:
        """What is known of an object: ``{"sequencer", "updated", "steps": {name: {status, attempts, error,
        outputs}}}``.
        """
        found = (
            self._dynamodb()
            .get_item(TableName=self.table, Key={"id": {"S": f"{bucket}/{key}"}}, ConsistentRead=True)
            .get("Item")
        )
        if found is None:
            return None
        steps = {
            name: {
                "status": state["M"]["status"]["S"],
                "attempts": int(state["M"]["attempts"]["N"]),
                "error": state["M"]["error"]["S"],
                "outputs": [each["S"] for each in state["M"]["outputs"]["L"]],
            }
            for name, state in found["steps"]["M"].items()
        }
        return {"sequencer": found["sequencer"]["S"], "updated": found["updated"]["S"], "steps": steps}

    def _begin_state(self, ref: ObjectRef, step: str, owner: str, context: Any) -> dict[str, Any] | None:
        """Begin with a state of the object that nobody knew; None when that was so, else what is known."""
        from botocore.exceptions import ClientError

        item = {
            "id": {"S": ref.id},
            "sequencer": {"S": ref.order},
            "version_id": {"S": ref.version_id},
            "size": {"N": str(ref.size)},
            "steps": {"M": {step: {"M": self._running(owner, 1, context)}}},
            "updated": {"S": self._time()},
            "expires": {"N": str(int(self._now()) + self._kept_s)},
        }
        try:
            self._dynamodb().put_item(
                TableName=self.table,
                Item=item,
                ConditionExpression="attribute_not_exists(#id) OR #sequencer < :sequencer",
                ExpressionAttributeNames={"#id": "id", "#sequencer": "sequencer"},
                ExpressionAttributeValues={":sequencer": {"S": ref.order}},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != CONDITION_FAILED:
                raise
            old: dict[str, Any] = error.response["Item"]
            # A retry of boto3 whose first try did arrive finds what that one wrote.
            mine = old["steps"]["M"].get(step, {}).get("M", {}).get("owner", {}).get("S") == owner
            return None if mine else old
        return None

    def _running(self, owner: str, attempts: int, context: Any) -> dict[str, Any]:
        remaining_ms = getattr(context, "get_remaining_time_in_millis", None)
        lease_ms = remaining_ms() if remaining_ms is not None else LEASE_S * 1000
        return {
            "status": {"S": "RUNNING"},
            "attempts": {"N": str(attempts)},
            "lease": {"N": str(int(self._now() * 1000 + lease_ms))},
            "owner": {"S": owner},
            "error": {"S": ""},
            "outputs": {"L": []},
        }

    def _update(
        self, ref: ObjectRef, update: str, condition: str, names: dict[str, str], values: dict[str, Any]
    ) -> bool:
        from botocore.exceptions import ClientError

        own_names = {"#steps": "steps", "#updated": "updated", "#expires": "expires", "#sequencer": "sequencer"}
        own_values = {
            ":sequencer": {"S": ref.order},
            ":updated": {"S": self._time()},
            ":expires": {"N": str(int(self._now()) + self._kept_s)},
        }
        try:
            self._dynamodb().update_item(
                TableName=self.table,
                Key={"id": {"S": ref.id}},
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames=own_names | names,
                ExpressionAttributeValues=own_values | values,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != CONDITION_FAILED:
                raise
            return False
        return True

    def _time(self) -> str:
        return datetime.fromtimestamp(self._now(), UTC).isoformat(timespec="milliseconds")

    def _dynamodb(self) -> Any:
        return client_of(self._client, "dynamodb")
