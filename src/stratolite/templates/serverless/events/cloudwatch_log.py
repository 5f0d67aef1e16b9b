"""The event ``cloudwatchLog``: subscriptions to log groups, with a filter.

Source: https://www.serverless.com/framework/docs-providers-aws-events-cloudwatch-log.
"""

import re
from collections.abc import Sequence
from os.path import commonprefix

from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import CLOUDWATCH_LOG, check_kind

FILTERS_OF_GROUP_MAX = 2
"""CloudWatch Logs' limit of subscriptions for each log group."""
_LINE_END = re.compile(r"\r?\n")
_ESCAPED = re.compile(r"\\([\"'])")


def make(work: Compilation, events: Sequence[Event]) -> None:
    """Subscription filters; one permission for all log groups of a function."""
    subscribed: dict[str, int] = {}
    groups: dict[str, list[str]] = {}
    for event in events:
        group, pattern = _read(event)
        subscribed[group] = subscribed.get(group, 0) + 1
        if subscribed[group] > FILTERS_OF_GROUP_MAX:
            what = f"the log group {group} has more than {FILTERS_OF_GROUP_MAX} subscriptions"
            raise refusal(what, event.at, "CloudWatch Logs takes no more: let one function hand on to another.")
        of_function = groups.setdefault(event.function.key, [])
        of_function.append(group)
        _make(work, event, pattern, of_function)


def _read(event: Event) -> tuple[str, str]:
    """The log group and the pattern."""
    settings = event.settings
    if isinstance(settings, str):
        return _LINE_END.sub("", settings), ""
    if not isinstance(settings, dict) or not settings.get("logGroup"):
        raise refusal("the event 'cloudwatchLog' lacks 'logGroup'", event.at, "Write the name of a log group.")
    check_kind(settings, CLOUDWATCH_LOG, event.at, "cloudwatchLog")
    pattern = _LINE_END.sub("", settings.get("filter") or "")
    slash, quote = pattern.find("\\"), pattern.find('"')
    # Quotes that were escaped for an older version of the framework.
    is_escaped = 0 <= slash < quote
    return _LINE_END.sub("", settings["logGroup"]), _ESCAPED.sub(r"\1", pattern) if is_escaped else pattern


def _make(work: Compilation, event: Event, pattern: str, groups: Sequence[str]) -> None:
    function = event.function
    permission = naming.log_permission(function.key)
    waits = [permission, *([function.depends_on] if function.depends_on else [])]
    properties = {"LogGroupName": groups[-1], "FilterPattern": pattern, "DestinationArn": function.target}
    name = naming.log_subscription(function.key, len(groups))
    work.merge(name, "AWS::Logs::SubscriptionFilter", properties, depends_on=waits)
    start = commonprefix(list(groups))  # noqa: RUF071 - names of groups are no paths
    start = start if len(groups) == 1 or start.endswith("*") else f"{start}*"
    place = [{"Ref": "AWS::Partition"}, ":logs:", {"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"}]
    allowed = {
        "FunctionName": function.target,
        "Action": "lambda:InvokeFunction",
        "Principal": {"Fn::Join": ["", ["logs.", {"Ref": "AWS::Region"}, ".amazonaws.com"]]},
        "SourceArn": {"Fn::Join": ["", ["arn:", *place, ":log-group:", start, ":*"]]},
    }
    waits_for = [function.depends_on] if function.depends_on else None
    work.merge(permission, "AWS::Lambda::Permission", allowed, depends_on=waits_for)
