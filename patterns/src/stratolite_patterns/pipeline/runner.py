"""The pipeline: steps that objects go through, a Lambda handler for S3, SQS, SNS and EventBridge.

Each record stands alone: one that fails is tried again, one that is poison goes to the dead letter with its reason, and
the others are done.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stratolite_patterns.connections import client_of
from stratolite_patterns.pipeline.objects import MalformedNotification, ObjectRef, objects_of, objects_of_text
from stratolite_patterns.pipeline.outputs import Output, key_of, store
from stratolite_patterns.pipeline.progress import Claim, Progress
from stratolite_patterns.pipeline.stored import Gone, Poison, StoredObject, Superseded
from stratolite_patterns.records import RESERVED_MS, BatchFailed, logger, process_all, process_queue

ATTEMPTS_MAX = 3
MESSAGE_LENGTH_MAX = 200_000
REASON_LENGTH_MAX = 256

Work = Callable[[StoredObject], Output | Iterable[Output] | None]


class OutputLoop(ValueError):
    """A step whose output would set it off again, for ever, at a cost."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step: which objects it takes, and where its outputs go."""

    name: str
    work: Work
    prefix: str
    suffix: str
    bucket: str
    output: str | None
    output_bucket: str
    next: str

    def takes(self, bucket: str, key: str) -> bool:
        """Whether an object is one for it."""
        is_here = not self.bucket or bucket == self.bucket
        return is_here and key.startswith(self.prefix) and key.endswith(self.suffix)

    def may_feed(self, other: "Step") -> bool:
        """Whether its outputs could be objects for another step."""
        if self.output is None:
            return False
        target = self.output_bucket or self.bucket
        is_there = not target or not other.bucket or target == other.bucket
        if self.output_bucket and not other.bucket and not self.bucket:
            is_there = False
        return is_there and (self.output.startswith(other.prefix) or other.prefix.startswith(self.output))


