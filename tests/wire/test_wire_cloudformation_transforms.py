"""Transforms: what is included from S3, what a declared transform needs, what is refused by name.

Where a recording used ``AWS::SSM::Parameter``, a topic stands for it here.
"""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.conftest import RunningCloud, recorded
from tests.wire.answers import refused
from tests.wire.stacks import Stack, template, topic

from stratolite.services.cloudformation import serverless

BUCKET = "snippets"
AGREED = ["CAPABILITY_AUTO_EXPAND"]
SERVERLESS = "AWS::Serverless-2016-10-31"


@pytest.fixture(scope="module")
def snippet(cloud: RunningCloud) -> Any:
    """Puts a snippet into S3; the transform that includes it."""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=BUCKET)

    def put(key: str, text: str) -> dict[str, Any]:
        s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())
        return {"Name": "AWS::Include", "Parameters": {"Location": f"s3://{BUCKET}/{key}"}}

    return put


def changes(stack: Stack, body: str) -> list[tuple[str, str]]:
    """What a change set would do, and does."""
    name = {"StackName": stack.id, "ChangeSetName": "change"}
    stack.client.create_change_set(**name, TemplateBody=body, Capabilities=AGREED)
    found = stack.client.describe_change_set(**name)["Changes"]
    stack.client.execute_change_set(**name)
    assert stack.ended() == "UPDATE_COMPLETE"
    return [(one["ResourceChange"]["Action"], one["ResourceChange"]["LogicalResourceId"]) for one in found]


@pytest.mark.parametrize("form", ["yml", "json"])
def test_resources_that_are_included(cloud: RunningCloud, snippet: Any, form: str) -> None:
    """Entry test_embedded_fn_transform_include."""
    entry = f"test_embedded_fn_transform_include[{form}]"
    aws = recorded("cloudformation/test_change_set_fn_transform.json", entry)["describe-change-set-2"]["Changes"]
    texts = {
        "yml": "Parameter2:\n  Type: AWS::SNS::Topic\n  Properties:\n    TopicName: included-2\n",
        "json": json.dumps({"Parameter2": topic("included-2-json")}),
    }
    stack = Stack(cloud, f"included-{form}")
    first = topic(f"included-1-{form}")
    stack.create(template({"Parameter": first}))
    body = template({"Parameter": first, "Fn::Transform": snippet(f"resources.{form}", texts[form])})
    expected = [("Add", "Parameter2")]
    if form == "yml":
        expected = [(one["ResourceChange"]["Action"], one["ResourceChange"]["LogicalResourceId"]) for one in aws]
    assert changes(stack, body) == expected


@pytest.mark.parametrize("form", ["yml", "json"])
def test_sections_that_are_included(cloud: RunningCloud, snippet: Any, form: str) -> None:
    """Entry test_global_fn_transform_include."""
    entry = f"test_global_fn_transform_include[{form}]"
    aws = recorded("cloudformation/test_change_set_fn_transform.json", entry)
    assert aws["describe-change-set-2"]["Changes"] == []
    texts = {
        "yml": "Outputs:\n  ParameterRef:\n    Value:\n      Ref: Parameter\n",
        "json": '{"Outputs": {"ParameterRef": {"Value": {"Ref": "Parameter"}}}} ',
    }
    stack = Stack(cloud, f"sections-{form}")
    resources = {"Parameter": topic(f"sections-{form}")}
    stack.create(template(resources))
    assert changes(stack, template(resources, Transform=snippet(f"sections.{form}", texts[form]))) == []
    assert stack.described()["Outputs"][0]["OutputKey"] == "ParameterRef"


def test_properties_that_are_included(cloud: RunningCloud, snippet: Any) -> None:
    """Entry test_transformer_property_level: the location is an expression of a parameter."""
    aws = recorded("cloudformation/api/test_transformers.json", "test_transformer_property_level")
    text = aws["original_template"]["TemplateBody"]
    for old, new in (("AWS::SSM::Parameter", "AWS::SNS::Topic"), ("Description: hello", "DisplayName: hello")):
        text = text.replace(old, new)
    snippet("data.yaml", "TopicName: from_transformation\n")
    text = text.replace("      Type: String\n", "")
    stack = Stack(cloud, "properties")
    name = [{"ParameterKey": "BucketName", "ParameterValue": BUCKET}]
    assert stack.create(text, Parameters=name, Capabilities=AGREED) == "CREATE_COMPLETE"
    ours = stack.client.get_template(StackName=stack.id, TemplateStage="Processed")
    assert ours["StagesAvailable"] == aws["processed_template"]["StagesAvailable"]
    expected = aws["processed_template"]["TemplateBody"]
    expected["Resources"]["MyParameter"] = {
        "Type": "AWS::SNS::Topic",
        "Properties": {"DisplayName": "hello", "TopicName": "from_transformation"},
    }
    assert ours["TemplateBody"] == expected
    assert stack.client.get_template(StackName=stack.id, TemplateStage="Original")["TemplateBody"] == text
    assert stack.physical("MyParameter").endswith(":from_transformation")


