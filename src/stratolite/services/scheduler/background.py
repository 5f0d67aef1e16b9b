"""What Scheduler does by the clock: it ticks, and it invokes.

A target that fails is tried again with growing waits, as its retry policy says; then what was to be sent goes to the
dead-letter queue, with the reason in its attributes.
Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
"""

import json
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.core.clock import iso8601
from stratolite.core.errors import AwsError
from stratolite.delivery.outbox import Entry
from stratolite.delivery.retry import DeliveryFailed, RetryPolicy
from stratolite.delivery.worker import Effect, Kind
from stratolite.services.scheduler import targets, ticking
from stratolite.services.scheduler.domain import Schedule

if TYPE_CHECKING:
    from stratolite.services.scheduler import Scheduler

WAIT_S_FIRST = 60.0
WAIT_S_MAX = 3600.0


def kinds(scheduler: "Scheduler") -> tuple[Kind, ...]:
    """The kinds of deliveries of this service."""
    timers = _Timers(scheduler)
    return (
        Kind(ticking.TICK, timers.tick),
        Kind(ticking.INVOKE, timers.invoke, retry_policy, timers.dead),
    )


def retry_policy(entry: Entry) -> RetryPolicy:
    """The policy of a schedule's target: so many attempts, one minute apart at first and an hour at last."""
    policy = json.loads(entry.payload)["definition"]["Target"]["RetryPolicy"]

    def delay_s(attempts: int) -> float | None:
        if attempts > policy["MaximumRetryAttempts"]:
            return None
        return min(WAIT_S_FIRST * 2.0 ** min(attempts - 1, 10), WAIT_S_MAX)

    return RetryPolicy(delay_s, age_s_max=policy["MaximumEventAgeInSeconds"])


class _Timers:
    def __init__(self, scheduler: "Scheduler") -> None:
        self._scheduler = scheduler
        self._world = scheduler.world

    async def tick(self, entry: Entry) -> Effect:
        call = entry.call(self._world.clock.now_ms())
        return lambda: ticking.tick(call, self._scheduler, entry.payload)

    async def invoke(self, entry: Entry) -> Effect | None:
        fields = json.loads(entry.payload)
        schedule = _as_it_was(entry, fields)
        call = entry.call(self._world.clock.now_ms())
        message = targets.text(schedule, fields["due_ms"], fields["execution_id"], entry.attempts + 1)
        operation = targets.operation(schedule, message)
        if operation is not None:
            await self._perform(call, *operation)
            return None

        def effect() -> None:
            try:
                targets.send(call, self._world.ports, schedule, message)
            except AwsError as error:
                raise DeliveryFailed(f"{error.code}: {error.message}") from error

        return effect

    async def _perform(self, call: Call, service: str, operation: str, request: dict[str, Any]) -> None:
        try:
            answer = await self._world.operations.perform(call, service, operation, request)
        except AwsError as error:
            raise DeliveryFailed(f"{error.code}: {error.message}") from error
        for entry in answer.get("Entries", []) if operation == "PutEvents" else []:
            if "ErrorCode" in entry:
                raise DeliveryFailed(f"{entry['ErrorCode']}: {entry.get('ErrorMessage', '')}")

    def dead(self, entry: Entry, failure: DeliveryFailed) -> None:
        """No attempt succeeded: what was to be sent goes to the dead-letter queue, if there is one."""
        fields = json.loads(entry.payload)
        schedule = _as_it_was(entry, fields)
        arn = schedule.body["Target"].get("DeadLetterConfig", {}).get("Arn")
        if not arn or not self._world.ports.queue.exists(arn):
            return
        code, _, text = failure.reason.partition(": ")
        policy = schedule.body["Target"]["RetryPolicy"]
        is_worn_out = entry.attempts + 1 > policy["MaximumRetryAttempts"]
        said = {
            "ERROR_CODE": code,
            "ERROR_MESSAGE": text or code,
            "EXECUTION_ID": fields["execution_id"],
            "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts" if is_worn_out else "MaximumEventAgeInSeconds",
            "IS_PAYLOAD_TRUNCATED": "false",
            "RETRY_ATTEMPTS": str(entry.attempts),
            "SCHEDULED_TIME": iso8601(fields["due_ms"], milliseconds=False),
            "SCHEDULE_ARN": schedule.arn,
            "TARGET_ARN": schedule.body["Target"]["Arn"],
        }
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in said.items()}
        message = targets.text(schedule, fields["due_ms"], fields["execution_id"], entry.attempts + 1)
        self._world.ports.queue.send(entry.call(self._world.clock.now_ms()), arn, message, attributes=attributes)


def _as_it_was(entry: Entry, fields: dict[str, Any]) -> Schedule:
    """The schedule as it was when its time came: later changes do not reach what is under way."""
    return Schedule(
        id=fields["schedule"],
        account=entry.account,
        region=entry.region,
        group=fields["group"],
        name=fields["name"],
        revision=0,
        created_ms=0,
        modified_ms=0,
        client_token="",
        body=fields["definition"],
    )
