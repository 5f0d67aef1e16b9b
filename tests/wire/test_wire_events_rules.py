"""Buses, rules, targets, tags and permissions over the wire, beside what AWS answered."""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.events_world import PATTERN, arn, refused, settled

ANSWERS = "events/test_events.json"
TAGS = "events/test_events_tags.json"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue"


@pytest.fixture(scope="module")
def events(cloud: RunningCloud) -> Any:
    return cloud.client("events")


def told(answer: dict[str, Any], name: str, **values: str) -> str:
    """The recorded text of an error, with the names of this run."""
    text = str(answer[name]["Error"]["Message"])
    for placeholder, value in values.items():
        text = text.replace(f"<{placeholder.replace('_', '-')}>", value).replace(f"<{placeholder}>", value)
    return text


def test_buses_are_made_listed_and_deleted(events: Any) -> None:
    answer = recorded(ANSWERS, "test_create_list_describe_delete_custom_event_buses[True-regions0]")
    made = events.create_event_bus(Name="made", Description="test bus")
    assert settled(made) == {"EventBusArn": arn("event-bus/made"), "Description": "test bus"}
    assert set(made) == set(answer["create-custom-event-bus-us-east-1"])
    assert set(events.describe_event_bus(Name="made")) == set(answer["describe-custom-event-bus-us-east-1"])
    [listed] = events.list_event_buses(NamePrefix="made")["EventBuses"]
    assert set(listed) == set(answer["list-event-buses-after-create-us-east-1"]["EventBuses"][0])
    events.delete_event_bus(Name="made")
    assert events.list_event_buses(NamePrefix="made")["EventBuses"] == []


