"""Event source mappings in the simulated world: two queues and a table, polled by the server itself.

Clients write to them and to nothing else of theirs; what functions were given is known from the functions. At the end
the dead letters are read, and the checkers of ``mapping_checkers.py`` judge.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.sim.faults import FOLLOWER, MAPPED, Given
from tests.sim.history import Fate
from tests.sim.world import World, body_of, queue_arn

TABLE = "changes"
STREAM_DEAD = "changes-dead"
QUEUES = {"eater": ("meals", "meals-dead"), "sorter": ("steps.fifo", "steps-dead.fifo")}
"""By function: the queue that it is given, and where its dead letters go."""
BATCH_SIZES = {"eater": 1, "sorter": 4}
RECEIVES_MAX = 3
RESERVED = {"eater": 2}
KEYS = ("a", "b", "c", "d", "e")


@dataclass
class Written:
    """What a client wrote for a mapping."""

    token: str
    function: str
    accepted: Fate = Fate.MAYBE


@dataclass
class Batch:
    """One execution of a mapped function: what it was given, and how many of these were done, in order."""

    function: str
    given: tuple[Given, ...]
    done: int = -1
    """-1 until it ends."""


@dataclass
class Mapped:
    """All that is known of mappings."""

    written: dict[str, Written] = field(default_factory=dict)
    batches: list[tuple[str, Batch]] = field(default_factory=list)
    """``begun`` and ``ended``, in the order in which they happened."""
    dead: set[str] = field(default_factory=set)
    """The tokens of dead letters."""
    given_up: list[tuple[str, str]] = field(default_factory=list)
    """First and last sequence number of what the stream's mapping gave up."""
    running: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)
    """How many executions of a function there were at most at a time."""

    def begun(self, function: str, given: tuple[Given, ...]) -> Batch:
        """A function is given a batch."""
        batch = Batch(function, given)
        self.batches.append(("begun", batch))
        self.running[function] = self.running.get(function, 0) + 1
        self.most[function] = max(self.most.get(function, 0), self.running[function])
        return batch

    def ended(self, batch: Batch, done: int) -> None:
        """So many from the front are done; -1: it was cut off by a kill."""
        self.running[batch.function] -= 1
        batch.done = done
        self.batches.append(("ended", batch))

    def is_given_up(self, given: Given) -> bool:
        return given.token in self.dead or any(first <= given.sequence <= last for first, last in self.given_up)


class Mappings:
    """Clients of what is mapped."""

    def __init__(self, world: World, mapped: Mapped) -> None:
        self._world = world
        self._mapped = mapped
        self._uuids: dict[str, str] = {}

    async def make(self) -> None:
        """Functions, queues, a table, mappings."""
        ask = self._world.lives.ask
        for name in MAPPED:
            await self._world.make_function(name)
        for name, most in RESERVED.items():
            await ask("lambda", "PutFunctionConcurrency", FunctionName=name, ReservedConcurrentExecutions=most)
        for function, (queue, dead) in QUEUES.items():
            await self._make_queue(function, queue, dead)
        await ask("sqs", "CreateQueue", QueueName=STREAM_DEAD)
        table = await ask(
            "dynamodb",
            "CreateTable",
            TableName=TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        await self._map(
            FOLLOWER,
            table["TableDescription"]["LatestStreamArn"],
            StartingPosition="TRIM_HORIZON",
            BatchSize=4,
            MaximumBatchingWindowInSeconds=2,
            MaximumRetryAttempts=2,
            ParallelizationFactor=3,
            DestinationConfig={"OnFailure": {"Destination": queue_arn(STREAM_DEAD)}},
        )

    async def _make_queue(self, function: str, queue: str, dead: str) -> None:
        ask = self._world.lives.ask
        fifo = {"FifoQueue": "true"} if queue.endswith(".fifo") else {}
        await ask("sqs", "CreateQueue", QueueName=dead, Attributes=fifo)
        policy = {"deadLetterTargetArn": queue_arn(dead), "maxReceiveCount": RECEIVES_MAX}
        await ask(
            "sqs",
            "CreateQueue",
            QueueName=queue,
            Attributes={**fifo, "VisibilityTimeout": "60", "RedrivePolicy": json.dumps(policy)},
        )
        await self._map(function, queue_arn(queue), BatchSize=BATCH_SIZES[function])

    async def _map(self, function: str, source_arn: str, **settings: Any) -> None:
        made = await self._world.lives.ask(
            "lambda",
            "CreateEventSourceMapping",
            FunctionName=function,
            EventSourceArn=source_arn,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            **settings,
        )
        self._uuids[function] = made["UUID"]

    async def send(self, function: str, token: str, group: str) -> None:
        """SendMessage to the queue of a function."""
        queue = QUEUES[function][0]
        written = self._mapped.written[token] = Written(token, function)
        order = {"MessageGroupId": group, "MessageDeduplicationId": token} if queue.endswith(".fifo") else {}
        url = f"http://127.0.0.1:4566/{queue_arn(queue).split(':')[4]}/{queue}"
        answer = await self._world.ask("sqs", "SendMessage", QueueUrl=url, MessageBody=body_of(token), **order)
        written.accepted = Fate.NO if answer is None else Fate.YES

    async def put(self, token: str, key: str) -> None:
        """PutItem: a change of one of a few items."""
        written = self._mapped.written[token] = Written(token, FOLLOWER)
        item = {"id": {"S": key}, "token": {"S": token}}
        answer = await self._world.ask("dynamodb", "PutItem", TableName=TABLE, Item=item)
        written.accepted = Fate.NO if answer is None else Fate.YES

    async def change(self, function: str, **settings: Any) -> None:
        """UpdateEventSourceMapping."""
        await self._world.ask("lambda", "UpdateEventSourceMapping", UUID=self._uuids[function], **settings)

    async def enable(self) -> None:
        """Let every mapping go on."""
        for function in self._uuids:
            await self.change(function, Enabled=True)

    async def collect(self) -> None:
        """At the end: read what was given up."""
        for _, dead in QUEUES.values():
            for body in await self._bodies(dead):
                self._mapped.dead.add(body["token"])
        for body in await self._bodies(STREAM_DEAD):
            info = body["DDBStreamBatchInfo"]
            self._mapped.given_up.append((info["startSequenceNumber"], info["endSequenceNumber"]))

    async def _bodies(self, queue: str) -> list[Any]:
        url = f"http://127.0.0.1:4566/{queue_arn(queue).split(':')[4]}/{queue}"
        found: list[Any] = []
        while True:
            answer = await self._world.lives.ask("sqs", "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10)
            messages = answer.get("Messages", [])
            if not messages:
                return found
            for message in messages:
                found.append(json.loads(message["Body"]))
                await self._world.lives.ask(
                    "sqs", "DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"]
                )