class Pipeline:
    """Steps over objects of S3.

    ``progress`` keeps what is done, so that notifications may come twice, late and in any order. A step that fails is
    tried ``attempts_max`` times, and one that raises Poison once; then the object goes to ``dead_letter`` (the URL of a
    queue) with the reason. Without a dead letter it keeps failing, and the queue's own redrive policy decides.
    """

    def __init__(
        self,
        progress: Progress,
        *,
        dead_letter: str = "",
        attempts_max: int = ATTEMPTS_MAX,
        reserved_ms: int = RESERVED_MS,
        s3: Any = None,
        sqs: Any = None,
    ) -> None:
        self.progress = progress
        self.dead_letter = dead_letter
        self.steps: list[Step] = []
        self._attempts_max = attempts_max
        self._reserved_ms = reserved_ms
        self._s3 = s3
        self._sqs = sqs

    def step(
        self,
        name: str,
        *,
        prefix: str = "",
        suffix: str = "",
        bucket: str = "",
        output: str | None = None,
        output_bucket: str = "",
        next: str = "",
    ) -> Callable[[Work], Work]:
        """Register a step for objects of a bucket (any, when empty) by prefix and suffix.

        The function returns nothing, an Output or several (a generator will do); they are stored below the prefix
        ``output``, in ``output_bucket`` or in the object's own. Each is told to ``next``, the URL of a queue.

        Raises OutputLoop where an output could set off the step again, by itself or through others; ValueError for a
        name that is taken.
        """

        def register(work: Work) -> Work:
            step = Step(name, work, prefix, suffix, bucket, output, output_bucket, next)
            if not name or any(each.name == name for each in self.steps):
                raise ValueError(f"{name!r}: each step has a name of its own")
            _refuse_loops([*self.steps, step])
            self.steps.append(step)
            return work

        return register

    def __call__(self, event: Mapping[str, Any], context: Any = None) -> dict[str, Any] | None:
        """The Lambda handler: ``{"batchItemFailures": [...]}`` for queues, None otherwise. Raises BatchFailed."""
        records = event.get("Records") or ()
        if records and records[0].get("eventSource") == "aws:sqs":

            def message(record: Mapping[str, Any]) -> None:
                self._message(record["body"], context)

            return process_queue(records, message, context, reserved_ms=self._reserved_ms)
        if records and "Sns" in records[0]:
            process_all(records, lambda record: self._message(record["Sns"]["Message"], context))
            return None
        process_all(objects_of(event), lambda ref: self._object(ref, context))
        return None

    def _message(self, text: str, context: Any) -> None:
        """The objects of one message. One that fails does not keep the message's others from being done."""
        try:
            found = objects_of_text(text)
        except MalformedNotification as error:
            if not self.dead_letter:
                raise
            self._bury(f"MalformedNotification: {error}", message=text)
            return
        if len(found) == 1:
            self._object(found[0], context)
        else:
            process_all(found, lambda ref: self._object(ref, context))

    def _object(self, ref: ObjectRef, context: Any) -> None:
        if ref.key.endswith("/") and ref.size == 0:
            logger.info("%s is how consoles show a folder, and no step is for it", ref.id)
            return
        steps = [step for step in self.steps if step.takes(ref.bucket, ref.key)]
        if not steps:
            logger.info("no step takes %s", ref.id)
        errors: list[BaseException] = []
        for step in steps:
            try:
                self._step(step, ref, context)
            except Exception as error:  # noqa: BLE001 - the object's other steps are run before it is raised
                errors.append(error)
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise BatchFailed(errors) from errors[0]

    def _step(self, step: Step, ref: ObjectRef, context: Any) -> None:
        claim = self.progress.begin(ref, step.name, context)
        if claim is None:
            logger.info("%s: %s is done, or its object was written anew", ref.id, step.name)
            return
        try:
            outputs = self._run(step, ref)
        except Superseded as error:
            self.progress.end(claim, "GONE", error=str(error))
        except Gone as error:
            self.progress.end(claim, "GONE", error=str(error))
        except Exception as error:  # noqa: BLE001 - it is kept, and raised again unless the object is buried
            self._failed(claim, error)
        else:
            self.progress.end(claim, "DONE", outputs=outputs)

    def _run(self, step: Step, ref: ObjectRef) -> list[str]:
        s3 = client_of(self._s3, "s3")
        made = step.work(StoredObject(ref, s3, step.prefix))
        stored: list[str] = []
        for each in (made,) if isinstance(made, Output) else made or ():
            if step.output is None:
                raise ValueError(f"{step.name} declares no output, and returned one")
            bucket, key = step.output_bucket or ref.bucket, key_of(step.output, each.key)
            if bucket == ref.bucket and step.takes(bucket, key):
                raise OutputLoop(f"{bucket}/{key} would set off {step.name} again")
            output = store(s3, bucket, key, each, ref)
            stored.append(output.id)
            if step.next:
                self._send(step.next, output.to_json(), group=output.id, once=f"{step.name} {output.id} {ref.order}")
        return stored

    def _failed(self, claim: Claim, error: Exception) -> None:
        """Keep the reason; bury the object when that was its last attempt, else raise, so that it comes again."""
        reason = f"{type(error).__name__}: {error}"
        is_last = isinstance(error, Poison) or claim.attempts >= self._attempts_max
        if is_last and self.dead_letter:
            self._bury(reason, claim=claim)
            self.progress.end(claim, "DEAD", error=reason)
            logger.error("%s: %s is buried: %s", claim.ref.id, claim.step, reason, exc_info=error)
            return
        self.progress.end(claim, "FAILED", error=reason)
        raise error

    def _bury(self, reason: str, *, claim: Claim | None = None, message: str = "") -> None:
        """Send to the dead letter. When that fails, so does the record, and nothing is lost."""
        body: dict[str, Any] = {"reason": reason}
        if claim is not None:
            # As a step sends it, so that what is sent back to the pipeline's own queue is tried again.
            body |= json.loads(claim.ref.to_json()) | {"step": claim.step, "attempts": claim.attempts}
        else:
            body["message"] = message[:MESSAGE_LENGTH_MAX]
        text = json.dumps(body, ensure_ascii=False)
        shown = "".join(each if each.isprintable() else " " for each in reason)[:REASON_LENGTH_MAX]
        attributes = {"reason": {"DataType": "String", "StringValue": shown}}
        group = claim.ref.id if claim else "malformed"
        self._send(self.dead_letter, text, group=group, once=text, attributes=attributes)

    def _send(self, queue: str, text: str, *, group: str, once: str, attributes: Any = None) -> None:
        options: dict[str, Any] = {"MessageAttributes": attributes} if attributes else {}
        if queue.endswith(".fifo"):
            import hashlib

            options["MessageGroupId"] = hashlib.sha256(group.encode()).hexdigest()
            options["MessageDeduplicationId"] = hashlib.sha256(once.encode()).hexdigest()
        client_of(self._sqs, "sqs").send_message(QueueUrl=queue, MessageBody=text, **options)


def _refuse_loops(steps: list[Step]) -> None:
    """Raise OutputLoop if the last step's outputs come back to it, directly or through others."""
    last = steps[-1]
    reached: set[str] = set()
    waiting = [last]
    while waiting:
        step = waiting.pop()
        for other in steps:
            if step.may_feed(other):
                if other is last:
                    below = f"what {step.name} stores below {step.output!r} is of that"
                    raise OutputLoop(f"{last.name} takes {last.prefix!r}, and {below}")
                if other.name not in reached:
                    reached.add(other.name)
                    waiting.append(other)
