"""Following a stack: whose end it is, and which failure is the cause.

Statuses and their order: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from stratolite.core.clock import MovableClock
from stratolite.targets.account import Account
from stratolite.targets.following import STALE_S_MAX, Following
from stratolite.targets.local import Progress, StackFailed

STACK = "arn:aws:cloudformation:us-east-1:1:stack/shop/1"
Event = tuple[str, str, str]
"""Logical id (``shop``: the stack itself), status, reason."""


class Quick(MovableClock):
    """Time passes while somebody sleeps."""

    async def sleep_until(self, due_ms: int) -> None:
        self.advance(max(0, due_ms - self.now_ms()) / 1000)


class Playing(Account):
    """Plays one scene after the other: a status, and the events that have come with it."""

    def __init__(self, *scenes: tuple[str, list[Event]]) -> None:
        super().__init__(local="http://127.0.0.1:9")
        self._scenes = list(scenes)
        self._events: list[dict[str, Any]] = []

    def call(
        self, service: str, operation: str, request: Mapping[str, Any], region: str = "", account: str = ""
    ) -> dict[str, Any]:
        status, events = self._scenes.pop(0) if len(self._scenes) > 1 else (self._scenes[0][0], [])
        for name, each, reason in events:
            self._events.insert(0, self._event(name, each, reason))
        return {"Stacks": [{"StackStatus": status}]}

    def pages(self, operation: str, request: Mapping[str, Any], service: str = "cloudformation") -> Iterator[Any]:
        yield {"StackEvents": list(self._events)}

    def _event(self, name: str, status: str, reason: str) -> dict[str, Any]:
        return {
            "EventId": str(len(self._events)),
            "StackId": STACK,
            "LogicalResourceId": name,
            "PhysicalResourceId": STACK if name == "shop" else name,
            "ResourceType": "AWS::CloudFormation::Stack" if name == "shop" else "AWS::SQS::Queue",
            "ResourceStatus": status,
            "ResourceStatusReason": reason,
        }


async def follow(account: Playing, places: dict[str, str] | None = None) -> tuple[str, list[str]]:
    """The status in the end, and what was told."""
    told: list[str] = []

    def tell(progress: Progress) -> None:
        told.append(f"{progress.resource} {progress.status}")

    return await Following(account, Quick(), STACK, places or {}).until_settled(tell), told


async def test_a_status_of_the_operation_before_is_not_the_end() -> None:
    status, told = await follow(
        Playing(
            ("UPDATE_ROLLBACK_COMPLETE", []),
            ("UPDATE_IN_PROGRESS", [("shop", "UPDATE_IN_PROGRESS", ""), ("A", "UPDATE_COMPLETE", "")]),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", [("shop", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "")]),
            ("UPDATE_COMPLETE", [("shop", "UPDATE_COMPLETE", "")]),
            ("UPDATE_COMPLETE", []),
        )
    )
    assert status == "UPDATE_COMPLETE"
    assert told == [
        "shop UPDATE_IN_PROGRESS",
        "A UPDATE_COMPLETE",
        "shop UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "shop UPDATE_COMPLETE",
    ]


async def test_a_status_that_no_event_confirms_is_believed_in_the_end() -> None:
    clock = Quick()
    start_ms = clock.now_ms()
    following = Following(Playing(("UPDATE_COMPLETE", []), ("UPDATE_COMPLETE", [])), clock, STACK)
    assert await following.until_settled(lambda progress: None) == "UPDATE_COMPLETE"
    assert STALE_S_MAX * 0.9 <= (clock.now_ms() - start_ms) / 1000 <= STALE_S_MAX * 1.5


async def test_the_first_failure_is_the_cause() -> None:
    """What was cancelled because of it is none; what failed beside it is told behind it."""
    events = [
        ("shop", "UPDATE_IN_PROGRESS", ""),
        ("A", "CREATE_FAILED", "A is taken"),
        ("B", "CREATE_FAILED", "Resource creation cancelled"),
        ("C", "UPDATE_FAILED", "C is odd"),
        ("shop", "UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [A]."),
        ("shop", "UPDATE_ROLLBACK_COMPLETE", ""),
    ]
    account = Playing(("UPDATE_ROLLBACK_COMPLETE", events), ("UPDATE_ROLLBACK_COMPLETE", []))
    with pytest.raises(StackFailed) as caught:
        await follow(account, {"A": "serverless.yml:7:5"})
    assert str(caught.value) == (
        "serverless.yml:7:5: A (AWS::SQS::Queue): A is taken\n"
        "  The stack shop is UPDATE_ROLLBACK_COMPLETE: nothing of this deployment is kept.\n"
        "  Also: C: C is odd"
    )
    assert caught.value.exit_code == 1


async def test_what_no_resource_is_to_blame_for() -> None:
    events = [("shop", "ROLLBACK_IN_PROGRESS", "No export named x found"), ("shop", "ROLLBACK_COMPLETE", "")]
    with pytest.raises(StackFailed, match="No export named x found") as caught:
        await follow(Playing(("ROLLBACK_COMPLETE", events), ("ROLLBACK_COMPLETE", [])))
    assert caught.value.where == "shop"
