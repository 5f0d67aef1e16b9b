"""The world that is simulated: its queues, topics, functions, and what clients do in it.

Each client action is a coroutine that tells the history what may happen, asks, and tells what was acknowledged. One
that is cut off by a kill leaves what may have happened.
"""

import asyncio
import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.archives import zipped
from tests.sim.checkers import FUNCTION_DEAD, FUNCTION_TOLD, RETRIES, Checker
from tests.sim.faults import FUNCTIONS, token_of
from tests.sim.history import (
    Fate,
    History,
    Invoke,
    Message,
    Publish,
    Queue,
    Receipt,
    Received,
    Sending,
    Subscription,
    Timer,
)
from tests.sim.lives import ACCOUNT, REGION, Lives, Refused

QUEUES = [
    Queue("work", dead="work-dead", receives_max=3, visibility_s=20),
    Queue("work-dead"),
    Queue("orders.fifo", dead="orders-dead.fifo", receives_max=2, visibility_s=15),
    Queue("orders-dead.fifo"),
    Queue("brief", retention_s=1800, visibility_s=5),
    Queue("inbox"),
    Queue("sns-dead"),
    Queue(FUNCTION_DEAD),
    Queue("timers-dead"),
    Queue(FUNCTION_TOLD),
]
TOPICS = ("news", "alerts", "steps.fifo")
POLICIES: tuple[Mapping[str, Any], ...] = (
    {},
    {"colour": ["red", "blue"]},
    {"colour": [{"anything-but": ["red"]}]},
    {"size": [{"numeric": [">", 5]}]},
    {"colour": [{"prefix": "gre"}], "size": [{"exists": True}]},
)
COLOURS = ("red", "green", "blue")
GONE = "gone"
"""A queue that does not exist."""
ENDPOINTS = ("inbox", "work", GONE, "good", "flaky", "bad")
FIFO_ENDPOINTS = ("orders.fifo", "inbox")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/sim"


def accepts(policy: Mapping[str, Any], colour: str, size: int | None) -> bool:
    """Whether one of ``POLICIES`` accepts a message, said independently of the server."""
    number = POLICIES.index(policy)
    return (
        True,
        colour in ("red", "blue"),
        colour != "red",
        size is not None and size > 5,
        colour == "green" and size is not None,
    )[number]


def queue_arn(name: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def topic_arn(name: str) -> str:
    return f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}"


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def target_arn(name: str) -> str:
    return function_arn(name) if name in FUNCTIONS else queue_arn(name)


def url(queue: Queue) -> str:
    return f"http://127.0.0.1:4566/{ACCOUNT}/{queue.name}"


