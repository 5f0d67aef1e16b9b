"""The event ``sns``: topics that the service makes or names, subscriptions with filters and dead letters.

Source: https://www.serverless.com/framework/docs-providers-aws-events-sns.
"""

import re
from collections.abc import Sequence
from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import SNS, check_kind

_PART = re.compile(r"(?<!:):(?!:)")
"""What parts an ARN; ``::`` stays, as in ``${AWS::AccountId}``."""
_REDRIVES = "deadLetterTargetArn, deadLetterTargetRef or deadLetterTargetImport"


def make(work: Compilation, events: Sequence[Event]) -> None:
    """Topics, subscriptions, permissions and the policies of dead-letter queues."""
    for event in events:
        if isinstance(event.settings, dict):
            check_kind(event.settings, SNS, event.at, "sns")
        _make(work, event)


def _make(work: Compilation, event: Event) -> None:
    settings = event.settings if isinstance(event.settings, dict) else {}
    arn, name, region = _topic(work, event)
    redrive = _redrive(work, event, arn, name)
    function = event.function
    filters = {
        "FilterPolicy": settings.get("filterPolicy"),
        "FilterPolicyScope": settings.get("filterPolicyScope"),
        "RedrivePolicy": redrive,
    }
    subscription = {"Endpoint": function.target, "Protocol": "lambda"}
    logical_id = naming.topic_subscription(function.key, name)
    source = arn
    if arn is not None:
        properties = {"TopicArn": arn, **subscription, **filters, "Region": region}
        work.merge(logical_id, "AWS::SNS::Subscription", properties, depends_on=function.depends_on)
    else:
        topic = _make_topic(work, event, name)
        if truthy(settings.get("filterPolicy")) or redrive is not None:
            properties = {**subscription, "TopicArn": {"Ref": topic}, **filters}
            work.merge(logical_id, "AWS::SNS::Subscription", properties)
        else:
            work.resources[topic]["Properties"].setdefault("Subscription", []).append(subscription)
        place = [{"Ref": "AWS::Partition"}, ":sns:", {"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"}, ":"]
        source = {"Fn::Join": ["", ["arn:", *place, name]]}
    permission = {
        "FunctionName": function.target,
        "Action": "lambda:InvokeFunction",
        "Principal": "sns.amazonaws.com",
        "SourceArn": source,
    }
    name = naming.topic_permission(function.key, name)
    work.merge(name, "AWS::Lambda::Permission", permission, depends_on=function.depends_on)


def _topic(work: Compilation, event: Event) -> tuple[Any, str, str | None]:
    """The topic's ARN when the file names one, its name, and its region when that is another."""
    settings = event.settings
    if isinstance(settings, str):
        return (settings, settings.split(":")[-1], None) if settings.startswith("arn:") else (None, settings, None)
    if not isinstance(settings, dict):
        raise refusal("the event 'sns' takes a topic's name, its ARN or a map", event.at, "Write '- sns: my-topic'.")
    arn, name, region = settings.get("arn"), settings.get("topicName"), None
    if isinstance(arn, str) and arn:
        parts = _PART.split(arn)
        name = name or parts[-1]
        there = parts[3] if len(parts) > 3 else None
        region = there if there != work.service.region else None
    if not name:
        todo = "An intrinsic function as 'arn' does not tell the topic's name." if arn else "Name the topic."
        raise refusal("the event 'sns' lacks 'topicName'", event.mark("arn"), todo)
    return arn or None, str(name), region


def _make_topic(work: Compilation, event: Event, name: str) -> str:
    logical_id = naming.topic(name)
    if logical_id not in work.resources:
        display = event.settings.get("displayName") if isinstance(event.settings, dict) else None
        properties = {"TopicName": name, "DisplayName": display or None}
        work.put(logical_id, "AWS::SNS::Topic", properties, depends_on=event.function.depends_on)
    return logical_id


def _redrive(work: Compilation, event: Event, topic_arn: Any, topic_name: str) -> dict[str, Any] | None:
    """The subscription's RedrivePolicy; its queue gets a policy that lets the topic send."""
    wanted = event.settings.get("redrivePolicy") if isinstance(event.settings, dict) else None
    if not truthy(wanted):
        return None
    arn, url = _dead_letters(event, wanted)
    logical_id = naming.topic_dead_letter_policy(event.function.key, topic_name)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {} if topic_arn is None else {"aws:SourceArn": topic_arn}},
    }
    document = {"Version": "2012-10-17", "Id": logical_id, "Statement": [statement]}
    work.put(logical_id, "AWS::SQS::QueuePolicy", {"PolicyDocument": document, "Queues": [url]})
    return {"deadLetterTargetArn": arn}


def _dead_letters(event: Event, wanted: Any) -> tuple[Any, Any]:
    """The queue's ARN and URL."""
    given = wanted if isinstance(wanted, dict) else {}
    arn, reference, imported = (given.get(f"deadLetterTarget{kind}") for kind in ("Arn", "Ref", "Import"))
    if truthy(arn):
        parts = str(arn).split(":")
        if len(parts) < 6:
            raise refusal(f"not the ARN of a queue: {arn!r}", event.mark("redrivePolicy", "deadLetterTargetArn"))
        queue, account, region = reversed(parts[-3:])
        host = [f"https://sqs.{region}.", {"Ref": "AWS::URLSuffix"}, f"/{account}/{queue}"]
        return arn, {"Fn::Join": ["", host]}
    if truthy(reference):
        return {"Fn::GetAtt": [reference, "Arn"]}, {"Ref": reference}
    if not isinstance(imported, dict):
        raise refusal("the redrivePolicy names no queue", event.mark("redrivePolicy"), f"Set {_REDRIVES}.")
    return {"Fn::ImportValue": imported.get("arn")}, {"Fn::ImportValue": imported.get("url")}
