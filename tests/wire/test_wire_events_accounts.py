"""Events between accounts and regions (``events/test_events_cross_account_region.json``)."""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.events_world import put

ANSWERS = "events/test_events_cross_account_region.json"
OTHER, OTHER_REGION, THIRD = "210987654321", "eu-west-1", "333333333333"


def listening(cloud: RunningCloud, name: str, account: str, region: str) -> tuple[str, str]:
    """A bus with a rule that sends all of a source to a queue: the bus's ARN, the queue's URL."""
    events = cloud.client("events", account=account, region=region)
    sqs = cloud.client("sqs", account=account, region=region)
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    bus = events.create_event_bus(Name=name)["EventBusArn"]
    events.put_rule(Name="listen", EventBusName=name, EventPattern=json.dumps({"source": [name]}))
    target = {"Id": "queue", "Arn": f"arn:aws:sqs:{region}:{account}:{name}"}
    events.put_targets(Rule="listen", EventBusName=name, Targets=[target])
    return bus, url


def heard(cloud: RunningCloud, url: str, account: str, region: str) -> list[dict[str, Any]]:
    cloud.drain()
    sqs = cloud.client("sqs", account=account, region=region)
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in found]


@pytest.mark.parametrize(
    ("name", "account", "region"),
    [("region", ACCOUNT, OTHER_REGION), ("account", OTHER, REGION), ("region_account", OTHER, OTHER_REGION)],
)
def test_a_bus_is_a_target_wherever_it_is(cloud: RunningCloud, name: str, account: str, region: str) -> None:
    answer = recorded(ANSWERS, f"test_event_bus_to_event_bus_cross_account_region[custom-{name}]")
    bus, url = listening(cloud, name, account, region)
    events = cloud.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "bus", "Arn": bus}])
    put(cloud, name)
    [event] = heard(cloud, url, account, region)
    assert list(event) == list(answer["messages_secondary_queue_from_primary_event_bus"][0]["Body"])
    assert (event["account"], event["region"]) == (ACCOUNT, REGION)


def test_events_are_put_on_a_bus_of_another_account(cloud: RunningCloud) -> None:
    """aws-answers: TestEventsCrossAccountRegion::test_put_events[custom-account]."""
    bus, url = listening(cloud, "put-there", OTHER, REGION)
    put(cloud, "put-there", EventBusName=bus)
    [event] = heard(cloud, url, OTHER, REGION)
    assert event["account"] == ACCOUNT


def test_events_of_another_account_do_not_go_on_to_a_third(cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html."""
    third, third_url = listening(cloud, "hop", THIRD, REGION)
    second, second_url = listening(cloud, "hop", OTHER, REGION)
    there = cloud.client("events", account=OTHER)
    there.put_rule(Name="on", EventBusName="hop", EventPattern=json.dumps({"source": ["hop"]}))
    there.put_targets(Rule="on", EventBusName="hop", Targets=[{"Id": "bus", "Arn": third}])
    put(cloud, "hop", EventBusName=second)
    assert len(heard(cloud, second_url, OTHER, REGION)) == 1
    assert heard(cloud, third_url, THIRD, REGION) == []