def test_a_bus_keeps_settings_that_nothing_here_needs(events: Any) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html: a bus's dead-letter
    queue is for events that a key could not encrypt."""
    kept = {
        "KmsKeyIdentifier": "alias/kept",
        "DeadLetterConfig": {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"},
        "LogConfig": {"IncludeDetail": "NONE", "Level": "OFF"},
    }
    made = events.create_event_bus(Name="kept", **kept)
    assert settled(made) == {"EventBusArn": arn("event-bus/kept"), **kept}
    assert settled(events.describe_event_bus(Name="kept")).items() >= kept.items()
    changed = events.update_event_bus(Name="kept", KmsKeyIdentifier="")
    assert settled(changed).keys() == {"Arn", "Name", "DeadLetterConfig", "LogConfig"}
    assert "KmsKeyIdentifier" not in events.describe_event_bus(Name="kept")
    error = refused(events.update_event_bus, Name="kept", LogConfig={"Level": "INFO"})
    assert error["Code"] == "NotImplemented" and "LogConfig" in error["Message"]


def test_what_is_no_bus(events: Any) -> None:
    events.create_event_bus(Name="twice")
    answer = recorded(ANSWERS, "test_create_multiple_event_buses_same_name")
    error = refused(events.create_event_bus, Name="twice")
    assert error["Code"] == "ResourceAlreadyExistsException"
    assert error["Message"] == told(answer, "create-multiple-event-buses-same-name", bus_name="twice")
    answer = recorded(ANSWERS, "test_describe_delete_not_existing_event_bus")
    error = refused(events.describe_event_bus, Name="absent")
    assert error["Message"] == told(answer, "describe-not-existing-event-bus-error", bus_name="absent")
    error = refused(events.delete_event_bus, Name="absent")
    assert error["Message"] == told(answer, "delete-not-existing-event-bus", bus_name="absent")
    answer = recorded(ANSWERS, "test_delete_default_event_bus")
    error = refused(events.delete_event_bus, Name="default")
    assert error["Message"] == told(answer, "delete-default-event-bus-error")


def test_the_default_bus_is_always_there_and_pages_end(cloud: RunningCloud) -> None:
    """aws-answers: test_list_event_buses_with_limit."""
    events = cloud.client("events", region="eu-west-1")
    assert [bus["Name"] for bus in events.list_event_buses()["EventBuses"]] == ["default"]
    for number in range(6):
        events.create_event_bus(Name=f"page-{number}")
    first = events.list_event_buses(NamePrefix="page-", Limit=3)
    second = events.list_event_buses(NamePrefix="page-", Limit=3, NextToken=first["NextToken"])
    names = [bus["Name"] for page in (first, second) for bus in page["EventBuses"]]
    assert names == [f"page-{number}" for number in range(6)]
    assert "NextToken" not in second


@pytest.mark.parametrize("bus", ["default", "custom"])
def test_rules_are_put_shown_and_deleted(events: Any, bus: str) -> None:
    answer = recorded(ANSWERS, f"test_put_list_with_prefix_describe_delete_rule[{bus}]")
    if bus == "custom":
        events.create_event_bus(Name=bus)
    name = f"shown-{bus}"
    made = events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(PATTERN))
    assert made["RuleArn"] == arn(f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}")
    described = events.describe_rule(Name=name, EventBusName=bus)
    assert set(described) == set(answer["describe-rule"])
    assert described["State"] == "ENABLED" and json.loads(described["EventPattern"]) == PATTERN
    [listed] = events.list_rules(NamePrefix=name, EventBusName=bus)["Rules"]
    assert set(listed) == set(answer["list-rules"]["Rules"][0])
    events.disable_rule(Name=name, EventBusName=bus)
    assert events.describe_rule(Name=name, EventBusName=bus)["State"] == "DISABLED"
    events.enable_rule(Name=name, EventBusName=bus)
    assert events.describe_rule(Name=name, EventBusName=bus)["State"] == "ENABLED"
    events.delete_rule(Name=name, EventBusName=bus)
    events.delete_rule(Name=name, EventBusName=bus)
    assert events.list_rules(NamePrefix=name, EventBusName=bus)["Rules"] == []


def test_what_is_no_rule(events: Any) -> None:
    answer = recorded(ANSWERS, "test_describe_nonexistent_rule")
    error = refused(events.describe_rule, Name="absent")
    assert error["Message"] == told(answer, "describe-not-existing-rule-error", rule_name="absent")
    answer = recorded("events/test_events_schedule.json", "tests_put_rule_with_schedule_custom_event_bus")
    events.create_event_bus(Name="unscheduled")
    error = refused(events.put_rule, Name="x", EventBusName="unscheduled", ScheduleExpression="rate(1 minute)")
    assert error["Message"] == told(answer, "put-rule-with-custom-event-bus-error")


@pytest.mark.parametrize(
    "expression",
    ["cron(INVALID)", "cron(0 dummy ? * MON-FRI *)", "cron(7 20 * * NOT *)", "cron(71 8 1 * ? *)", "cron(0 1 * * * *)"],
)
def test_what_is_no_schedule(events: Any, expression: str) -> None:
    answer = recorded("events/test_events_schedule.json", f"tests_put_rule_with_invalid_schedule_cron[{expression}]")
    error = refused(events.put_rule, Name="no-schedule", ScheduleExpression=expression)
    assert error["Code"] == answer["invalid-put-rule"]["Error"]["Code"]
    assert error["Message"] == answer["invalid-put-rule"]["Error"]["Message"]


def test_what_is_no_pattern(events: Any) -> None:
    """aws-answers: events/test_events_patterns.json, string_nolist_EXC."""
    answer = recorded("events/test_events_patterns.json", "test_event_pattern[string_nolist_EXC]")
    wanted = answer["string_nolist_EXC"]["exception_message"]["Error"]
    source = '{"string": "my-value"}'
    for call, request in (
        (events.put_rule, {"Name": "no-pattern", "EventPattern": source}),
        (events.test_event_pattern, {"EventPattern": source, "Event": "{}"}),
    ):
        error = refused(call, **request)
        assert (error["Code"], error["Message"]) == (wanted["Code"], wanted["MessageRaw"])


@pytest.mark.parametrize("event", ["plain string", '["an", "array"]', '"text"'])
def test_what_is_no_event(events: Any, event: str) -> None:
    answer = recorded("events/test_events_patterns.json", "test_plain_string_payload")
    error = refused(events.test_event_pattern, EventPattern='{"source": ["a"]}', Event=event)
    assert error["Message"] == told(answer, "plain-string-payload-exc")


def test_patterns_are_tested(events: Any) -> None:
    """aws-answers: test_event_pattern_source."""
    event = json.dumps({"source": "order", "detail": {"state": "open"}})
    assert events.test_event_pattern(EventPattern='{"source": ["order"]}', Event=event)["Result"] is True
    assert events.test_event_pattern(EventPattern='{"source": ["shop"]}', Event=event)["Result"] is False


# Targets ----------------------------------------------------------------------------------------------------


def test_targets_are_put_listed_and_removed(events: Any) -> None:
    answer = recorded(ANSWERS, "test_put_list_remove_target[default]")
    events.put_rule(Name="targets", EventPattern=json.dumps(PATTERN))
    made = events.put_targets(Rule="targets", Targets=[{"Id": "one", "Arn": QUEUE}])
    assert settled(made) == settled(answer["put-target"])
    assert events.list_targets_by_rule(Rule="targets")["Targets"] == [{"Id": "one", "Arn": QUEUE}]
    answer = recorded(ANSWERS, "test_delete_rule_with_targets")
    error = refused(events.delete_rule, Name="targets")
    assert error["Message"] == told(answer, "delete-rule-with-targets-error")
    assert settled(events.remove_targets(Rule="targets", Ids=["one"])) == settled(made)
    assert events.list_targets_by_rule(Rule="targets")["Targets"] == []


def test_targets_have_a_limit(events: Any) -> None:
    answer = recorded(ANSWERS, "test_add_exceed_fife_targets_per_rule")
    events.put_rule(Name="six", EventPattern=json.dumps(PATTERN))
    targets = [{"Id": f"t{number}", "Arn": QUEUE} for number in range(6)]
    error = refused(events.put_targets, Rule="six", Targets=targets)
    assert error["Code"] == "LimitExceededException"
    assert error["Message"] == told(answer, "put-targets-client-error")
    events.put_targets(Rule="six", Targets=targets[:5])
    first = events.list_targets_by_rule(Rule="six", Limit=3)
    second = events.list_targets_by_rule(Rule="six", Limit=3, NextToken=first["NextToken"])
    assert [target["Id"] for page in (first, second) for target in page["Targets"]] == [f"t{n}" for n in range(5)]


def test_what_is_no_target(events: Any) -> None:
    events.put_rule(Name="bad-targets", EventPattern=json.dumps(PATTERN))

    def error(**target: Any) -> str:
        wanted = {"Id": "target", "Arn": QUEUE, **target}
        return str(refused(events.put_targets, Rule="bad-targets", Targets=[wanted])["Message"])

    answer = recorded(ANSWERS, "test_put_target_id_validation")
    assert error(Id="!@#$@!#$") == told(answer, "put-targets-invalid-id-error")
    inputs = "events/test_events_inputs.json"
    answer = recorded(inputs, "test_put_event_input_path_and_input_transformer")
    transformer = {"InputTemplate": '"<notdefinedkey>"'}
    assert error(InputPath="$.detail", InputTransformer=transformer) == told(
        answer, "duplicated-input-operations-error", target_id="target"
    )
    answer = recorded(inputs, "test_put_events_with_input_transformer_missing_keys")
    assert error(InputTransformer=transformer) == told(answer, "missing-key-exception-error", target_id="target")
    formats = [{"Id": "s3", "Arn": "arn:aws:s3:::bucket"}, {"Id": "queue", "Arn": "queue"}]
    told_of_both = refused(events.put_targets, Rule="bad-targets", Targets=formats)["Message"]
    assert told_of_both == error(Arn="queue")
    assert error(Arn="queue") == "Parameter queue is not valid. Reason: Provided Arn is not in correct format."
    assert "SqsParameters must be specified for target: target" in error(Arn=QUEUE + ".fifo")
    machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:machine"
    assert "Targets of the kind states are not implemented" in error(Arn=machine)


def test_rules_are_found_by_target(events: Any) -> None:
    """aws-answers: test_list_rule_names_by_target_with_limit[default]."""
    there = f"arn:aws:sqs:{REGION}:{ACCOUNT}:by-target"
    assert events.list_rule_names_by_target(TargetArn=there)["RuleNames"] == []
    for number in range(3):
        events.put_rule(Name=f"named-{number}", EventPattern=json.dumps(PATTERN))
        events.put_targets(Rule=f"named-{number}", Targets=[{"Id": "one", "Arn": there}])
    first = events.list_rule_names_by_target(TargetArn=there, Limit=2)
    assert first["RuleNames"] == ["named-0", "named-1"]
    second = events.list_rule_names_by_target(TargetArn=there, NextToken=first["NextToken"])
    assert second["RuleNames"] == ["named-2"]


# Tags and permissions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", ["event-bus/default", "event-bus/tagged", "rule/tagged", "rule/ruled/tagged"])
def test_tags(events: Any, resource: str) -> None:
    answer = recorded(TAGS, "tests_tag_untag_resource[event_bus-event_bus_custom]")
    kind, bus, *rule = resource.split("/")
    if kind == "rule" and not rule:
        bus = "default"
    if bus != "default":
        events.create_event_bus(Name=bus)
    if kind == "rule":
        events.put_rule(Name="tagged", EventBusName=bus, EventPattern=json.dumps(PATTERN))
    there = arn(resource)
    pairs = answer["list_tags_for_resource"]["Tags"]
    events.tag_resource(ResourceARN=there, Tags=pairs)
    assert events.list_tags_for_resource(ResourceARN=there)["Tags"] == pairs
    events.untag_resource(ResourceARN=there, TagKeys=["tag2", "absent"])
    assert events.list_tags_for_resource(ResourceARN=there)["Tags"] == answer["list_tags_for_untagged_resource"]["Tags"]


def test_tags_of_what_is_not_there(events: Any) -> None:
    answer = recorded(TAGS, "tests_tag_list_untag_not_existing_resource[not_existing_rule]")
    error = refused(events.list_tags_for_resource, ResourceARN=arn("rule/absent"))
    wanted = told(answer, "list_tags_for_not_existing_resource_error", not_existing_resource_name="absent")
    assert error["Message"] == wanted


@pytest.mark.parametrize("bus", ["default", "permitted"])
def test_permissions(events: Any, bus: str) -> None:
    answer = recorded(ANSWERS, "test_put_permission[custom]")
    if bus != "default":
        events.create_event_bus(Name=bus)
    request = {"EventBusName": bus, "Action": "events:PutEvents", "Principal": ACCOUNT, "StatementId": "one"}
    events.put_permission(**request)
    events.put_permission(**{**request, "StatementId": "two", "Principal": "*"})
    policy = json.loads(events.describe_event_bus(Name=bus)["Policy"])
    wanted = answer["describe-event-bus-put-permission"]["Policy"]["Statement"][0]
    assert list(policy["Statement"][0]) == list(wanted)
    assert [one["Principal"] for one in policy["Statement"]] == [{"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "*"]
    gone = recorded(ANSWERS, "test_remove_permission_non_existing_sid[True-custom]")
    error = refused(events.remove_permission, EventBusName=bus, StatementId="absent")
    assert error["Message"] == told(gone, "remove-permission-non-existing-sid-error")
    events.remove_permission(EventBusName=bus, StatementId="one")
    events.remove_permission(EventBusName=bus, RemoveAllPermissions=True)
    assert "Policy" not in events.describe_event_bus(Name=bus)


def test_what_is_no_permission(events: Any) -> None:
    """The texts of moto's tests of the same calls, which are AWS's (``tests/test_events/test_events.py``)."""
    request = {"Action": "events:PutEvents", "Principal": ACCOUNT, "StatementId": "one"}
    error = refused(events.put_permission, **{**request, "EventBusName": "absent"})
    assert error["Message"] == "Event bus absent does not exist."
    error = refused(events.put_permission, **{**request, "Action": "events:PutPermission"})
    assert error["Message"] == "Provided value in parameter 'action' is not supported."
    condition = {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1234567890"}
    error = refused(events.put_permission, **request, Condition=condition)
    assert error["Code"] == "InvalidParameterValue"
    assert error["Message"] == "Value of the parameter 'principal' must be '*' when the parameter 'condition' is set."
    error = refused(events.put_permission, Policy="invalid json")
    assert error["Message"] == "This policy contains invalid Json"
    error = refused(events.create_event_bus, Name="partner", EventSourceName="aws.partner/test/test-bus")
    assert error["Message"] == "Event source aws.partner/test/test-bus does not exist."
