"""Stacks made and updated by change sets, beside the recorded answers of AWS: what is told before, during and after.

The recordings make a stack from one template and bring it to another, and keep what DescribeChangeSet (with the values
of properties and without), DescribeStacks and DescribeStackEvents say. Where they used ``AWS::SSM::Parameter``, a topic
stands for it here: what is recorded is the engine's.
"""

import json
import re
from typing import Any

import pytest
from tests.conftest import RunningCloud, recorded
from tests.wire import change_replays, expression_replays
from tests.wire.answers import equal
from tests.wire.change_replays import Replay

REPLAYS = [*change_replays.REPLAYS, *expression_replays.REPLAYS]
AS_TOPICS = (
    ('"AWS::SSM::Parameter"', '"AWS::SNS::Topic"'),
    ('"Type": "String", ', ""),
    (', "Type": "String"', ""),
    ('"Value": ', '"DisplayName": '),
    ('"Name": "Value"', '"Name": "DisplayName"'),
    ("/Properties/Value", "/Properties/DisplayName"),
    ('1.Value"', '1.DisplayName"'),
    ('"Description": ', '"KmsMasterKeyId": '),
    ('"Name": "Description"', '"Name": "KmsMasterKeyId"'),
    ("/Properties/Description", "/Properties/KmsMasterKeyId"),
    ('"Name": "parameter-', '"TopicName": "parameter-'),
    ('"Name": "Name"', '"Name": "TopicName"'),
    ("/Properties/Name", "/Properties/TopicName"),
)
PATIENCE = {"Delay": 0.01, "MaxAttempts": 12_000}


def expected(entry: Any) -> Any:
    """A recording, with topics in the place of SSM's parameters."""
    text = json.dumps(entry)
    if "AWS::SSM::Parameter" in text:
        for old, new in AS_TOPICS:
            text = text.replace(old, new)
        # A parameter is known by its name, a topic by its ARN.
        text = re.sub(r'"PhysicalResourceId": "[^"]*"', '"PhysicalResourceId": "<resource>"', text)
    answer = json.loads(text.replace('"url_suffix"', '"amazonaws.com"'))
    if "every Fn::Join object" in answer.get("StatusReason", ""):
        # AWS takes a list that it does not know yet for none, and warns of it. The changes are told all the same.
        del answer["StatusReason"]
    # Told since the end of 2025, for the operation DescribeEvents.
    answer.pop("LastOperations", None)
    for change in answer.get("Changes", []):
        if change["ResourceChange"]["Action"] == "Add":
            # AWS said True of what is added until May 2025, and nothing since.
            change["ResourceChange"].pop("Replacement", None)
    return in_order(answer)


def in_order(answer: Any) -> Any:
    """The details of a change are a set: AWS tells them in no order."""
    for change in answer.get("Changes", []):
        change["ResourceChange"]["Details"].sort(key=lambda one: json.dumps(one, sort_keys=True))
    return answer


class Stack:
    """Makes and updates a stack as the recordings did."""

    def __init__(self, cloud: RunningCloud, account: str, entry: dict[str, Any]) -> None:
        self.client = cloud.client("cloudformation", account=account)
        self.name = "replayed"
        self.entry = entry

    def check(self, name: str, ours: Any) -> None:
        if name in self.entry:
            equal(in_order(ours), expected(self.entry[name]), name)

    def deploy(self, number: int, kind: str, template: dict[str, Any], given: dict[str, str]) -> None:
        made = self.client.create_change_set(
            StackName=self.name,
            ChangeSetName="one-name-for-both",
            ChangeSetType=kind,
            TemplateBody=json.dumps(template),
            Capabilities=self.entry["describe-change-set-1"]["Capabilities"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
        )
        self.check(f"create-change-set-{number}", made)
        for is_valued, suffix in ((True, "-prop-values"), (False, "")):
            ours = self.client.describe_change_set(ChangeSetName=made["Id"], IncludePropertyValues=is_valued)
            self.check(f"describe-change-set-{number}{suffix}", ours)
        self.check(f"execute-change-set-{number}", self.client.execute_change_set(ChangeSetName=made["Id"]))
        self.client.get_waiter(f"stack_{kind.lower()}_complete").wait(StackName=self.name, WaiterConfig=PATIENCE)
        stack = self.client.describe_stacks(StackName=self.name)["Stacks"][0]
        self.check(f"post-create-{number}-describe", stack)
        assert self.client.describe_change_set(ChangeSetName=made["Id"])["ExecutionStatus"] == "EXECUTE_COMPLETE"

    def delete(self) -> str:
        stack_id: str = self.client.describe_stacks(StackName=self.name)["Stacks"][0]["StackId"]
        self.client.delete_stack(StackName=stack_id)
        self.client.get_waiter("stack_delete_complete").wait(StackName=stack_id, WaiterConfig=PATIENCE)
        self.check("delete-describe", self.client.describe_stacks(StackName=stack_id)["Stacks"][0])
        return stack_id

    def events(self, name: str) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self.client.describe_stack_events(StackName=name)["StackEvents"]
        return events


TELLS = ("ResourceStatus", "ResourceStatusReason", "PhysicalResourceId", "ResourceProperties", "EventId")


def told(event: dict[str, Any]) -> dict[str, str]:
    """What an event says, as far as it is the same in every run."""
    said = {key: str(event.get(key, "")) for key in TELLS}
    # A name that was generated is another one in every run.
    physical_id = said["PhysicalResourceId"].rpartition(":")[2]
    is_generated = re.search(r"^stack/|^replayed-|>$", physical_id)
    said["PhysicalResourceId"] = "generated" if is_generated else physical_id
    properties = event.get("ResourceProperties")
    parsed = json.loads(properties) if isinstance(properties, str) else properties
    said["ResourceProperties"] = "" if parsed is None else " ".join(sorted(parsed))
    # ``Topic1-CREATE_COMPLETE-<time>``, ``Topic1-<uuid>`` or a stack's ``<uuid>``.
    said["EventId"] = event["ResourceStatus"] if f"-{event['ResourceStatus']}-" in said["EventId"] else "uuid"
    return said


@pytest.mark.parametrize(
    ("number", "replay"),
    list(enumerate(REPLAYS, 1)),
    ids=[one.name for one in REPLAYS],
)
def test_a_stack_made_and_updated_by_change_sets(cloud: RunningCloud, number: int, replay: Replay) -> None:
    entry = recorded(f"cloudformation/{replay.file}.json", replay.entry)
    stack = Stack(cloud, f"{number:012}", entry)
    stack.deploy(1, "CREATE", replay.first, replay.given_first)
    stack.deploy(2, "UPDATE", replay.second, replay.given_second)
    events = stack.events(stack.name)
    stack_id = stack.delete()
    if any("EventId" in event for one in entry["per-resource-events"].values() for event in one):
        for logical_id, theirs in entry["per-resource-events"].items():
            mine = [e for e in events if e["LogicalResourceId"] == logical_id.replace("<stack-name:1>", stack.name)]
            wanted = json.loads(json.dumps(theirs).replace('"Value": ', '"DisplayName": '))
            assert [told(event) for event in mine] == [told(event) for event in wanted], logical_id
    if "all-events" in entry:
        ours: list[tuple[str, str]] = []
        for event in reversed(stack.events(stack_id)):
            said = (event["LogicalResourceId"], event["ResourceStatus"])
            # What is told of one status twice was kept once.
            if said not in ours[-1:] and "CLEANUP" not in said[1]:
                ours.append(said)
        names = {"<stack-name:1>": stack.name}
        assert ours == [(names.get(who, who), what) for who, what in entry["all-events"]]