class World:
    """Clients of one cloud."""

    def __init__(self, lives: Lives, history: History, checkers: list[Checker], trace: list[str]) -> None:
        self.lives = lives
        self.history = history
        self._checkers = checkers
        self._trace = trace

    def note(self, text: str) -> None:
        """Add a line to the trace."""
        start_ms = 1_700_000_000_000
        self._trace.append(f"{self.history.tick:4} {(self.lives.now_ms - start_ms) / 1000:10.3f} {text}")

    async def ask(self, service: str, operation: str, **request: Any) -> dict[str, Any] | None:
        """The answer of an operation; None when it was refused. Refusals are noted, faults raise."""
        try:
            answer = await self.lives.ask(service, operation, **request)
        except Refused as refused:
            assert refused.status < 500, f"{operation}: {refused}"
            self.note(f"  {operation} refused: {refused.code}")
            return None
        except asyncio.CancelledError:
            self.note(f"  {operation} cut off")
            raise
        return answer

    # What is there from the beginning ------------------------------------------------------------------------

    async def make(self) -> None:
        """Queues, topics and functions."""
        ask = self.lives.ask
        for queue in sorted(QUEUES, key=lambda queue: queue.dead):
            attributes = {
                "VisibilityTimeout": str(queue.visibility_s),
                "MessageRetentionPeriod": str(queue.retention_s),
            }
            if queue.is_fifo:
                attributes["FifoQueue"] = "true"
            if queue.dead:
                policy = {"deadLetterTargetArn": queue_arn(queue.dead), "maxReceiveCount": queue.receives_max}
                attributes["RedrivePolicy"] = json.dumps(policy)
            await ask("sqs", "CreateQueue", QueueName=queue.name, Attributes=attributes)
        for topic in TOPICS:
            await ask("sns", "CreateTopic", Name=topic, Attributes={"FifoTopic": "true"} if "fifo" in topic else {})
        for name in FUNCTIONS:
            more = {"DeadLetterConfig": {"TargetArn": queue_arn(FUNCTION_DEAD)}} if name == "bad" else {}
            await self.make_function(name, **more)
        await ask("lambda", "PutFunctionEventInvokeConfig", FunctionName="bad", MaximumRetryAttempts=RETRIES["bad"])
        told = {"Destination": queue_arn(FUNCTION_TOLD)}
        await ask(
            "lambda",
            "PutFunctionEventInvokeConfig",
            FunctionName="teller",
            MaximumRetryAttempts=RETRIES["teller"],
            DestinationConfig={"OnSuccess": told, "OnFailure": told},
        )

    async def make_function(self, name: str, **more: Any) -> None:
        """A function of the code that all have."""
        await self.lives.ask(
            "lambda",
            "CreateFunction",
            FunctionName=name,
            Runtime="python3.12",
            Handler="index.handler",
            Role=ROLE,
            Code={"ZipFile": base64.b64encode(zipped(self.lives.handler)).decode()},
            **more,
        )

    async def reconcile(self) -> None:
        """After a kill: see which subscriptions there are, and what they accept."""
        for known in self.history.subscriptions.values():
            if known.state is Fate.MAYBE:
                known.state = Fate.NO
        for topic in TOPICS:
            found = await self.lives.ask("sns", "ListSubscriptionsByTopic", TopicArn=topic_arn(topic))
            for one in found.get("Subscriptions", []):
                shown = await self.lives.ask("sns", "GetSubscriptionAttributes", SubscriptionArn=one["SubscriptionArn"])
                subscription = self.history.subscriptions[topic, one["Endpoint"].rpartition(":")[2]]
                subscription.state, subscription.arn = Fate.YES, one["SubscriptionArn"]
                policy = json.loads(shown["Attributes"].get("FilterPolicy", "{}"))
                subscription.policies = [next(known for known in POLICIES if known == policy)]

    # Queues ----------------------------------------------------------------------------------------------------

    async def send(self, queue: Queue, token: str, **more: Any) -> None:
        """SendMessage. ``more``: delay, group, deduplication id."""
        sending = self._sending(queue, token, more)
        lost = self.history.lost[queue.name]
        answer = await self.ask("sqs", "SendMessage", QueueUrl=url(queue), MessageBody=body_of(token), **more)
        self._sent(sending, answer, lost, more)

    async def send_batch(self, queue: Queue, entries: list[tuple[str, dict[str, Any]]]) -> None:
        """SendMessageBatch."""
        sendings = [self._sending(queue, token, more) for token, more in entries]
        lost = self.history.lost[queue.name]
        batch = [
            {"Id": str(number), "MessageBody": body_of(token), **more} for number, (token, more) in enumerate(entries)
        ]
        answer = await self.ask("sqs", "SendMessageBatch", QueueUrl=url(queue), Entries=batch)
        for one in (answer or {}).get("Successful", []):
            number = int(one["Id"])
            self._sent(sendings[number], one, lost, entries[number][1])

    def _sending(self, queue: Queue, token: str, more: Mapping[str, Any]) -> Sending:
        sending = Sending(token, queue, self.lives.now_ms, more.get("MessageDeduplicationId", ""))
        self.history.sendings[token] = sending
        return sending

    def _sent(self, sending: Sending, answer: dict[str, Any] | None, lost: int, more: Mapping[str, Any]) -> None:
        if answer is None:
            sending.accepted = Fate.NO
            return
        sending.accepted, sending.id = Fate.YES, answer["MessageId"]
        self.note(f"  sent {sending.token} to {sending.queue.name} as {sending.id}")
        message = Message(
            sending.id,
            sending.token,
            sending.began_ms,
            group="" if self._may_be_another(sending) else more.get("MessageGroupId", ""),
            sequence=int(answer.get("SequenceNumber", 0)),
            deduplication_id=sending.deduplication_id,
            lost_before=lost,
        )
        self.history.messages[sending.queue.name].setdefault(sending.id, message)

    def _may_be_another(self, sending: Sending) -> bool:
        """Whether what was answered may be a message that was cut off, of another group and the same deduplication id:
        what it is will be known when it is received."""
        return any(
            other is not sending
            and other.accepted is Fate.MAYBE
            and (other.queue, other.deduplication_id) == (sending.queue, sending.deduplication_id)
            for other in (self.history.sendings.values() if sending.deduplication_id else ())
        )

    async def receive(self, queue: Queue, count: int, visibility_s: int | None = None, wait_s: int = 0) -> int:
        """ReceiveMessage, and what the checkers say to it; how many messages came."""
        request: dict[str, Any] = {} if visibility_s is None else {"VisibilityTimeout": visibility_s}
        tick = self.history.tick
        try:
            answer = await self.ask(
                "sqs",
                "ReceiveMessage",
                QueueUrl=url(queue),
                MaxNumberOfMessages=count,
                WaitTimeSeconds=wait_s,
                MessageSystemAttributeNames=["All"],
                **request,
            )
        except asyncio.CancelledError:
            self.history.lost[queue.name] += 1
            raise
        batch = tuple(receipt_of(message) for message in (answer or {}).get("Messages", []))
        visibility_s = queue.visibility_s if visibility_s is None else visibility_s
        self.note(
            f"  received from {queue.name}: " + (", ".join(f"{one.token}#{one.receives}" for one in batch) or "-")
        )
        received = Received(queue, tick, self.lives.now_ms, visibility_s, batch)
        for checker in self._checkers:
            checker.received(self.history, received)
        self.history.received(received)
        return len(batch)

    async def delete(self, queue: Queue, message: Message, handle: str = "") -> None:
        """DeleteMessage with a message's last handle, or an older one."""
        now_ms, before = self.lives.now_ms, message.deleted
        is_sure = (handle or message.handle) == message.handle and self.history.is_held(queue, message, now_ms)
        message.deleted = Fate.MAYBE if before is Fate.NO else before
        answer = await self.ask("sqs", "DeleteMessage", QueueUrl=url(queue), ReceiptHandle=handle or message.handle)
        if answer is None:
            message.deleted = before
        elif is_sure:
            message.deleted, message.deleted_tick = Fate.YES, self.history.tick

    async def change_visibility(self, queue: Queue, message: Message, seconds: int) -> None:
        """ChangeMessageVisibility with a message's last handle."""
        now_ms, before_ms = self.lives.now_ms, message.hidden_until_ms
        is_sure = self.history.is_held(queue, message, now_ms)
        until_ms = now_ms + seconds * 1000
        message.hidden_until_ms = min(before_ms, until_ms)
        answer = await self.ask(
            "sqs",
            "ChangeMessageVisibility",
            QueueUrl=url(queue),
            ReceiptHandle=message.handle,
            VisibilityTimeout=seconds,
        )
        if answer is None:
            message.hidden_until_ms = before_ms
        elif is_sure:
            message.hidden_until_ms = until_ms

    # Topics ----------------------------------------------------------------------------------------------------

    async def subscribe(self, topic: str, endpoint: str, policy: Mapping[str, Any], raw: bool) -> None:
        """Subscribe a queue or a function."""
        known = self.history.subscriptions.get((topic, endpoint))
        if known is not None and known.state is not Fate.NO:
            return
        dead = "sns-dead" if endpoint not in FUNCTIONS and not topic.endswith(".fifo") else ""
        subscription = Subscription(endpoint, dead, Fate.MAYBE, [policy])
        self.history.subscriptions[topic, endpoint] = subscription
        attributes = {"FilterPolicy": json.dumps(policy)} if policy else {}
        if endpoint not in FUNCTIONS:
            attributes["RawMessageDelivery"] = "true" if raw else "false"
        if dead:
            attributes["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": queue_arn(dead)})
        answer = await self.ask(
            "sns",
            "Subscribe",
            TopicArn=topic_arn(topic),
            Protocol="lambda" if endpoint in FUNCTIONS else "sqs",
            Endpoint=target_arn(endpoint),
            Attributes=attributes,
        )
        assert answer is not None
        subscription.state, subscription.arn = Fate.YES, answer["SubscriptionArn"]

    async def unsubscribe(self, subscription: Subscription) -> None:
        """Unsubscribe."""
        subscription.state = Fate.MAYBE
        await self.ask("sns", "Unsubscribe", SubscriptionArn=subscription.arn)
        subscription.state = Fate.NO

    async def change_policy(self, subscription: Subscription, policy: Mapping[str, Any]) -> None:
        """SetSubscriptionAttributes: another filter policy."""
        subscription.policies.append(policy)
        await self.ask(
            "sns",
            "SetSubscriptionAttributes",
            SubscriptionArn=subscription.arn,
            AttributeName="FilterPolicy",
            AttributeValue=json.dumps(policy),
        )
        subscription.policies = [policy]

    async def publish(self, topic: str, token: str, colour: str, size: int | None, group: str) -> None:
        """Publish. What has to come of it is decided by the subscriptions that there are now."""
        must: dict[str, str] = {}
        arns: dict[str, str] = {}
        may: set[str] = set()
        for (of, endpoint), subscription in self.history.subscriptions.items():
            answers = [accepts(policy, colour, size) for policy in subscription.policies]
            if of != topic or subscription.state is Fate.NO or not any(answers):
                continue
            may |= {endpoint, *([subscription.dead] if subscription.dead else [])}
            if subscription.state is Fate.YES and all(answers):
                must[endpoint], arns[endpoint] = subscription.dead, subscription.arn
        publish = self.history.publishes[token] = Publish(token, must, may, group, arns)
        attributes = {"colour": {"DataType": "String", "StringValue": colour}}
        if size is not None:
            attributes["size"] = {"DataType": "Number", "StringValue": str(size)}
        order = {"MessageGroupId": group, "MessageDeduplicationId": token} if topic.endswith(".fifo") else {}
        answer = await self.ask(
            "sns",
            "Publish",
            TopicArn=topic_arn(topic),
            Message=body_of(token),
            MessageAttributes=attributes,
            **order,
        )
        publish.accepted = Fate.NO if answer is None else Fate.YES
        publish.sequence = int((answer or {}).get("SequenceNumber", 0))

    # Functions and schedules -----------------------------------------------------------------------------------

    async def invoke(self, function: str, token: str) -> None:
        """Invoke, asynchronously."""
        invoke = self.history.invokes[token] = Invoke(token, function, self.lives.now_ms)
        payload = base64.b64encode(body_of(token).encode()).decode()
        answer = await self.ask("lambda", "Invoke", FunctionName=function, InvocationType="Event", Payload=payload)
        invoke.accepted = Fate.NO if answer is None else Fate.YES

    async def schedule(self, token: str, target: str, after_s: int, every_minutes: int, retries: int) -> None:
        """CreateSchedule: once after so many seconds, or again and again."""
        due_ms = self.lives.now_ms + after_s * 1000
        timer = self.history.timers[token] = Timer(token, target, 0 if every_minutes else due_ms, "timers-dead")
        at = datetime.fromtimestamp(due_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        answer = await self.ask(
            "scheduler",
            "CreateSchedule",
            Name=token,
            ScheduleExpression=f"rate({every_minutes} minutes)" if every_minutes else f"at({at})",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={
                "Arn": target_arn(target),
                "RoleArn": ROLE,
                "Input": body_of(token),
                "RetryPolicy": {"MaximumRetryAttempts": retries},
                "DeadLetterConfig": {"Arn": queue_arn(timer.dead)},
            },
        )
        timer.made = Fate.NO if answer is None else Fate.YES

    async def unschedule(self, timer: Timer) -> None:
        """DeleteSchedule."""
        timer.deleted = Fate.MAYBE
        await self.ask("scheduler", "DeleteSchedule", Name=timer.token)
        timer.deleted = Fate.YES


def body_of(token: str) -> str:
    return json.dumps({"token": token})


def receipt_of(message: Mapping[str, Any]) -> Receipt:
    """A message of ReceiveMessage."""
    attributes = message["Attributes"]
    return Receipt(
        id=message["MessageId"],
        token=token_of(message["Body"]),
        handle=message["ReceiptHandle"],
        receives=int(attributes["ApproximateReceiveCount"]),
        sent_ms=int(attributes["SentTimestamp"]),
        sequence=int(attributes.get("SequenceNumber", 0)),
        group=attributes.get("MessageGroupId", ""),
        deduplication_id=attributes.get("MessageDeduplicationId", ""),
        source=attributes.get("DeadLetterQueueSourceArn", "").rpartition(":")[2],
    )
