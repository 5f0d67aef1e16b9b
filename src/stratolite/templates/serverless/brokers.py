"""What mappings of brokers of messages share: Kafka, MSK, ActiveMQ, RabbitMQ, which functions reach over a network."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import BROKER, settings_of
from stratolite.templates.serverless.sources import filters, waits_for

AT_TIMESTAMP = "AT_TIMESTAMP"
STARTING_POSITION_DEFAULT = "TRIM_HORIZON"
_NETWORK = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeVpcs",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
)


def by_function(events: Sequence[Event]) -> Iterator[list[Event]]:
    """The events of each function."""
    for _, of_function in groupby(events, key=lambda event: event.function.key):
        yield list(of_function)


def allow_network(work: Compilation) -> None:
    """What a function needs to be connected with a broker."""
    work.allow({"Effect": "Allow", "Action": list(_NETWORK), "Resource": "*"})


def allow_secrets(work: Compilation, arns: list[Any]) -> None:
    work.allow({"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": arns})


def make_mapping(work: Compilation, event: Event, logical_id: str, properties: dict[str, Any]) -> None:
    """The mapping of one event: ``properties`` and those that all brokers have."""
    settings = event.settings
    shared = {
        "FunctionName": event.function.target,
        "BatchSize": settings.get("batchSize") or None,
        "MaximumBatchingWindowInSeconds": settings.get("maximumBatchingWindow") or None,
        "Enabled": settings.get("enabled"),
        "FilterCriteria": filters(settings.get("filterPatterns")),
    }
    waits = waits_for(work, event.function)
    work.put(logical_id, "AWS::Lambda::EventSourceMapping", {**shared, **properties}, depends_on=waits)


def starting_position(event: Event) -> dict[str, Any]:
    """Where in a topic a mapping begins. Raises UserError for a time that is not said."""
    position = event.settings.get("startingPosition") or STARTING_POSITION_DEFAULT
    stamp = event.settings.get("startingPositionTimestamp")
    if position == AT_TIMESTAMP and stamp is None:
        what = f"the startingPosition {AT_TIMESTAMP} lacks 'startingPositionTimestamp'"
        raise refusal(what, event.mark("startingPosition"), "Set it to seconds since 1970.")
    return {"StartingPosition": position, "StartingPositionTimestamp": stamp}


def make_queues(work: Compilation, events: Sequence[Event], kind: str) -> None:
    """Mappings of queues of Amazon MQ, and what the default role needs for them. ``kind``: as in logical ids."""
    name = kind.lower()
    for of_function in by_function(events):
        brokers, secrets = [], []
        for event in of_function:
            settings = settings_of(event, name, BROKER, "arn", "basicAuthArn", "queue")
            access = [{"Type": "BASIC_AUTH", "URI": settings["basicAuthArn"]}]
            if truthy(settings.get("virtualHost")) and kind == "RabbitMQ":
                access.append({"Type": "VIRTUAL_HOST", "URI": settings["virtualHost"]})
            properties = {
                "EventSourceArn": settings["arn"],
                "Queues": [settings["queue"]],
                "SourceAccessConfigurations": access,
            }
            queue = str(settings["queue"])
            make_mapping(work, event, naming.broker_mapping(event.function.key, kind, queue), properties)
            brokers.append(settings["arn"])
            secrets.append(settings["basicAuthArn"])
        allow_secrets(work, secrets)
        work.allow({"Effect": "Allow", "Action": ["mq:DescribeBroker"], "Resource": brokers})
        allow_network(work)
