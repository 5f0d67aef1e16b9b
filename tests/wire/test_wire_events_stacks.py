"""EventBridge resources of CloudFormation: made, changed and taken away with their stack."""

import json
from typing import Any

from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.events_world import arn, bodies, put, queue

DELAYS = {"Delay": 0.01, "MaxAttempts": 12_000}


def deploy(cloud: RunningCloud, name: str, resources: dict[str, Any]) -> dict[str, str]:
    """Make the stack, or change it; physical ids by logical ones."""
    client = cloud.client("cloudformation")
    known = [one["StackName"] for one in client.describe_stacks()["Stacks"]]
    what = "update" if name in known else "create"
    getattr(client, f"{what}_stack")(StackName=name, TemplateBody=json.dumps({"Resources": resources}))
    client.get_waiter(f"stack_{what}_complete").wait(StackName=name, WaiterConfig=DELAYS)
    found = client.describe_stack_resources(StackName=name)["StackResources"]
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}


def remove(cloud: RunningCloud, name: str) -> None:
    client = cloud.client("cloudformation")
    client.delete_stack(StackName=name)
    client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=DELAYS)


def test_a_rule_with_targets(cloud: RunningCloud) -> None:
    events = cloud.client("events")
    url, there = queue(cloud, "stacked")
    _, dead = queue(cloud, "stacked-dead")
    target = {
        "Id": "queue",
        "Arn": there,
        "RetryPolicy": {"MaximumRetryAttempts": "4", "MaximumEventAgeInSeconds": 120},
        "DeadLetterConfig": {"Arn": dead},
        "InputTransformer": {"InputPathsMap": {"kind": "$.detail-type"}, "InputTemplate": '{"kind": <kind>}'},
    }
    properties = {"EventPattern": {"source": ["stacked"]}, "Targets": [target]}
    rule = {"Type": "AWS::Events::Rule", "Properties": properties}
    made = deploy(cloud, "rule", {"Rule": rule})
    name = made["Rule"]
    assert name.startswith("rule-Rule-")
    [shown] = events.list_targets_by_rule(Rule=name)["Targets"]
    assert shown["RetryPolicy"] == {"MaximumRetryAttempts": 4, "MaximumEventAgeInSeconds": 120}
    put(cloud, "stacked")
    assert [json.loads(body) for body in bodies(cloud, url)] == [{"kind": "Order"}]
    changed = {**properties, "State": "DISABLED", "Targets": [{"Id": "other", "Arn": there}]}
    assert deploy(cloud, "rule", {"Rule": {**rule, "Properties": changed}})["Rule"] == name
    assert [one["Id"] for one in events.list_targets_by_rule(Rule=name)["Targets"]] == ["other"]
    assert events.describe_rule(Name=name)["State"] == "DISABLED"
    remove(cloud, "rule")
    assert events.list_rules(NamePrefix=name)["Rules"] == []


def test_a_bus_with_policy_rule_and_archive(cloud: RunningCloud) -> None:
    events = cloud.client("events")
    bus = {"Fn::GetAtt": ["Bus", "Arn"]}
    statement = {"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": bus}
    resources: dict[str, Any] = {
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "stacked", "Description": "one"}},
        "Policy": {
            "Type": "AWS::Events::EventBusPolicy",
            "Properties": {"EventBusName": {"Ref": "Bus"}, "StatementId": "all", "Statement": statement},
        },
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {"Name": "inner", "EventBusName": {"Ref": "Bus"}, "EventPattern": {"source": ["a"]}},
        },
        "Archive": {
            "Type": "AWS::Events::Archive",
            "Properties": {"ArchiveName": "stacked", "SourceArn": bus, "RetentionDays": 3},
        },
    }
    made = deploy(cloud, "bus", resources)
    assert (made["Bus"], made["Rule"], made["Archive"]) == ("stacked", "stacked|inner", "stacked")
    [kept] = json.loads(events.describe_event_bus(Name="stacked")["Policy"])["Statement"]
    assert kept == {**statement, "Sid": "all", "Resource": arn("event-bus/stacked")}
    resources["Bus"]["Properties"]["Description"] = "two"
    resources["Archive"]["Properties"]["RetentionDays"] = 5
    deploy(cloud, "bus", resources)
    assert events.describe_event_bus(Name="stacked")["Description"] == "two"
    assert events.describe_archive(ArchiveName="stacked")["RetentionDays"] == 5
    remove(cloud, "bus")
    assert events.list_event_buses(NamePrefix="stacked")["EventBuses"] == []


def test_a_connection_and_an_api_destination(cloud: RunningCloud) -> None:
    events = cloud.client("events")
    parameters = {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "value"}}
    resources: dict[str, Any] = {
        "Connection": {
            "Type": "AWS::Events::Connection",
            "Properties": {"AuthorizationType": "API_KEY", "AuthParameters": parameters},
        },
        "Destination": {
            "Type": "AWS::Events::ApiDestination",
            "Properties": {
                "ConnectionArn": {"Fn::GetAtt": ["Connection", "Arn"]},
                "InvocationEndpoint": "https://example.com/one",
                "HttpMethod": "POST",
            },
        },
    }
    made = deploy(cloud, "destination", resources)
    prefix = f"arn:aws:events:{REGION}:{ACCOUNT}:connection/{made['Connection']}/"
    shown = events.describe_api_destination(Name=made["Destination"])
    assert shown["ConnectionArn"].startswith(prefix)
    assert (shown["ApiDestinationState"], shown["InvocationRateLimitPerSecond"]) == ("ACTIVE", 300)
    resources["Destination"]["Properties"]["HttpMethod"] = "PUT"
    deploy(cloud, "destination", resources)
    assert events.describe_api_destination(Name=made["Destination"])["HttpMethod"] == "PUT"
    remove(cloud, "destination")
    assert events.list_connections()["Connections"] == []
