"""Plugins that give functions what the framework has a setting for by now, or nearly so.

Sources, each by its own code: https://github.com/ArtificialPixel/serverless-plugin-log-retention (2.1.0),
https://github.com/alex-murashkin/serverless-plugin-tracing (2.0.0),
https://github.com/gmetzker/serverless-plugin-lambda-dead-letter (1.2.1),
https://github.com/UnitedIncome/serverless-local-schedule (0.1.7).
"""

from typing import Any

from stratolite.core.errors import UserError
from stratolite.templates.document import List, Map, Mark, mark_of
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.plugins.configuration import Configuration, written

_YES, _NO = (True, "true"), (False, "false")


def retain_logs(configuration: Configuration) -> None:
    """``custom.logRetentionInDays`` is every function's that has none of its own."""
    wanted = configuration.custom("logRetentionInDays")
    if wanted is None:
        return
    for _, function in configuration.functions:
        if function.get("logRetentionInDays") is None:
            function.put("logRetentionInDays", wanted, configuration.custom_mark("logRetentionInDays"))


def trace(configuration: Configuration) -> None:
    """``provider.tracing: true`` is every function's that does not say ``tracing: false``."""
    provider = configuration.provider
    if provider.get("tracing") in (*_YES, *_NO):
        at = mark_of(provider, "tracing")
        provider.put("tracing", written({"lambda": provider["tracing"] in _YES}, at), at)
    for _, function in configuration.functions:
        if function.get("tracing") in _YES:
            function.put("tracing", True, mark_of(function, "tracing"))
        elif function.get("tracing") in _NO:
            function.put("tracing", "PassThrough", mark_of(function, "tracing"))


def know_time_zones(configuration: Configuration) -> None:
    """Schedules with a time zone are made by the scheduler that knows it, not as crontabs of UTC for each season."""
    for _, function in configuration.functions:
        events = function.get("events")
        for event in events if isinstance(events, List) else ():
            schedule = event.get("schedule") if isinstance(event, Map) else None
            if isinstance(schedule, Map) and schedule.get("timezone") and not schedule.get("method"):
                schedule.put("method", "scheduler", mark_of(schedule, "timezone"))


def catch_failures(configuration: Configuration) -> None:
    """``deadLetter`` of functions: a queue or a topic of the stack, or one that is named by its ARN or logical id."""
    for key, function in configuration.functions:
        wanted = function.get("deadLetter")
        if wanted is None:
            continue
        at = mark_of(function, "deadLetter")
        given = [name for name in ("sqs", "sns", "targetArn") if isinstance(wanted, Map) and name in wanted]
        if len(given) != 1:
            what = f"the dead letters of the function {key!r} need one of 'sqs', 'sns' and 'targetArn'"
            raise UserError(what, where=str(at), todo="Write 'deadLetter: {sqs: name-of-a-queue}'.")
        target = _dead_letters_to(configuration, key, given[0], wanted[given[0]], at)
        if target:
            function.put("onError", written(target, at), at)


def _dead_letters_to(configuration: Configuration, key: str, kind: str, wanted: Any, at: Mark) -> Any:
    if kind == "targetArn":
        named = wanted.get("GetResourceArn") if isinstance(wanted, Map) else None
        if named is not None:
            return _arn_of(configuration, str(named), at)
        # The framework's own setting takes ARNs of topics alone, as texts.
        return {"Fn::Sub": wanted} if isinstance(wanted, str) and wanted.strip() else wanted
    resources = _resources(configuration)
    logical_id = f"{naming.normalized(key)}DeadLetter{'Queue' if kind == 'sqs' else 'Topic'}"
    if kind == "sns":
        properties = {"TopicName": str(wanted or "").strip()}
        resources.put(logical_id, written({"Type": "AWS::SNS::Topic", "Properties": properties}, at), at)
        return {"Ref": logical_id}
    settings = wanted if isinstance(wanted, Map) else {"queueName": str(wanted or "").strip()}
    properties = {name[:1].upper() + name[1:]: value for name, value in settings.items()}
    arn = {"Fn::GetAtt": [logical_id, "Arn"]}
    statement = {
        "Sid": "Allow-Lambda-SendMessage",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["SQS:SendMessage"],
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [naming.lambda_function(key), "Arn"]}}},
    }
    document = {
        "Id": {"Fn::Join": ["", [arn, "/SQSDefaultPolicy"]]},
        "Version": "2012-10-17",
        "Statement": [statement],
    }
    policy = {"Queues": [{"Ref": logical_id}], "PolicyDocument": document}
    resources.put(logical_id, written({"Type": "AWS::SQS::Queue", "Properties": properties}, at), at)
    made = {"Type": "AWS::SQS::QueuePolicy", "Properties": policy}
    resources.put(f"{logical_id}Policy", written(made, at), at)
    return arn


def _arn_of(configuration: Configuration, logical_id: str, at: Mark) -> dict[str, Any]:
    """The ARN of a queue or topic of the file. Raises UserError for anything else."""
    resource = _resources(configuration).get(logical_id)
    kind = resource.get("Type") if isinstance(resource, Map) else None
    if kind == "AWS::SNS::Topic":
        return {"Ref": logical_id}
    if kind == "AWS::SQS::Queue":
        return {"Fn::GetAtt": [logical_id, "Arn"]}
    raise UserError(f"dead letters cannot go to {logical_id}: it is no queue or topic of this file", where=str(at))


def _resources(configuration: Configuration) -> Map:
    return configuration.section(configuration.section(configuration.document, "resources"), "Resources")
