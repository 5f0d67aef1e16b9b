"""What calls functions, made by stacks: event source mappings, URLs, destinations; beside AWS's recordings."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import equal
from tests.wire.stacks import Stack, template

from stratolite.services.lambda_.cfn.inline import zipped

FUNCTIONS = "cloudformation/resources/test_lambda.json"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}"


def function(source: str = "def handler(event, context):\n    return 1\n", **properties: Any) -> dict[str, Any]:
    given = {
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/r",
        "Code": {"ZipFile": source},
    }
    return {"Type": "AWS::Lambda::Function", "Properties": {**given, **properties}}


def mapping(source: Any, **properties: Any) -> dict[str, Any]:
    given = {"EventSourceArn": source, "FunctionName": {"Ref": "Function"}}
    return {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {**given, **properties}}


QUEUE_ARN = {"Fn::GetAtt": ["Queue", "Arn"]}
STREAM_ARN = {"Fn::GetAtt": ["Table", "StreamArn"]}
QUEUE = {"Type": "AWS::SQS::Queue"}
TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
    },
}


# Event source mappings -----------------------------------------------------------------------------------------------


def test_a_queue_as_source(cloud: RunningCloud) -> None:
    """Entry test_cfn_lambda_sqs_source."""
    aws = recorded(FUNCTIONS, "test_cfn_lambda_sqs_source")["get_esm_result"]
    stack = Stack(cloud, "queue-source")
    resources = {"Function": function(), "Queue": QUEUE, "Mapping": mapping(QUEUE_ARN, BatchSize=1)}
    outputs = {
        "Ref": {"Value": {"Ref": "Mapping"}},
        "Id": {"Value": {"Fn::GetAtt": ["Mapping", "Id"]}},
        "Arn": {"Value": {"Fn::GetAtt": ["Mapping", "EventSourceMappingArn"]}},
    }
    assert stack.create(template(resources, Outputs=outputs)) == "CREATE_COMPLETE", stack.told()
    client = cloud.client("lambda")
    uuid = stack.physical("Mapping")
    equal(client.get_event_source_mapping(UUID=uuid), aws)
    values = {one["OutputKey"]: one["OutputValue"] for one in stack.described()["Outputs"]}
    assert values == {"Ref": uuid, "Id": uuid, "Arn": f"{ARN}:event-source-mapping:{uuid}"}
    assert stack.delete() == "DELETE_COMPLETE"
    assert client.list_event_source_mappings()["EventSourceMappings"] == []


def test_a_table_as_source(cloud: RunningCloud) -> None:
    """Entry test_cfn_lambda_dynamodb_source."""
    aws = recorded(FUNCTIONS, "test_cfn_lambda_dynamodb_source")["get_esm_result"]
    stack = Stack(cloud, "table-source")
    wanted = mapping(STREAM_ARN, BatchSize=1, StartingPosition="TRIM_HORIZON")
    resources = {"Function": function(), "Table": TABLE, "Mapping": wanted}
    assert stack.create(template(resources)) == "CREATE_COMPLETE", stack.told()
    equal(cloud.client("lambda").get_event_source_mapping(UUID=stack.physical("Mapping")), aws)
    assert stack.delete() == "DELETE_COMPLETE"


def test_another_filter_is_an_update(cloud: RunningCloud) -> None:
    """Entry test_lambda_w_dynamodb_event_filter_update."""
    aws = recorded(FUNCTIONS, "test_lambda_w_dynamodb_event_filter_update")
    stack = Stack(cloud, "filtered-source")

    def resources(name: str) -> str:
        pattern = json.dumps({"eventName": [name]})
        filtered = mapping(
            STREAM_ARN,
            BatchSize=1,
            StartingPosition="TRIM_HORIZON",
            FilterCriteria={"Filters": [{"Pattern": pattern}]},
        )
        return template({"Function": function(), "Table": TABLE, "Mapping": filtered})

    client = cloud.client("lambda")
    assert stack.create(resources("DELETE")) == "CREATE_COMPLETE", stack.told()
    uuid = stack.physical("Mapping")
    equal(client.get_event_source_mapping(UUID=uuid), aws["source_mappings"]["EventSourceMappings"][0])
    assert stack.update(resources("MODIFY")) == "UPDATE_COMPLETE", stack.told()
    assert stack.physical("Mapping") == uuid
    equal(client.get_event_source_mapping(UUID=uuid), aws["updated_source_mappings"]["EventSourceMappings"][0])
    assert stack.delete() == "DELETE_COMPLETE"


def test_a_mapping_bears_tags(cloud: RunningCloud) -> None:
    """Entry test_adding_tags."""
    aws = recorded("lambda_/event_source_mapping/test_cfn_resource.json", "test_adding_tags")
    stack = Stack(cloud, "tagged-source")
    tagged = mapping(QUEUE_ARN, Tags=[{"Key": "my", "Value": "tag"}])
    resources = {"Function": function(), "Queue": QUEUE, "EventSourceMapping": tagged}
    assert stack.create(template(resources)) == "CREATE_COMPLETE", stack.told()
    client = cloud.client("lambda")
    arn = f"{ARN}:event-source-mapping:{stack.physical('EventSourceMapping')}"
    equal(client.list_tags(Resource=arn), aws["event-source-mapping-tags"])
    tagged["Properties"]["Tags"] = [{"Key": "your", "Value": "tag"}]
    assert stack.update(template(resources)) == "UPDATE_COMPLETE", stack.told()
    own = {key: value for key, value in client.list_tags(Resource=arn)["Tags"].items() if not key.startswith("aws:")}
    assert own == {"your": "tag"}
    assert stack.delete() == "DELETE_COMPLETE"


def test_what_leaves_the_template_goes_back_to_its_default(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "settled-source")
    settings = {
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 5,
        "Enabled": False,
        "FilterCriteria": {"Filters": [{"Pattern": '{"body": ["x"]}'}]},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 5},
    }
    resources = {"Function": function(), "Queue": QUEUE, "Mapping": mapping(QUEUE_ARN, **settings)}
    client = cloud.client("lambda")
    assert stack.create(template(resources)) == "CREATE_COMPLETE", stack.told()
    uuid = stack.physical("Mapping")
    shown = client.get_event_source_mapping(UUID=uuid)
    assert shown["State"] == "Disabled"
    del settings["Enabled"]
    assert {name: shown[name] for name in settings} == settings
    assert stack.update(template({**resources, "Mapping": mapping(QUEUE_ARN)})) == "UPDATE_COMPLETE", stack.told()
    shown = client.get_event_source_mapping(UUID=uuid)
    assert (shown["State"], shown["BatchSize"], shown["MaximumBatchingWindowInSeconds"]) == ("Enabled", 10, 0)
    assert shown["FunctionResponseTypes"] == []
    assert "FilterCriteria" not in shown
    assert not shown.get("ScalingConfig")
    assert stack.delete() == "DELETE_COMPLETE"


def test_another_source_is_another_mapping(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "moved-source")
    resources = {"Function": function(), "Queue": QUEUE, "Other": QUEUE, "Mapping": mapping(QUEUE_ARN)}
    assert stack.create(template(resources)) == "CREATE_COMPLETE"
    before = stack.physical("Mapping")
    moved = {**resources, "Mapping": mapping({"Fn::GetAtt": ["Other", "Arn"]})}
    assert stack.update(template(moved)) == "UPDATE_COMPLETE"
    assert stack.physical("Mapping") != before
    listed = cloud.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert [one["UUID"] for one in listed] == [stack.physical("Mapping")]
    assert stack.delete() == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    ("arn", "service"),
    [
        (f"arn:aws:kafka:{REGION}:{ACCOUNT}:cluster/c/1", "kafka"),
        (f"arn:aws:mq:{REGION}:{ACCOUNT}:broker:b:1", "mq"),
    ],
)
def test_other_sources_are_refused_by_name(cloud: RunningCloud, arn: str, service: str) -> None:
    client = cloud.client("cloudformation")
    body = template({"Function": function(), "Mapping": mapping(arn)})
    with pytest.raises(client.exceptions.ClientError, match=f"Event source mappings of {service} are not implemented"):
        client.create_stack(StackName="other-source", TemplateBody=body)


@pytest.mark.parametrize("name", ["SelfManagedEventSource", "Topics", "ProvisionedPollerConfig"])
def test_settings_of_other_sources_are_refused_by_name(cloud: RunningCloud, name: str) -> None:
    client = cloud.client("cloudformation")
    values = {"SelfManagedEventSource": {}, "Topics": ["t"], "ProvisionedPollerConfig": {"MinimumPollers": 1}}
    body = template({"Function": function(), "Queue": QUEUE, "Mapping": mapping(QUEUE_ARN, **{name: values[name]})})
    with pytest.raises(client.exceptions.ClientError, match=f"The property {name} of Mapping .* is not implemented"):
        client.create_stack(StackName="other-settings", TemplateBody=body)


# What becomes of asynchronous invokes --------------------------------------------------------------------------------


def test_settings_of_asynchronous_invokes(cloud: RunningCloud) -> None:
    """Entry test_event_invoke_config."""
    aws = recorded(FUNCTIONS, "test_event_invoke_config")["event_invoke_config"]
    stack = Stack(cloud, "async-settings")
    properties: dict[str, Any] = {
        "FunctionName": {"Ref": "Function"},
        "Qualifier": "$LATEST",
        "MaximumEventAgeInSeconds": 300,
        "MaximumRetryAttempts": 1,
    }
    config = {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": properties}
    assert stack.create(template({"Function": function(), "Config": config})) == "CREATE_COMPLETE"
    client, name = cloud.client("lambda"), stack.physical("Function")
    equal(client.get_function_event_invoke_config(FunctionName=name), aws)
    properties["DestinationConfig"] = {"OnSuccess": {"Destination": QUEUE_ARN}}
    del properties["MaximumEventAgeInSeconds"]
    resources = {"Function": function(), "Config": config, "Queue": QUEUE}
    assert stack.update(template(resources)) == "UPDATE_COMPLETE", stack.told()
    found = client.get_function_event_invoke_config(FunctionName=name)
    assert found["DestinationConfig"]["OnSuccess"]["Destination"].startswith(f"arn:aws:sqs:{REGION}")
    assert "MaximumEventAgeInSeconds" not in found
    client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"a": 1}')
    cloud.drain()
    url = stack.physical("Queue")
    record = json.loads(cloud.client("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"])
    assert (record["requestPayload"], record["responsePayload"]) == ({"a": 1}, 1)
    assert stack.delete() == "DELETE_COMPLETE"


def test_a_function_named_otherwise_keeps_its_settings(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "named-otherwise")

    def body(name: Any) -> str:
        properties = {"FunctionName": name, "Qualifier": "$LATEST", "MaximumRetryAttempts": 1}
        config = {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": properties}
        return template({"Function": function(), "Config": config})

    assert stack.create(body({"Ref": "Function"})) == "CREATE_COMPLETE"
    name = stack.physical("Function")
    assert stack.physical("Config") == f"{name}|$LATEST"
    assert stack.update(body({"Fn::GetAtt": ["Function", "Arn"]})) == "UPDATE_COMPLETE"
    assert cloud.client("lambda").get_function_event_invoke_config(FunctionName=name)["MaximumRetryAttempts"] == 1


def test_dead_letters(cloud: RunningCloud) -> None:
    """Entry test_lambda_cfn_dead_letter_config_async_invocation."""
    aws = recorded(FUNCTIONS, "test_lambda_cfn_dead_letter_config_async_invocation")["failed-async-lambda"]
    stack = Stack(cloud, "dead-letters")
    failing = function(
        "def handler(event, context):\n    raise ValueError('no')\n", DeadLetterConfig={"TargetArn": QUEUE_ARN}
    )
    retries = {
        "Type": "AWS::Lambda::EventInvokeConfig",
        "Properties": {"FunctionName": {"Ref": "Function"}, "Qualifier": "$LATEST", "MaximumRetryAttempts": 0},
    }
    assert stack.create(template({"Function": failing, "Queue": QUEUE, "Retries": retries})) == "CREATE_COMPLETE"
    client = cloud.client("lambda")
    client.invoke(FunctionName=stack.physical("Function"), InvocationType="Event", Payload=b"{}")
    cloud.drain()
    found = cloud.client("sqs").receive_message(QueueUrl=stack.physical("Queue"))
    equal(found["Messages"], aws["Messages"])


def test_recursive_loops(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "recursive")
    client = cloud.client("lambda")
    assert stack.create(template({"Function": function(RecursiveLoop="Allow")})) == "CREATE_COMPLETE"
    name = stack.physical("Function")
    assert client.get_function_recursion_config(FunctionName=name)["RecursiveLoop"] == "Allow"
    assert stack.update(template({"Function": function()})) == "UPDATE_COMPLETE"
    assert client.get_function_recursion_config(FunctionName=name)["RecursiveLoop"] == "Terminate"


def test_when_runtimes_are_replaced(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "runtimes")
    client = cloud.client("lambda")
    policied = version()
    policied["Properties"]["RuntimePolicy"] = {"UpdateRuntimeOn": "FunctionUpdate"}
    managed = function(RuntimeManagementConfig={"UpdateRuntimeOn": "FunctionUpdate"})
    assert stack.create(template({"Function": managed, "Version": policied})) == "CREATE_COMPLETE", stack.told()
    name = stack.physical("Function")

    def chosen(**qualifier: str) -> str:
        return str(client.get_runtime_management_config(FunctionName=name, **qualifier)["UpdateRuntimeOn"])

    assert (chosen(), chosen(Qualifier="1")) == ("FunctionUpdate", "FunctionUpdate")
    assert stack.update(template({"Function": function(), "Version": policied})) == "UPDATE_COMPLETE"
    assert (chosen(), chosen(Qualifier="1")) == ("Auto", "FunctionUpdate")


def test_code_signing_is_refused_by_name(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation")
    config = {
        "Type": "AWS::Lambda::CodeSigningConfig",
        "Properties": {"AllowedPublishers": {"SigningProfileVersionArns": ["arn"]}},
    }
    with pytest.raises(client.exceptions.ClientError, match="AWS::Lambda::CodeSigningConfig"):
        client.create_stack(StackName="signed", TemplateBody=template({"Config": config}))


# URLs ----------------------------------------------------------------------------------------------------------------


def url(target: Any, **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": target, "AuthType": "NONE", **properties}}


ANYBODY = {
    "Type": "AWS::Lambda::Permission",
    "Properties": {
        "FunctionName": {"Ref": "Function"},
        "Action": "lambda:InvokeFunctionUrl",
        "Principal": "*",
        "FunctionUrlAuthType": "NONE",
    },
}


def test_a_url(cloud: RunningCloud) -> None:
    """Entry test_cfn_function_url."""
    aws = recorded(FUNCTIONS, "test_cfn_function_url")
    stack = Stack(cloud, "with-url")
    resources = {"Function": function(), "Url": url({"Ref": "Function"}), "Permission": ANYBODY}
    outputs = {
        "Ref": {"Value": {"Ref": "Url"}},
        "Arn": {"Value": {"Fn::GetAtt": ["Url", "FunctionArn"]}},
        "Url": {"Value": {"Fn::GetAtt": ["Url", "FunctionUrl"]}},
    }
    assert stack.create(template(resources, Outputs=outputs)) == "CREATE_COMPLETE", stack.told()
    client, name = cloud.client("lambda"), stack.physical("Function")
    detail = stack.client.describe_stack_resource(StackName=stack.id, LogicalResourceId="Url")["StackResourceDetail"]
    equal(detail, aws["url_resource"]["StackResourceDetail"])
    shown = client.get_function_url_config(FunctionName=name)
    equal(shown, aws["url_config"])
    values = {one["OutputKey"]: one["OutputValue"] for one in stack.described()["Outputs"]}
    arn = f"{ARN}:function:{name}"
    assert values == {"Ref": arn, "Arn": arn, "Url": shown["FunctionUrl"]}
    assert answered_at(cloud, shown["FunctionUrl"]) == "1"
    cors = {"AllowOrigins": ["https://x.example"], "AllowMethods": ["GET"], "MaxAge": 5}
    changed = {
        **resources,
        "Url": url({"Ref": "Function"}, AuthType="AWS_IAM", Cors=cors, InvokeMode="RESPONSE_STREAM"),
    }
    assert stack.update(template(changed, Outputs=outputs)) == "UPDATE_COMPLETE", stack.told()
    after = client.get_function_url_config(FunctionName=name)
    assert (after["AuthType"], after["Cors"], after["InvokeMode"]) == ("AWS_IAM", cors, "RESPONSE_STREAM")
    assert after["FunctionUrl"] == shown["FunctionUrl"]
    assert stack.update(template(resources, Outputs=outputs)) == "UPDATE_COMPLETE", stack.told()
    again = client.get_function_url_config(FunctionName=name)
    assert (again["AuthType"], again.get("Cors"), again["InvokeMode"]) == ("NONE", None, "BUFFERED")
    assert stack.delete() == "DELETE_COMPLETE"


def answered_at(cloud: RunningCloud, address: str) -> str:
    """What a function URL answers here."""
    url_id = address.removeprefix("https://").partition(".")[0]
    with urllib.request.urlopen(f"{cloud.app_endpoint}/_aws/lambda-url/{url_id}/", timeout=180) as response:
        return str(response.read().decode())


def test_a_url_of_an_alias(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "aliased-url")
    alias = {
        "Type": "AWS::Lambda::Alias",
        "Properties": {"FunctionName": {"Ref": "Function"}, "FunctionVersion": "$LATEST", "Name": "live"},
    }
    resources = {
        "Function": function(),
        "Alias": alias,
        "Url": {**url({"Ref": "Function"}, Qualifier="live"), "DependsOn": "Alias"},
    }
    assert stack.create(template(resources)) == "CREATE_COMPLETE", stack.told()
    assert stack.physical("Url") == f"{ARN}:function:{stack.physical('Function')}:live"
    assert stack.delete() == "DELETE_COMPLETE"


# Provisioned concurrency ----------------------------------------------------------------------------------------------

TELLING = "import os\ndef handler(event, context):\n    return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n"


def version(count: int = 0) -> dict[str, Any]:
    properties: dict[str, Any] = {"FunctionName": {"Ref": "Function"}, "Description": "test description"}
    if count:
        properties["ProvisionedConcurrencyConfig"] = {"ProvisionedConcurrentExecutions": count}
    return {"Type": "AWS::Lambda::Version", "Properties": properties}


def alias(count: int = 0, weights: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "FunctionName": {"Ref": "Function"},
        "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]},
        "Name": "live",
    }
    if count:
        properties["ProvisionedConcurrencyConfig"] = {"ProvisionedConcurrentExecutions": count}
    if weights:
        properties["RoutingConfig"] = {"AdditionalVersionWeights": weights}
    return {"Type": "AWS::Lambda::Alias", "Properties": properties}


def test_a_version_has_environments_ready(cloud: RunningCloud) -> None:
    """Entry test_lambda_version_provisioned_concurrency."""
    aws = recorded(FUNCTIONS, "test_lambda_version_provisioned_concurrency")
    stack = Stack(cloud, "provisioned-version")
    assert stack.create(template({"Function": function(TELLING), "Version": version(1)})) == "CREATE_COMPLETE"
    client, name = cloud.client("lambda"), stack.physical("Function")
    config = client.get_provisioned_concurrency_config(FunctionName=name, Qualifier="1")
    equal(config, aws["provisioned_concurrency_config"])
    answer = client.invoke(FunctionName=name, Qualifier="1")
    assert json.load(answer["Payload"]) == aws["invoke_result"]["Payload"]["initialization_type"]
    assert answer["ExecutedVersion"] == aws["invoke_result"]["ExecutedVersion"]
    assert stack.delete() == "DELETE_COMPLETE"


def test_a_stack_is_made_when_its_environments_are_ready(tmp_path: Path) -> None:
    """The waiter looks at the stack alone: nobody drains the cloud."""
    cloud = RunningCloud(tmp_path / "data").start()
    stacks, client = cloud.client("cloudformation"), cloud.client("lambda")
    slow = f"import time\ntime.sleep(0.5)\n{TELLING}"
    body = template({"Function": function(slow, FunctionName="slow"), "Version": version(2)})
    stacks.create_stack(StackName="slow", TemplateBody=body)
    waiting = {"Delay": 0.02, "MaxAttempts": 1000}
    stacks.get_waiter("stack_create_complete").wait(StackName="slow", WaiterConfig=waiting)
    assert client.get_provisioned_concurrency_config(FunctionName="slow", Qualifier="1")["Status"] == "READY"
    assert json.load(client.invoke(FunctionName="slow", Qualifier="1")["Payload"]) == "provisioned-concurrency"
    cloud.stop()


def test_a_stack_whose_environments_cannot_be_made_is_taken_back(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "unprovided")
    broken = "raise RuntimeError('no')\n"
    resources = {"Function": function(broken), "Version": version(1)}
    assert stack.create(template(resources)) == "ROLLBACK_COMPLETE"
    assert stack.reasons("CREATE_FAILED") == [
        "Provisioned Concurrency configuration failed to be applied. Reason: FUNCTION_ERROR_INIT_FAILURE"
    ]
    other = Stack(cloud, "once-provided")
    resources = {"Function": function(broken), "Version": version()}
    assert other.create(template({**resources, "Alias": alias()})) == "CREATE_COMPLETE"
    assert other.update(template({**resources, "Alias": alias(1)})) == "UPDATE_ROLLBACK_COMPLETE"
    assert other.reasons("UPDATE_FAILED")[0].endswith("Reason: FUNCTION_ERROR_INIT_FAILURE")
    configs = cloud.client("lambda").list_provisioned_concurrency_configs(FunctionName=other.physical("Function"))
    assert configs["ProvisionedConcurrencyConfigs"] == []
    assert other.delete() == "DELETE_COMPLETE"


def test_an_alias_has_environments_ready_as_long_as_the_template_says(cloud: RunningCloud) -> None:
    """Entry test_lambda_alias."""
    aws = recorded(FUNCTIONS, "test_lambda_alias")
    stack = Stack(cloud, "provisioned-alias")
    resources = {"Function": function(TELLING), "Version": version()}
    client = cloud.client("lambda")

    def requested() -> int:
        listed = client.list_provisioned_concurrency_configs(FunctionName=stack.physical("Function"))
        configs = listed["ProvisionedConcurrencyConfigs"]
        return int(configs[0]["RequestedProvisionedConcurrentExecutions"]) if configs else 0

    assert stack.create(template({**resources, "Alias": alias(1)})) == "CREATE_COMPLETE", stack.told()
    name = stack.physical("Function")
    config = client.get_provisioned_concurrency_config(FunctionName=name, Qualifier="live")
    equal(config, aws["provisioned_concurrency_config"])
    assert stack.update(template({**resources, "Alias": alias(2)})) == "UPDATE_COMPLETE"
    assert requested() == 2
    assert stack.update(template({**resources, "Alias": alias()})) == "UPDATE_COMPLETE"
    assert requested() == 0
    assert stack.delete() == "DELETE_COMPLETE"


def test_an_alias_of_two_versions(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "weighted-alias")
    resources = {"Function": function(), "Version": version()}
    assert stack.create(template({**resources, "Alias": alias()})) == "CREATE_COMPLETE"
    client, name = cloud.client("lambda"), stack.physical("Function")
    client.update_function_code(FunctionName=name, ZipFile=zipped(TELLING, "python3.12"))
    client.publish_version(FunctionName=name)
    weights = [{"FunctionVersion": "2", "FunctionWeight": 0.25}]
    assert stack.update(template({**resources, "Alias": alias(weights=weights)})) == "UPDATE_COMPLETE", stack.told()
    shown = client.get_alias(FunctionName=name, Name="live")
    assert shown["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.25}}
    assert stack.delete() == "DELETE_COMPLETE"


# Layers ------------------------------------------------------------------------------------------------------------


def test_a_layer_and_who_may_use_it(cloud: RunningCloud) -> None:
    """Entry test_lambda_layer_crud."""
    aws = recorded(FUNCTIONS, "test_lambda_layer_crud")["cfn-output"]
    bucket, client = "layers-of-stacks", cloud.client("lambda")
    cloud.client("s3").create_bucket(Bucket=bucket)
    cloud.client("s3").put_object(Bucket=bucket, Key="layer.zip", Body=zipped("x = 1\n", "python3.12"))
    content = {"S3Bucket": bucket, "S3Key": "layer.zip"}
    permission: dict[str, Any] = {
        "Type": "AWS::Lambda::LayerVersionPermission",
        "Properties": {
            "LayerVersionArn": {"Ref": "Layer"},
            "Action": "lambda:GetLayerVersion",
            "Principal": "210987654321",
        },
    }
    layer = {"Type": "AWS::Lambda::LayerVersion", "Properties": {"LayerName": "of-a-stack", "Content": content}}
    resources = {
        "Layer": layer,
        "Permission": permission,
        "Function": function(FunctionName="layered", Layers=[{"Ref": "Layer"}]),
    }
    outputs = {
        "LambdaName": {"Value": {"Ref": "Function"}},
        "LambdaArn": {"Value": {"Fn::GetAtt": ["Function", "Arn"]}},
        "LayerVersionRef": {"Value": {"Ref": "Layer"}},
        "LayerVersionArn": {"Value": {"Fn::GetAtt": ["Layer", "LayerVersionArn"]}},
    }
    stack = Stack(cloud, "layered")
    assert stack.create(template(resources, Outputs=outputs)) == "CREATE_COMPLETE", stack.told()
    equal({one["OutputKey"]: one["OutputValue"] for one in stack.described()["Outputs"]}, aws)
    (statement,) = json.loads(client.get_layer_version_policy(LayerName="of-a-stack", VersionNumber=1)["Policy"])[
        "Statement"
    ]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::210987654321:root"}
    assert stack.physical("Permission") == f"{ARN}:layer:of-a-stack:1#{statement['Sid']}"
    permission["Properties"]["Principal"] = "*"
    assert stack.update(template(resources, Outputs=outputs)) == "UPDATE_COMPLETE", stack.told()
    (statement,) = json.loads(client.get_layer_version_policy(LayerName="of-a-stack", VersionNumber=1)["Policy"])[
        "Statement"
    ]
    assert statement["Principal"] == "*"
    assert stack.delete() == "DELETE_COMPLETE"
    assert client.list_layer_versions(LayerName="of-a-stack")["LayerVersions"] == []
