"""The local target beside a cloud that plays a stack's life: what it waits for, what it tells."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from stratolite.core.call import Call
from stratolite.core.clock import MovableClock
from stratolite.targets.local import LocalTarget, Progress, StackFailed
from stratolite.targets.plan import Apply, ConfigureStage, Plan

STACK_ID = "arn:aws:cloudformation:us-east-1:000000000000:stack/shop-dev/1"


class Played:
    """Operations that answer from a script: the states of a stack, one an ask, and its events."""

    def __init__(self, states: Iterator[str], events: list[dict[str, Any]]) -> None:
        self._states = states
        self._events = events
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    async def perform(self, call: Call, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append((operation, request))
        if operation == "DescribeStacks":
            return {"Stacks": [{"StackId": STACK_ID, "StackName": "shop-dev", "StackStatus": next(self._states)}]}
        if operation == "DescribeStackEvents":
            return {"StackEvents": self._events}
        if operation == "DescribeStackResources":
            return {"StackResources": [{"LogicalResourceId": "ApiGatewayRestApi", "PhysicalResourceId": "api1"}]}
        return {"StackId": STACK_ID}


class Hurried(MovableClock):
    """A clock that goes on when somebody waits."""

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)


def event(resource: str, status: str, reason: str, kind: str = "AWS::SNS::Topic") -> dict[str, Any]:
    return {
        "EventId": f"{resource}{status}",
        "LogicalResourceId": resource,
        "ResourceType": kind,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
        "Timestamp": 2_000_000_000,
    }


async def deploy(states: list[str], events: list[dict[str, Any]], *steps: Any) -> tuple[Played, list[Progress]]:
    cloud = Played(
        iter([states[0], *states]), events
    )  # The first one is asked twice: whether anything goes on, and what it is.
    told: list[Progress] = []
    target = LocalTarget(cloud, Hurried(), Call())  # type: ignore[arg-type]
    await target.execute(Plan("shop-dev", (Apply({}), *steps)), told.append)
    return cloud, told


async def test_an_update_is_done_while_it_still_cleans_up() -> None:
    states = ["CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"]
    cloud, _ = await deploy(states, [])
    assert "UpdateStack" in [operation for operation, _ in cloud.asked]


async def test_a_rollback_that_cleans_up_is_no_success() -> None:
    states = ["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"]
    with pytest.raises(StackFailed, match=r"Topic \(AWS::SNS::Topic\): too long"):
        await deploy(states, [event("Topic", "CREATE_FAILED", "too long")])


async def test_a_deployment_that_was_cut_off_is_waited_for() -> None:
    # A cloud that is started again goes on with it, and takes no update meanwhile.
    states = iter(["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", *["UPDATE_COMPLETE"] * 3])
    cloud, told = Played(states, [event("Topic", "UPDATE_COMPLETE", "")]), list[Progress]()
    await LocalTarget(cloud, Hurried(), Call()).execute(Plan("shop-dev", (Apply({}),)), told.append)  # type: ignore[arg-type]
    asked = [operation for operation, _ in cloud.asked]
    assert asked.index("UpdateStack") == asked.index("DescribeStackEvents") + 5
    assert [one.resource for one in told] == ["Topic", "Topic"]


async def test_what_no_resource_is_to_blame_for_is_told_of_the_stack() -> None:
    rollback = event(
        "shop-dev", "UPDATE_ROLLBACK_IN_PROGRESS", "No export named x found. ", "AWS::CloudFormation::Stack"
    )
    with pytest.raises(StackFailed, match="No export named x found") as raised:
        await deploy(["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"], [rollback])
    assert raised.value.where == "shop-dev"


async def test_the_stage_is_set_after_the_stack() -> None:
    patch = {"op": "replace", "path": "/tracingEnabled", "value": "true"}
    step = ConfigureStage("dev", (patch,), {"team": "core"})
    cloud, _ = await deploy(["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE"], [], step)
    asked = dict(cloud.asked)
    assert asked["UpdateStage"] == {"restApiId": "api1", "stageName": "dev", "patchOperations": [patch]}
    assert asked["TagResource"]["resourceArn"] == "arn:aws:apigateway:us-east-1::/restapis/api1/stages/dev"


async def test_a_stage_with_many_rates_is_patched_in_several_requests() -> None:
    patches = tuple({"op": "replace", "path": f"/~1{number}/GET/throttling/rateLimit"} for number in range(170))
    cloud, _ = await deploy(
        ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE"], [], ConfigureStage("dev", patches, {})
    )
    sent = [request["patchOperations"] for operation, request in cloud.asked if operation == "UpdateStage"]
    assert [len(some) for some in sent] == [80, 80, 10] and [one for some in sent for one in some] == [*patches]
