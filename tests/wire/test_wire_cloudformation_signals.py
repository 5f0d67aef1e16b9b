"""Wait conditions: a deployment rests until its signals have come.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-waitcondition.html, and the entries
test_waitcondition and test_waitconditionhandle of the recorded answers.
"""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from tests.conftest import RunningCloud
from tests.wire.stacks import Stack, template, topic

HANDLE = {"Type": "AWS::CloudFormation::WaitConditionHandle"}


def condition(**more: Any) -> dict[str, Any]:
    properties = {"Handle": {"Ref": "Handle"}, "Timeout": "300", **more}
    return {"Type": "AWS::CloudFormation::WaitCondition", "Properties": properties}


def waiting(**more: Any) -> str:
    outputs = {"Ref": {"Value": {"Ref": "Wait"}}, "Data": {"Value": {"Fn::GetAtt": "Wait.Data"}}}
    after = {**topic(), "DependsOn": "Wait"}
    return template({"Handle": HANDLE, "Wait": condition(**more), "After": after}, Outputs=outputs)


def send(url: str, method: str = "PUT", **signal: str) -> int:
    body = json.dumps({"Status": "SUCCESS", "UniqueId": "one", "Reason": "done", "Data": "x", **signal}).encode()
    try:
        with urlopen(Request(url, body, method=method)) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def test_deployment_goes_on_when_the_signal_comes(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "signalled")
    assert stack.create(waiting()) == "CREATE_IN_PROGRESS"
    assert stack.resources() == {"Handle": "CREATE_COMPLETE", "Wait": "CREATE_IN_PROGRESS"}
    assert send(stack.physical("Handle"), Data="ready") == 200
    assert stack.ended() == "CREATE_COMPLETE"
    found = {one["OutputKey"]: one["OutputValue"] for one in stack.described()["Outputs"]}
    assert found == {"Ref": f"{stack.id}/Handle", "Data": '{"one":"ready"}'}


def test_as_many_signals_are_awaited_as_the_count_says_each_of_an_id_of_its_own(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "counted")
    stack.create(waiting(Count=2))
    url = stack.physical("Handle")
    for _ in range(2):
        send(url, Data="1")
        assert stack.ended() == "CREATE_IN_PROGRESS"
    send(url, UniqueId="two", Data="2")
    assert stack.ended() == "CREATE_COMPLETE"
    assert {"OutputKey": "Data", "OutputValue": '{"one":"1","two":"2"}'} in stack.described()["Outputs"]


def test_signals_that_come_before_anybody_waits_count(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "early")
    assert stack.create(template({"Handle": HANDLE})) == "CREATE_COMPLETE"
    assert send(stack.physical("Handle")) == 200
    assert stack.update(waiting()) == "UPDATE_COMPLETE"


def test_signal_of_failure_takes_the_deployment_back(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "unhappy")
    stack.create(waiting())
    send(stack.physical("Handle"), Status="FAILURE", Reason="no disk")
    assert stack.ended() == "ROLLBACK_COMPLETE"
    assert stack.reasons("CREATE_FAILED") == ["WaitCondition received failed message: 'no disk' for uniqueId: one"]


def test_time_that_is_over_takes_the_deployment_back(timed_cloud: RunningCloud) -> None:
    stack = Stack(timed_cloud, "late")
    stack.create(waiting(Count=2))
    send(stack.physical("Handle"))
    timed_cloud.advance(299)
    assert stack.ended() == "CREATE_IN_PROGRESS"
    timed_cloud.advance(2)
    assert stack.ended() == "ROLLBACK_COMPLETE"
    assert stack.reasons("CREATE_FAILED") == ["WaitCondition timed out. Received 1 conditions when expecting 2"]


def test_update_that_waits_can_be_cancelled(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "impatient")
    stack.create(template({"Handle": HANDLE}))
    assert stack.update(waiting()) == "UPDATE_IN_PROGRESS"
    stack.client.cancel_update_stack(StackName=stack.id)
    assert stack.ended() == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.resources() == {"Handle": "CREATE_COMPLETE"}


def test_stack_that_waits_can_be_deleted(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "given-up")
    stack.create(waiting())
    assert stack.delete() == "DELETE_COMPLETE"


def test_what_is_no_signal_is_refused(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "strict")
    stack.create(template({"Handle": HANDLE, "Other": topic()}))
    url = stack.physical("Handle")
    assert send(url, Status="MAYBE") == 400
    assert send(url, UniqueId="") == 400
    assert send(url, Data="x" * 5000) == 400
    assert send(url[:-1]) == 403
    assert send(url.replace("/Handle/", "/Other/")) == 403
    assert send(url, method="POST") == 403


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Timeout": "no"}, "is no number from 0 to 43200"),
        ({"Timeout": {"Ref": "AWS::NoValue"}}, "needs a Timeout"),
        ({"Handle": "https://example.com"}, "is no WaitConditionHandle of the same stack"),
    ],
)
def test_conditions_that_cannot_wait(cloud: RunningCloud, changes: dict[str, Any], said: str) -> None:
    stack = Stack(cloud, f"wrong-{len(said)}")
    assert stack.create(waiting(**changes)) == "ROLLBACK_COMPLETE"
    assert said in stack.reasons("CREATE_FAILED")[0]


def test_condition_that_is_there_cannot_be_changed(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "fixed")
    stack.create(waiting())
    send(stack.physical("Handle"))
    assert stack.ended() == "CREATE_COMPLETE"
    assert stack.update(waiting(Count=3)) == "UPDATE_ROLLBACK_COMPLETE"
    assert "is not supported" in stack.reasons("UPDATE_FAILED")[0]
