"""EventBridge Scheduler over the wire, by a clock that is moved; refused as recorded (``test_scheduler.json``)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded

ROLE = f"arn:aws:iam::{ACCOUNT}:role/scheduler"
OFF = {"Mode": "OFF"}
START = datetime.fromtimestamp(1_700_000_000, UTC)
"""When a clock that is moved begins: 2023-11-14, a Tuesday, at 22:13:20."""


@pytest.fixture
def scheduler(timed_cloud: RunningCloud) -> Any:
    return timed_cloud.client("scheduler")


@pytest.fixture
def queue(timed_cloud: RunningCloud) -> str:
    """A queue to which schedules send; its ARN."""
    timed_cloud.client("sqs").create_queue(QueueName="target")
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:target"


def to_queue(arn: str, **more: Any) -> dict[str, Any]:
    return {"Arn": arn, "RoleArn": ROLE, "Input": "tick", **more}


def arrived(cloud: RunningCloud, name: str = "target") -> list[dict[str, Any]]:
    """What has come to a queue, once the cloud is at rest; taken out."""
    cloud.drain()
    sqs = cloud.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    found: list[dict[str, Any]] = []
    while page := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get(
        "Messages"
    ):
        found += page
        for message in page:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def advance(cloud: RunningCloud, seconds: float, step_s: float = 60) -> int:
    """Move the clock in steps, letting what is due happen; how many messages came."""
    count = 0
    while seconds > 0:
        cloud.advance(min(step_s, seconds))
        seconds -= step_s
        count += len(arrived(cloud))
    return count


def refused(call: Any, **request: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return dict(caught.value.response["Error"])


def test_a_rate_runs_at_once_and_then_at_its_pace(timed_cloud: RunningCloud, scheduler: Any, queue: str) -> None:
    scheduler.create_schedule(
        Name="rate", ScheduleExpression="rate(5 minutes)", FlexibleTimeWindow=OFF, Target=to_queue(queue)
    )
    assert [message["Body"] for message in arrived(timed_cloud)] == ["tick"]
    assert advance(timed_cloud, 299) == 0
    assert advance(timed_cloud, 1) == 1
    assert advance(timed_cloud, 3600) == 12
    scheduler.delete_schedule(Name="rate")
    assert advance(timed_cloud, 600) == 0


def test_a_calendar_in_a_time_zone(timed_cloud: RunningCloud, scheduler: Any, queue: str) -> None:
    scheduler.create_schedule(
        Name="mornings",
        ScheduleExpression="cron(0 9 ? * MON-FRI *)",
        ScheduleExpressionTimezone="Europe/Berlin",
        FlexibleTimeWindow=OFF,
        Target=to_queue(queue, Input='{"at": "<aws.scheduler.scheduled-time>"}'),
    )
    # Wednesday at nine in Berlin is eight in UTC, nine hours and 46:40 after the start.
    assert advance(timed_cloud, 9 * 3600 + 46 * 60 + 39, 1800) == 0
    timed_cloud.advance(1)
    [message] = arrived(timed_cloud)
    assert json.loads(message["Body"]) == {"at": "2023-11-15T08:00:00Z"}
    assert advance(timed_cloud, 7 * 86_400, 3600) == 5


def test_once_and_gone(timed_cloud: RunningCloud, scheduler: Any, queue: str) -> None:
    due = (START + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    for name, action in (("kept", "NONE"), ("gone", "DELETE")):
        scheduler.create_schedule(
            Name=name,
            ScheduleExpression=f"at({due})",
            FlexibleTimeWindow=OFF,
            Target=to_queue(queue),
            ActionAfterCompletion=action,
        )
    assert advance(timed_cloud, 3600, 1800) == 2
    assert [one["Name"] for one in scheduler.list_schedules()["Schedules"]] == ["kept"]
    assert advance(timed_cloud, 86_400, 7200) == 0


def test_beginning_and_end(timed_cloud: RunningCloud, scheduler: Any, queue: str) -> None:
    scheduler.create_schedule(
        Name="bounded",
        ScheduleExpression="rate(1 hour)",
        StartDate=START + timedelta(hours=2),
        EndDate=START + timedelta(hours=4),
        FlexibleTimeWindow=OFF,
        Target=to_queue(queue),
    )
    assert advance(timed_cloud, 2 * 3600 - 1, 1800) == 0
    assert advance(timed_cloud, 12 * 3600, 1800) == 3


def test_a_window_spreads_what_is_due(timed_cloud: RunningCloud, scheduler: Any, queue: str) -> None:
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 10}
    for number in range(20):
        scheduler.create_schedule(
            Name=f"window-{number}", ScheduleExpression="rate(1 day)", FlexibleTimeWindow=window, Target=to_queue(queue)
        )
    early = len(arrived(timed_cloud)) + advance(timed_cloud, 300)
    assert 0 < early < 20
    assert early + advance(timed_cloud, 300) == 20


@pytest.mark.parametrize(
    ("window", "must"),
    [({"Mode": "FLEXIBLE"}, "must be"), ({"Mode": "OFF", "MaximumWindowInMinutes": 5}, "must not be")],
)
def test_a_window_has_a_length_when_it_is_flexible(scheduler: Any, queue: str, window: Any, must: str) -> None:
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-flexible-time-windows.html"""
    timing = {"ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": window}
    error = refused(scheduler.create_schedule, Name="unlimited", Target=to_queue(queue), **timing)
    text = f"MaximumWindowInMinutes {must} provided when FlexibleTimeWindowMode is set to {window['Mode']}."
    assert (error["Code"], error["Message"]) == ("ValidationException", text)


