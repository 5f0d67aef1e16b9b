"""What tests of stacks share: templates, waiting for an end, events as short words, operations held half-way."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud

from stratolite.delivery.outbox import Entry
from stratolite.services.cloudformation import background, execute

SNS = f"arn:aws:sns:{REGION}:{ACCOUNT}"


def template(resources: dict[str, Any], **sections: Any) -> str:
    return json.dumps({"Resources": resources, **sections})


def topic(name: str = "", **attributes: Any) -> dict[str, Any]:
    """A topic; attributes of the resource itself are written in lower case first."""
    own = {key: value for key, value in attributes.items() if key in RESOURCE_ATTRIBUTES}
    properties = {key: value for key, value in attributes.items() if key not in own}
    named = {"TopicName": name} if name else {}
    return {"Type": "AWS::SNS::Topic", "Properties": {**named, **properties}, **own}


RESOURCE_ATTRIBUTES = {"DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Condition", "Metadata"}


def failing(*needs: str) -> dict[str, Any]:
    """A subscription to a topic that nobody made: it fails when it is made, after what it needs."""
    properties = {"TopicArn": f"{SNS}:nobody-s", "Protocol": "lambda", "Endpoint": "arn:aws:lambda:x:y:function:z"}
    return {"Type": "AWS::SNS::Subscription", "DependsOn": list(needs), "Properties": properties}


class Stack:
    """A stack that a test works on."""

    def __init__(self, cloud: RunningCloud, name: str) -> None:
        self._cloud = cloud
        self.client = cloud.client("cloudformation")
        self.id = name

    def create(self, body: str, **options: Any) -> str:
        """Create the stack; the status that it comes to."""
        self.id = self.client.create_stack(StackName=self.id, TemplateBody=body, **options)["StackId"]
        return self.ended()

    def update(self, body: str = "", **options: Any) -> str:
        """Update the stack; the status that it comes to."""
        source: dict[str, Any] = {"TemplateBody": body} if body else {"UsePreviousTemplate": True}
        self.client.update_stack(StackName=self.id, **source, **options)
        return self.ended()

    def delete(self, **options: Any) -> str:
        """Delete the stack; the status that it comes to."""
        self.client.delete_stack(StackName=self.id, **options)
        return self.ended()

    def ended(self) -> str:
        """The status when nothing runs any more."""
        self._cloud.drain()
        return str(self.described()["StackStatus"])

    def described(self) -> dict[str, Any]:
        stack: dict[str, Any] = self.client.describe_stacks(StackName=self.id)["Stacks"][0]
        return stack

    def events(self) -> list[str]:
        """``<logical id> <status>`` for each event, the first one first; the stack itself is ``*``."""
        name = self.described()["StackName"]
        return [
            f"{'*' if one['LogicalResourceId'] == name else one['LogicalResourceId']} {one['ResourceStatus']}"
            for one in reversed(self.told())
        ]

    def reasons(self, status: str) -> list[str]:
        """Why events of a status happened, the first one first."""
        return [one.get("ResourceStatusReason", "") for one in reversed(self.told()) if one["ResourceStatus"] == status]

    def told(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self.client.describe_stack_events(StackName=self.id)["StackEvents"]
        return events

    def resources(self) -> dict[str, str]:
        """Logical ids and statuses."""
        found = self.client.describe_stack_resources(StackName=self.id)["StackResources"]
        return {one["LogicalResourceId"]: one["ResourceStatus"] for one in found}

    def physical(self, logical_id: str) -> str:
        found = self.client.describe_stack_resource(StackName=self.id, LogicalResourceId=logical_id)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])


class HoldableCloud(RunningCloud):
    """A cloud whose stack operations can be held half-way; use ``holdable_cloud``."""

    steps: int | None = None
    """How many steps an operation that begins now takes before it waits; None: all."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self._halted, self._gate = asyncio.Event(), asyncio.Event()

    def hold_after(self, steps: int) -> None:
        """Let operations that begin from now on take a few steps, and then wait for ``go_on``."""
        self.steps = steps
        self._halted.clear()
        self._gate.clear()

    def wait_until_held(self) -> None:
        self.run(self._halted.wait())

    def go_on(self) -> None:
        """Let operations end."""

        async def go() -> None:
            self.steps = None
            self._gate.set()

        self.run(go())

    async def pause(self) -> None:
        self._halted.set()
        await self._gate.wait()


@contextmanager
def holdable_cloud(data: Path) -> Iterator[HoldableCloud]:
    """A running cloud whose stack operations take a step in each transaction and can be held."""
    cloud = HoldableCloud(data)
    whole = background._Runner.deliver

    async def deliver(runner: Any, entry: Entry) -> None:
        stack_id = entry.payload.decode()
        for _ in range(cloud.steps or 0):
            if not await runner._database.transact(lambda: runner._step(stack_id)):
                return
        if cloud.steps is not None:
            await cloud.pause()
        await whole(runner, entry)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execute, "STEPS", 1)
        patch.setattr(background._Runner, "deliver", deliver)
        cloud.start()
        try:
            yield cloud
        finally:
            cloud.stop()
