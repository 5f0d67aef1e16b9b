"""One seed, one history: random steps over a world, kills among them, and an end at which all must be at rest."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from tests.sim.checkers import all_checkers
from tests.sim.faults import FUNCTIONS
from tests.sim.history import Fate, History, Message, Queue
from tests.sim.lives import Lives, fork
from tests.sim.mapping_checkers import mapping_checkers
from tests.sim.mappings import KEYS, Mapped, Mappings
from tests.sim.world import COLOURS, ENDPOINTS, FIFO_ENDPOINTS, GONE, POLICIES, QUEUES, TOPICS, World

from stratolite.core.entropy import SeededEntropy
from stratolite.services.dynamodb import streams

T = TypeVar("T")
Action = Coroutine[Any, Any, Any]
STEPS = 300
SHOWN_LAST = 30
BURST_MAX = 5
SWEEPS = 6
SWEEP_S = 200
"""Longer than any visibility time-out or delay in this world."""
REST_STEPS_MAX = 2000
SHARD_MS = 300_000
"""A stream's shard is followed by another one so soon here that it happens in every history."""


class Failure(AssertionError):
    """A simulation failed: says how to repeat it, and what happened last."""


class Simulation:
    """The steps of one seed."""

    def __init__(self, seed: int, data: Path, lives: type[Lives] = Lives) -> None:
        self.seed = seed
        self.trace: list[str] = []
        seeds = SeededEntropy(seed)
        self._dice = fork(seeds)
        mapped = Mapped()
        self._history = History(QUEUES, mapped)
        self._checkers = [*all_checkers(), *mapping_checkers()]
        self._lives = lives(data, fork(seeds), self._ran, mapped)
        self._world = World(self._lives, self._history, self._checkers, self.trace)
        self._mappings = Mappings(self._world, mapped)
        self._polls: list[asyncio.Task[Any]] = []
        self._tokens = 0
        self._sent_ids: list[str] = []

    async def run(self, steps: int) -> None:
        """Raises Failure."""
        try:
            await self._lives.open()
            await self._world.make()
            await self._mappings.make()
            await self._world.subscribe("steps.fifo", "orders.fifo", {}, raw=True)
            for tick in range(1, steps + 1):
                self._history.tick = tick
                await self._step()
                if tick == steps // 2:
                    # However the dice fall, once at least.
                    await self._kill()
            self._history.tick += 1
            await self._end()
        except AssertionError as error:
            last = "\n".join(self.trace[-SHOWN_LAST:])
            again = f"pytest tests/sim --seed {self.seed} --steps {steps}"
            raise Failure(f"{error}\nseed {self.seed}; repeat with: {again}\n{last}") from error
        finally:
            await self._lives.close()

    # Dice ------------------------------------------------------------------------------------------------------

    def _one_of(self, values: Sequence[T]) -> T:
        return values[self._dice.integer(len(values))]

    def _chance(self, share: float) -> bool:
        return self._dice.fraction() < share

    def _token(self, letter: str) -> str:
        self._tokens += 1
        return f"{letter}{self._tokens}"

    def _ran(self, function: str, request_id: str, token: str, outcome: str) -> None:
        self._world.note(f"  {function} {outcome} with {token}")
        self._history.ran(function, request_id, token, outcome)

    # Steps -----------------------------------------------------------------------------------------------------

    async def _step(self) -> None:
        weights: list[tuple[int, Callable[[], Coroutine[Any, Any, None]]]] = [
            (50, self._act),
            (16, self._burst),
            (20, self._advance),
            (3 if self._lives.can_poll else 0, self._poll),
            (8, self._change_subscriptions),
            (3, self._kill),
            (1, self._lives.drain),
        ]
        throw = self._dice.integer(sum(weight for weight, _ in weights))
        for weight, step in weights:
            throw -= weight
            if throw < 0:
                await step()
                break
        await self._lives.settle()
        self._collect()

    async def _act(self) -> None:
        name, action = self._action(alone=True)
        self._world.note(name)
        await action

    async def _burst(self) -> None:
        """Several requests at the same moment."""
        await asyncio.gather(*self._several())

    def _several(self) -> list["asyncio.Task[Any]"]:
        tasks = []
        for _ in range(2 + self._dice.integer(BURST_MAX - 1)):
            name, action = self._action(alone=False)
            self._world.note(f"at once: {name}")
            tasks.append(asyncio.create_task(action))
        return tasks

    async def _advance(self) -> None:
        bound_s = self._one_of((2, 2, 10, 10, 10, 60, 60, 300, 1000))
        seconds = 1 + self._dice.integer(bound_s)
        self._world.note(f"advance {seconds} s")
        await self._lives.advance(seconds)

    async def _poll(self) -> None:
        """A long poll that goes on while other things happen."""
        queue, wait_s = self._one_of(QUEUES), 1 + self._dice.integer(20)
        self._world.note(f"poll {queue.name} for {wait_s} s")
        self._polls.append(asyncio.create_task(self._world.receive(queue, 10, wait_s=wait_s)))

    def _collect(self) -> None:
        """What the polls that have ended found wrong."""
        ended = [poll for poll in self._polls if poll.done()]
        self._polls = [poll for poll in self._polls if not poll.done()]
        for poll in ended:
            poll.result()

    async def _kill(self) -> None:
        """Requests under way, so many turns of the loop, and the end."""
        tasks = self._several()
        turns = self._dice.integer(self._lives.kill_turns_max)
        if self._chance(0.5):
            await self._lives.move(1 + self._dice.integer(60))
        await self._lives.pass_turns(turns)
        for task in tasks:
            if task.done():
                task.result()
        self._world.note(f"kill after {turns} turns")
        self._history.deaths += 1
        await self._lives.kill()
        self._polls = []
        await self._world.reconcile()

    # Actions ---------------------------------------------------------------------------------------------------

    def _action(self, *, alone: bool) -> tuple[str, Action]:
        """A random request. What depends on the order of two requests is chosen when it is ``alone``."""
        choices: list[Callable[[], tuple[str, Action] | None]] = [
            *[self._send] * 4,
            self._send_batch,
            *[self._publish] * 3,
            self._invoke,
            self._schedule,
            *[self._write] * 4,
        ]
        if alone:
            choices += [*[self._receive] * 6, *[self._delete] * 5, *[self._change_visibility] * 3, self._unschedule]
            choices.append(self._change_mapping)
        else:
            choices += [self._receive]
        while True:
            action = self._one_of(choices)()
            if action is not None:
                return action

    def _draft(self, queue: Queue) -> tuple[str, dict[str, Any]]:
        token = self._token("m")
        if not queue.is_fifo:
            return token, {"DelaySeconds": 1 + self._dice.integer(60)} if self._chance(0.2) else {}
        is_again = self._sent_ids and self._chance(0.25)
        deduplication_id = self._one_of(self._sent_ids[-10:]) if is_again else token
        if not is_again:
            self._sent_ids.append(token)
        group = self._one_of(("a", "b", "c"))
        return token, {"MessageGroupId": group, "MessageDeduplicationId": deduplication_id}

    def _send(self) -> tuple[str, Action]:
        queue = self._one_of([QUEUES[0], QUEUES[2], QUEUES[2], QUEUES[4]])
        token, more = self._draft(queue)
        return f"send {token} to {queue.name} {more}", self._world.send(queue, token, **more)

    def _send_batch(self) -> tuple[str, Action]:
        queue = self._one_of([QUEUES[0], QUEUES[2], QUEUES[4]])
        entries = [self._draft(queue) for _ in range(1 + self._dice.integer(4))]
        return f"send {entries} to {queue.name}", self._world.send_batch(queue, entries)

    def _receive(self) -> tuple[str, Action]:
        queue, count = self._one_of([*QUEUES, QUEUES[0], QUEUES[2], QUEUES[2]]), 1 + self._dice.integer(10)
        visibility_s = self._dice.integer(120) if self._chance(0.3) else None
        return f"receive {count} from {queue.name}, {visibility_s}", self._world.receive(queue, count, visibility_s)

    def _handled(self) -> tuple[Queue, Message] | None:
        """A message of which some client has a handle."""
        queue = self._one_of(QUEUES)
        messages = [
            message
            for message in self._history.messages[queue.name].values()
            if message.handle and message.deleted is Fate.NO
        ]
        if self._chance(0.7):
            messages = [one for one in messages if self._history.is_held(queue, one, self._lives.now_ms)]
        return (queue, self._one_of(messages[-10:])) if messages else None

    def _delete(self) -> tuple[str, Action] | None:
        chosen = self._handled()
        return chosen and (f"delete {chosen[1].token} from {chosen[0].name}", self._world.delete(*chosen))

    def _change_visibility(self) -> tuple[str, Action] | None:
        chosen = self._handled()
        seconds = self._one_of((0, 0, 5, 60, 120))
        return chosen and (
            f"hide {chosen[1].token} of {chosen[0].name} for {seconds} s",
            self._world.change_visibility(*chosen, seconds),
        )

    def _publish(self) -> tuple[str, Action]:
        topic, token, colour = self._one_of((*TOPICS, "steps.fifo")), self._token("p"), self._one_of(COLOURS)
        size = self._dice.integer(10) if self._chance(0.7) else None
        group = self._one_of(("a", "b", "c"))
        name = f"publish {token} to {topic}: {colour} {size} {group}"
        return name, self._world.publish(topic, token, colour, size, group)

    def _invoke(self) -> tuple[str, Action]:
        function, token = self._one_of(list(FUNCTIONS)), self._token("i")
        return f"invoke {function} with {token}", self._world.invoke(function, token)

    def _write(self) -> tuple[str, Action]:
        """For a mapping: a change of an item, or a message."""
        function, token, key = self._one_of(("follower", "eater", "sorter")), self._token("w"), self._one_of(KEYS)
        action = self._mappings.put(token, key) if function == "follower" else self._mappings.send(function, token, key)
        return f"write {token} of {key} for {function}", action

    def _change_mapping(self) -> tuple[str, Action]:
        function = self._one_of(("follower", "eater", "sorter"))
        settings: dict[str, Any] = {"Enabled": self._chance(0.7)}
        if function == "follower":
            settings["ParallelizationFactor"] = 1 + self._dice.integer(4)
        return f"let the mapping of {function} have {settings}", self._mappings.change(function, **settings)

    def _schedule(self) -> tuple[str, Action]:
        token, target = self._token("s"), self._one_of(("inbox", "work", "good", GONE))
        after_s, every = 1 + self._dice.integer(600), 1 + self._dice.integer(10) if self._chance(0.2) else 0
        return f"schedule {token} to {target}", self._world.schedule(
            token, target, after_s, every, self._dice.integer(4)
        )

    def _unschedule(self) -> tuple[str, Action] | None:
        timers = [one for one in self._history.timers.values() if one.made is Fate.YES and one.deleted is Fate.NO]
        if not timers:
            return None
        timer = self._one_of(timers)
        return f"unschedule {timer.token}", self._world.unschedule(timer)

    async def _change_subscriptions(self) -> None:
        active = [one for one in self._history.subscriptions.values() if one.state is Fate.YES]
        policy = self._one_of(POLICIES)
        if active and self._chance(0.2):
            chosen = self._one_of(active)
            self._world.note(f"unsubscribe {chosen.endpoint} {chosen.arn}")
            await self._world.unsubscribe(chosen)
        elif active and self._chance(0.3):
            chosen = self._one_of(active)
            self._world.note(f"let {chosen.endpoint} accept {policy} {chosen.arn}")
            await self._world.change_policy(chosen, policy)
        else:
            topic = self._one_of(TOPICS)
            endpoint = self._one_of(FIFO_ENDPOINTS if topic.endswith(".fifo") else ENDPOINTS)
            self._world.note(f"subscribe {endpoint} to {topic}: {policy}")
            await self._world.subscribe(topic, endpoint, policy, raw=self._chance(0.5))

    # The end ---------------------------------------------------------------------------------------------------

    async def _end(self) -> None:
        """Heal the targets, end the schedules, empty the queues, move the clock until nothing waits; then judge."""
        self._world.note("the end")
        self._lives.heal()
        for timer in self._history.timers.values():
            if not timer.due_ms and timer.made is not Fate.NO and timer.deleted is not Fate.YES:
                await self._world.unschedule(timer)
        await self._mappings.enable()
        for _ in range(SWEEPS):
            await self._sweep()
            await self._lives.advance(SWEEP_S)
            await self._lives.drain()
        self._history.swept_ms = self._lives.now_ms
        await self._rest()
        self._collect()
        self._history.left = [kind for _, kind in await self._lives.waiting()]
        self._history.faults = self._lives.faults_found()
        for checker in self._checkers:
            checker.ended(self._history)

    async def _sweep(self) -> None:
        """Receive and delete everything that can be received."""
        await self._mappings.collect()
        for queue in QUEUES:
            while await self._world.receive(queue, 10, 100):
                for message in self._history.messages[queue.name].values():
                    if self._history.is_held(queue, message, self._lives.now_ms) and message.deleted is not Fate.YES:
                        await self._world.delete(queue, message)

    async def _rest(self) -> None:
        """Move the clock to whatever waits, until nothing does."""
        for _ in range(REST_STEPS_MAX):
            await self._lives.drain()
            await self._sweep()
            waiting = await self._lives.waiting()
            if not waiting:
                return
            await self._lives.advance(max(1, (waiting[0][0] - self._lives.now_ms) / 1000))


def simulate(seed: int, data: Path, steps: int = STEPS, lives: type[Lives] = Lives) -> list[str]:
    """The trace of a seed. Raises Failure when something happened that must never happen."""
    simulation = Simulation(seed, data, lives)
    with patch.object(streams, "SHARD_MS", SHARD_MS):
        asyncio.run(simulation.run(steps))
    return simulation.trace
