"""What EventBridge does later: deliveries with retries and dead letters, schedules, replays, and forgetting.

A delivery is tried again with growing waits, 185 times or for 24 hours unless its target says otherwise. AWS tells
neither its waits nor its jitter: they double here from one second to eight minutes, so that 185 attempts take a day.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html and .../eb-rule-dlq.html
"""

import json
import logging
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from stratolite.core.call import Call
from stratolite.delivery.outbox import Entry
from stratolite.delivery.retry import DAY_S, DeliveryFailed, RetryPolicy, delays
from stratolite.delivery.worker import Effect, Kind
from stratolite.services.events import archiving, lookup, metrics, oauth, routing, scheduling, targets
from stratolite.services.events.domain import Delivery
from stratolite.services.events.event import dumps, replayed

if TYPE_CHECKING:
    from stratolite.services.events import Events

log = logging.getLogger("stratolite.services.events")

RETRIES_DEFAULT = 185
BACKOFF_S_MAX = 480.0
TIMERS = RetryPolicy(lambda attempts: 60.0, age_s_max=math.inf)
"""A schedule that could not fire, because there was no room for what it causes, must not end for ever."""

AUTHORIZATION = RetryPolicy(delays(1, 10, 60, 600))


def kinds(events: "Events") -> tuple[Kind, ...]:
    """The kinds of deliveries of this service."""
    delivery, timers, authorization = _Delivery(events), _Timers(events), _Authorization(events)
    return (
        Kind(routing.DELIVER, delivery.deliver, policy, delivery.dead),
        Kind(scheduling.TICK, timers.tick, TIMERS),
        Kind(archiving.EXPIRE, timers.expire, TIMERS),
        Kind(archiving.REPLAY, timers.replay, TIMERS),
        Kind(oauth.AUTHORIZE, authorization.deliver, AUTHORIZATION, authorization.dead),
    )


def policy(entry: Entry) -> RetryPolicy:
    """The retry policy of a delivery's target."""
    settings = _read(entry).target.get("RetryPolicy", {})
    retries = settings.get("MaximumRetryAttempts", RETRIES_DEFAULT)

    def delay_s(attempts: int) -> float | None:
        return None if attempts > retries else min(2.0 ** (attempts - 1), BACKOFF_S_MAX)

    return RetryPolicy(delay_s, age_s_max=settings.get("MaximumEventAgeInSeconds", DAY_S))


def _read(entry: Entry) -> Delivery:
    return Delivery(**json.loads(entry.payload))


class _Delivery:
    def __init__(self, events: "Events") -> None:
        self._events = events
        self._world = events.world

    async def deliver(self, entry: Entry) -> Effect | None:
        delivery = _read(entry)
        effect = await targets.deliver(entry.call(self._world.clock.now_ms()), self._events, delivery)

        def delivered() -> None:
            if effect is not None:
                effect()
            metrics.count(self._events, delivery.rule_arn, "Invocations")

        return delivered

    def dead(self, entry: Entry, failure: DeliveryFailed) -> None:
        """No attempt succeeded: the event goes to the dead-letter queue of its target, or is lost."""
        delivery = _read(entry)
        metrics.count(self._events, delivery.rule_arn, "Invocations")
        metrics.count(self._events, delivery.rule_arn, "FailedInvocations")
        queue_arn = delivery.target.get("DeadLetterConfig", {}).get("Arn")
        if not queue_arn:
            log.warning("an event of %s to %s was lost: %s", delivery.rule_arn, entry.target, failure.reason)
            return
        code, _, text = failure.reason.partition(": ")
        attributes = {
            "RULE_ARN": delivery.rule_arn,
            "TARGET_ARN": entry.target,
            "ERROR_CODE": code if code.isupper() else "INTERNAL_ERROR",
            "ERROR_MESSAGE": text or failure.reason,
        }
        if failure.retry:
            retries = delivery.target.get("RetryPolicy", {}).get("MaximumRetryAttempts", RETRIES_DEFAULT)
            is_count = failure.delay_s is None and entry.attempts >= retries
            attributes["EXHAUSTED_RETRY_CONDITION"] = "MaximumRetryAttempts" if is_count else "MaximumEventAgeInSeconds"
            attributes["RETRY_ATTEMPTS"] = str(entry.attempts)
        call = entry.call(self._world.clock.now_ms())
        self._world.ports.queue.send(
            call,
            queue_arn,
            delivery.event,
            attributes={name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()},
        )
        metrics.count(self._events, delivery.rule_arn, "InvocationsSentToDlq")


class _Authorization:
    def __init__(self, events: "Events") -> None:
        self._events = events
        self._clock = events.world.clock

    async def deliver(self, entry: Entry) -> Effect | None:
        """Get the token of an OAuth connection, which authorizes it."""
        connection = self._events.connections.connection_by_arn(entry.target)
        if connection is None or connection.state != "AUTHORIZING":
            return None
        await oauth.token(self._events, connection)
        return lambda: self._set(entry.target, "AUTHORIZED")

    def dead(self, entry: Entry, failure: DeliveryFailed) -> None:
        log.warning("the connection %s was not authorized: %s", entry.target, failure.reason)
        self._set(entry.target, "DEAUTHORIZED")

    def _set(self, arn: str, state: str) -> None:
        connection = self._events.connections.connection_by_arn(arn)
        if connection is not None and connection.state == "AUTHORIZING":
            now_ms = self._clock.now_ms()
            changed = replace(connection, state=state, modified_ms=now_ms, authorized_ms=now_ms)
            self._events.connections.put_connection(changed)


class _Timers:
    def __init__(self, events: "Events") -> None:
        self._events = events
        self._world = events.world

    def _call(self, entry: Entry) -> Call:
        return entry.call(self._world.clock.now_ms())

    async def tick(self, entry: Entry) -> Effect:
        """Fire a rule. Times that passed while nothing ran are not made up for: one event stands for them."""
        call, event_id = self._call(entry), self._world.entropy.uuid()

        def effect() -> None:
            rule = self._events.store.rule(entry.target)
            if rule is None or rule.tick != entry.id:
                return
            event = scheduling.scheduled_event(call, event_id, rule, entry.due_ms)
            routing.trigger(call, self._events, rule, event, dumps(event))
            scheduling.replan(call, self._events, rule)

        return effect

    async def expire(self, entry: Entry) -> Effect:
        call = self._call(entry)

        def effect() -> None:
            archive = self._events.archives.archive(entry.target)
            if archive is not None and archive.expiry == entry.id:
                archiving.replan_expiry(call, self._events, archive)

        return effect

    async def replay(self, entry: Entry) -> Effect:
        call = self._call(entry)

        def effect() -> None:
            replay = self._events.archives.replay(entry.target)
            if replay is None or replay.ended_ms:
                return
            replay, given = archiving.step(self._events, replay, call.now_ms)
            self._events.archives.put_replay(replay)
            bus = lookup.find_bus(call, self._events, replay.bus_arn)
            if bus is not None:
                for event in given:
                    routing.route(call, self._events, bus, replayed(event, replay.name), filters=replay.filters)
            if not replay.ended_ms:
                archiving.plan_replay(call, self._events, replay)

        return effect