def test_what_cannot_be_included(cloud: RunningCloud, snippet: Any) -> None:
    client = cloud.client("cloudformation")
    include = snippet("list.yml", "- a\n")
    nowhere = {"Name": "AWS::Include", "Parameters": {"Location": f"s3://{BUCKET}/nowhere"}}
    elsewhere = {"Name": "AWS::Include", "Parameters": {"Location": "https://example.com/"}}
    same = snippet("same.json", json.dumps({"A": topic()}))
    for one, said in (
        (include, "The specified S3 object's content should be valid Yaml/JSON"),
        (nowhere, "The specified key does not exist."),
        (elsewhere, "The location parameter is not a valid S3 uri."),
        (same, "Duplicate key 'A' in what is included"),
    ):
        body = template({"A": topic(), "Fn::Transform": one})
        answer = refused(client.create_stack, StackName="not-included", TemplateBody=body, Capabilities=AGREED)
        assert answer[:2] == ("ValidationError", f"Transform AWS::Include failed with: {said}")
    # A change set fails, since on AWS its transforms run when it has been accepted.
    name = {"StackName": "not-included", "ChangeSetName": "failed"}
    client.create_change_set(**name, TemplateBody=body, Capabilities=AGREED, ChangeSetType="CREATE")
    found = client.describe_change_set(**name)
    assert (found["Status"], found["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert found["StatusReason"] == "Transform AWS::Include failed with: Duplicate key 'A' in what is included"


def test_what_transforms_need(cloud: RunningCloud, snippet: Any) -> None:
    """Entry test_capabilities_requirements."""
    aws = recorded("cloudformation/test_template_engine.json", "test_capabilities_requirements")["error"]["Error"]
    client = cloud.client("cloudformation")
    body = template({"A": topic()}, Transform=snippet("needs.json", "{}"))
    answer = refused(client.create_stack, StackName="needs", TemplateBody=body)
    assert answer[:2] == (aws["Code"], aws["Message"])
    validated = client.validate_template(TemplateBody=body)
    assert (validated["Capabilities"], validated["DeclaredTransforms"]) == (AGREED, ["AWS::Include"])


def test_a_serverless_template_without_serverless_resources_is_as_it_is(cloud: RunningCloud) -> None:
    """The SAM CLI's own stack, which holds its bucket, is one."""
    stack = Stack(cloud, "sam-managed")
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {"Status": "Enabled"}}}
    body = template({"SamCliSourceBucket": bucket}, Transform=SERVERLESS, Globals={"Function": {"Timeout": 3}})
    name = {"StackName": "sam-managed", "ChangeSetName": "InitialCreation"}
    stack.client.create_change_set(**name, TemplateBody=body, ChangeSetType="CREATE", Capabilities=["CAPABILITY_IAM"])
    stack.client.execute_change_set(**name)
    assert stack.ended() == "CREATE_COMPLETE"
    processed = stack.client.get_template(StackName="sam-managed", TemplateStage="Processed")["TemplateBody"]
    assert processed == {"Resources": {"SamCliSourceBucket": bucket}}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (template({"A": topic()}, Transform="MyMacro"), "The transform MyMacro is not implemented"),
        (template({"A": {**topic(), "Fn::Transform": "MyMacro"}}), "The transform MyMacro is not implemented"),
    ],
)
def test_other_transforms_are_refused_by_name(cloud: RunningCloud, body: str, said: str) -> None:
    client = cloud.client("cloudformation")
    for options in ({"operation": "create_stack"}, {"operation": "create_change_set", "ChangeSetName": "c"}):
        ask = getattr(client, options.pop("operation"))
        kind = {"ChangeSetType": "CREATE"} if options else {}
        code, text, _ = refused(ask, StackName="macros", TemplateBody=body, Capabilities=AGREED, **options, **kind)
        assert (code, said in text) == ("NotImplemented", True), text


def test_other_requests_are_served_while_the_translator_is_loaded(
    cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes more than half a second, once."""
    loads, goes_on = threading.Event(), threading.Event()

    def load() -> None:
        loads.set()
        assert goes_on.wait(30)
        real()

    real = serverless.load
    monkeypatch.setattr(serverless, "_is_loaded", threading.Event())
    monkeypatch.setattr(serverless, "load", load)
    body = template({"Table": {"Type": "AWS::Serverless::SimpleTable"}}, Transform=SERVERLESS)
    stack = Stack(cloud, "first-serverless")
    with ThreadPoolExecutor(1) as deployments:
        made = deployments.submit(stack.create, body, Capabilities=AGREED)
        assert loads.wait(30)
        assert stack.client.list_stacks()["StackSummaries"] is not None
        assert not made.done()
        goes_on.set()
        assert made.result(30) == "CREATE_COMPLETE"
