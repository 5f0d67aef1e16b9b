"""The event ``msk``: topics of Amazon's managed Kafka, whose records a function gets in batches.

Source: https://www.serverless.com/framework/docs-providers-aws-events-msk.
"""

from collections.abc import Sequence
from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.brokers import allow_network, by_function, make_mapping, starting_position
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import MSK, settings_of
from stratolite.templates.serverless.sources import named_by

_NAMING = ("Fn::ImportValue", "Ref")


def make(work: Compilation, events: Sequence[Event]) -> None:
    """Event source mappings, and what the default role needs for them, function by function."""
    for of_function in by_function(events):
        clusters = [_make(work, event) for event in of_function]
        actions = ["kafka:DescribeCluster", "kafka:GetBootstrapBrokers"]
        work.allow({"Effect": "Allow", "Action": actions, "Resource": clusters})
        allow_network(work)


def _make(work: Compilation, event: Event) -> Any:
    """The mapping of one event; the ARN of its cluster."""
    settings = settings_of(event, "msk", MSK, "arn", "topic")
    group, secret = settings.get("consumerGroupId"), settings.get("saslScram512")
    properties = {
        **starting_position(event),
        "EventSourceArn": settings["arn"],
        "Topics": [settings["topic"]],
        "AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": group} if truthy(group) else None,
        "SourceAccessConfigurations": None if secret is None else [{"Type": "SASL_SCRAM_512_AUTH", "URI": secret}],
    }
    logical_id = naming.msk_mapping(event.function.key, _cluster(event), str(settings["topic"]))
    make_mapping(work, event, logical_id, properties)
    return settings["arn"]


def _cluster(event: Event) -> str:
    arn = event.settings["arn"]
    name = named_by(arn, _NAMING) if isinstance(arn, dict) else next(iter(str(arn).split("/")[1:]), None)
    if not isinstance(name, str):
        todo = f"Write the cluster's ARN, or one of {', '.join(_NAMING)} with a text."
        raise refusal("the event 'msk' does not tell the name of its cluster", event.mark("arn"), todo)
    return name
