"""CloudFormation's recorded answers, and stacks that are quickly made to be compared with them.

Where a recording used ``AWS::SSM::Parameter``, a topic stands for it here.
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import RunningCloud, recorded
from tests.wire.answers import answered, equal

PATIENCE = {"Delay": 0.01, "MaxAttempts": 12_000}
TOPIC = {"Type": "AWS::SNS::Topic"}
SIMPLE = json.dumps({"Resources": {"SimpleParam": {**TOPIC, "Properties": {"DisplayName": "test"}}}})


def aws(file: str, name: str) -> Any:
    """A recording, with topics in the place of SSM's parameters."""
    text = json.dumps(recorded(f"cloudformation/{file}.json", name))
    return json.loads(text.replace("AWS::SSM::Parameter", "AWS::SNS::Topic"))


def said(ask: Any, **request: Any) -> str:
    """A refusal as boto3 words it."""
    with pytest.raises(ClientError) as caught:
        ask(**request)
    return str(caught.value).replace(" (reached max retries: 0)", "")


def refusal(cloud: RunningCloud, template: Any, **request: Any) -> Any:
    """What CreateStack answers to a template that it refuses; nothing is made."""
    client = cloud.client("cloudformation")
    text = template if isinstance(template, str) else json.dumps(template)
    answer = answered(client.create_stack, StackName="refused", TemplateBody=text, **request)
    assert "StackId" not in answer, answer
    equal(
        answered(client.describe_stacks, StackName="refused"),
        aws("api/test_stacks", "test_non_existing_stack_message")["Error"],
    )
    return answer


def deploy(client: Any, name: str, template: Any, **request: Any) -> dict[str, Any]:
    text = template if isinstance(template, str) else json.dumps(template)
    client.create_stack(StackName=name, TemplateBody=text, **request)
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=PATIENCE)
    stack: dict[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
    return stack


def delete(client: Any, name: str) -> None:
    client.delete_stack(StackName=name)
    client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=PATIENCE)


def outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


def out(template: dict[str, Any], *values: Any) -> dict[str, Any]:
    return {**template, "Outputs": {f"O{n}": {"Value": value} for n, value in enumerate(values, 1)}}


def showing(text: Any, **sections: Any) -> dict[str, Any]:
    """A topic that shows a text."""
    return {"Resources": {"A": {**TOPIC, "Properties": {"DisplayName": text}}}, **sections}


def change_set(client: Any, stack: str, name: str = "initial", kind: str = "CREATE", body: str = SIMPLE) -> Any:
    return client.create_change_set(StackName=stack, ChangeSetName=name, ChangeSetType=kind, TemplateBody=body)


def execute(client: Any, made: Any, kind: str = "create") -> None:
    client.execute_change_set(ChangeSetName=made["Id"])
    client.get_waiter(f"stack_{kind}_complete").wait(StackName=made["StackId"], WaiterConfig=PATIENCE)