def test_changes_take_hold_at_once(timed_cloud: RunningCloud, scheduler: Any, queue: str) -> None:
    definition = {"FlexibleTimeWindow": OFF, "Target": to_queue(queue)}
    scheduler.create_schedule(Name="changed", ScheduleExpression="cron(0 0 * * ? *)", **definition)
    scheduler.update_schedule(Name="changed", ScheduleExpression="rate(1 minute)", State="DISABLED", **definition)
    assert advance(timed_cloud, 86_400, 7200) == 0
    scheduler.update_schedule(Name="changed", ScheduleExpression="rate(1 hour)", **definition)
    assert advance(timed_cloud, 3600, 1800) == 2
    shown = scheduler.get_schedule(Name="changed")
    assert (shown["State"], shown["ScheduleExpressionTimezone"]) == ("ENABLED", "UTC")
    assert shown["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}


def test_failures_are_tried_again_and_then_dead(timed_cloud: RunningCloud, scheduler: Any, queue: str) -> None:
    target = to_queue(
        f"arn:aws:sns:{REGION}:{ACCOUNT}:nowhere",
        RetryPolicy={"MaximumRetryAttempts": 2},
        DeadLetterConfig={"Arn": queue},
    )
    due = START.strftime("%Y-%m-%dT%H:%M:%S").replace("22:13:20", "22:14:00")
    scheduler.create_schedule(Name="fails", ScheduleExpression=f"at({due})", FlexibleTimeWindow=OFF, Target=target)
    timed_cloud.advance(40)
    assert arrived(timed_cloud) == []
    timed_cloud.advance(60)
    assert arrived(timed_cloud) == []
    timed_cloud.advance(120)
    [dead] = arrived(timed_cloud)
    said = {name: value["StringValue"] for name, value in dead["MessageAttributes"].items()}
    assert dead["Body"] == "tick"
    assert said["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert said["SCHEDULED_TIME"] == "2023-11-14T22:14:00Z"
    assert said["TARGET_ARN"].endswith(":nowhere")
    assert said["ERROR_CODE"]


def test_any_operation_is_a_target(timed_cloud: RunningCloud, scheduler: Any) -> None:
    dynamodb = timed_cloud.client("dynamodb")
    dynamodb.create_table(
        TableName="ticks",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    item = {"TableName": "ticks", "Item": {"id": {"S": "<aws.scheduler.execution-id>"}}}
    scheduler.create_schedule(
        Name="universal",
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow=OFF,
        Target=to_queue("arn:aws:scheduler:::aws-sdk:dynamodb:putItem", Input=json.dumps(item)),
    )
    timed_cloud.drain()
    timed_cloud.advance(3600)
    timed_cloud.drain()
    assert dynamodb.scan(TableName="ticks")["Count"] == 2
    for arn in ("arn:aws:scheduler:::aws-sdk:ec2:stopInstances", f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:x"):
        error = refused(
            scheduler.create_schedule,
            Name="unbuilt",
            ScheduleExpression="rate(1 hour)",
            FlexibleTimeWindow=OFF,
            Target=to_queue(arn, Input="{}"),
        )
        assert error["Code"] == "NotImplemented"


def test_services_have_the_names_that_sdks_give_them(timed_cloud: RunningCloud, scheduler: Any) -> None:
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html: as SDKs call EventBridge
    and CloudWatch Logs."""
    request = {"logGroupName": "/made/by/a/schedule"}
    timing = {"ScheduleExpression": "rate(1 hour)", "FlexibleTimeWindow": OFF}
    target = to_queue("arn:aws:scheduler:::aws-sdk:cloudwatchlogs:createLogGroup", Input=json.dumps(request))
    scheduler.create_schedule(Name="named", Target=target, **timing)
    entry = {"Source": "s", "DetailType": "t", "Detail": "{}"}
    target = to_queue("arn:aws:scheduler:::aws-sdk:eventbridge:putEvents", Input=json.dumps({"Entries": [entry]}))
    scheduler.create_schedule(Name="put", Target=target, **timing)
    timed_cloud.drain()
    [group] = timed_cloud.client("logs").describe_log_groups()["logGroups"]
    assert group["logGroupName"] == "/made/by/a/schedule"


@pytest.mark.parametrize("text", ["[]", "5", '"text"', "{", "[" * 3000])
def test_the_request_of_an_operation_is_an_object(scheduler: Any, text: str) -> None:
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html: well-formed JSON with the
    request parameters."""
    target = to_queue("arn:aws:scheduler:::aws-sdk:sqs:sendMessage", Input=text)
    timing = {"ScheduleExpression": "rate(1 hour)", "FlexibleTimeWindow": OFF}
    error = refused(scheduler.create_schedule, Name="formless", Target=target, **timing)
    assert error["Code"] == "ValidationException" and error["Message"].startswith("Target.Input must be")


@pytest.mark.parametrize("action", ["receiveMessage", "getQueueUrl", "ListQueues"])
def test_actions_that_only_read_are_no_targets(scheduler: Any, action: str) -> None:
    """The same page: such actions are not supported."""
    arn = f"arn:aws:scheduler:::aws-sdk:sqs:{action}"
    timing = {"ScheduleExpression": "rate(1 hour)", "FlexibleTimeWindow": OFF}
    error = refused(scheduler.create_schedule, Name="reads", Target=to_queue(arn, Input="{}"), **timing)
    assert error["Code"] == "ValidationException" and "only reads" in error["Message"]


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 1 * * * *)",
        "cron(7 20 * * NOT *)",
        "cron(INVALID)",
        "cron(0 dummy ? * MON-FRI *)",
        "cron(71 8 1 * ? *)",
        "cron()",
        "rate(10 seconds)",
        "rate(10 years)",
        "rate()",
        "rate(10)",
        "rate(10 minutess)",
        "rate(foo minutes)",
        "rate(-10 minutes)",
        "rate( 10 minutes )",
        " rate(10 minutes)",
        "at(2021-12-31T23:59:59Z)",
        "at(2021-12-31)",
    ],
)
def test_expressions_are_refused_as_recorded(scheduler: Any, queue: str, expression: str) -> None:
    name = f"tests_create_schedule_with_invalid_schedule_expression[{expression}]"
    answer = recorded("scheduler/test_scheduler.json", name)
    error = refused(
        scheduler.create_schedule,
        Name="x",
        ScheduleExpression=expression,
        FlexibleTimeWindow=OFF,
        Target=to_queue(queue),
    )
    [wanted] = [entry["Error"] for entry in answer.values()]
    assert (error["Code"], error["Message"]) == (wanted["Code"], wanted["Message"])


def test_groups_hold_schedules(timed_cloud: RunningCloud, scheduler: Any, queue: str) -> None:
    arn = scheduler.create_schedule_group(Name="team", Tags=[{"Key": "a", "Value": "b"}])["ScheduleGroupArn"]
    definition = {"ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": OFF, "Target": to_queue(queue)}
    for name in ("one", "two"):
        scheduler.create_schedule(Name=name, GroupName="team", **definition)
    scheduler.create_schedule(Name="one", **definition)
    assert refused(scheduler.create_schedule, Name="one", **definition)["Code"] == "ConflictException"
    first = scheduler.list_schedules(MaxResults=2)
    rest = scheduler.list_schedules(MaxResults=2, NextToken=first["NextToken"])
    names = [(one["GroupName"], one["Name"]) for one in first["Schedules"] + rest["Schedules"]]
    assert names == [("default", "one"), ("team", "one"), ("team", "two")]
    assert [group["Name"] for group in scheduler.list_schedule_groups()["ScheduleGroups"]] == ["default", "team"]
    scheduler.tag_resource(ResourceArn=arn, Tags=[{"Key": "c", "Value": "d"}])
    scheduler.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "c", "Value": "d"}]
    scheduler.delete_schedule_group(Name="team")
    assert refused(scheduler.get_schedule, Name="one", GroupName="team")["Code"] == "ResourceNotFoundException"
    assert refused(scheduler.create_schedule, Name="x", GroupName="team", **definition)["Message"] == (
        "Schedule group team does not exist."
    )


def test_stacks_make_schedules(timed_cloud: RunningCloud, scheduler: Any, queue: str) -> None:
    cloudformation = timed_cloud.client("cloudformation")
    properties = {
        "ScheduleExpression": "rate(1 hour)",
        "FlexibleTimeWindow": OFF,
        "GroupName": {"Ref": "Group"},
        "Target": to_queue(queue),
    }
    template = {
        "Resources": {
            "Group": {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": "stacked"}},
            "Hourly": {"Type": "AWS::Scheduler::Schedule", "Properties": properties},
        }
    }
    cloudformation.create_stack(StackName="schedules", TemplateBody=json.dumps(template))
    timed_cloud.drain()
    stack = cloudformation.describe_stacks(StackName="schedules")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    [made] = scheduler.list_schedules(GroupName="stacked")["Schedules"]
    assert made["Name"].startswith("schedules-Hourly-")
    assert len(arrived(timed_cloud)) == 1
    cloudformation.delete_stack(StackName="schedules")
    timed_cloud.drain()
    assert scheduler.list_schedules()["Schedules"] == []
