"""Rules and schedules of EventBridge that call a function, with the queues that take what they could not deliver.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventbridgerule.html,
sam-property-function-schedule.html and sam-property-function-schedulev2.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.services.cloudformation.sam.expansion import Expansion
from stratolite.services.cloudformation.sam.role import allowing, trust

if TYPE_CHECKING:
    from stratolite.services.cloudformation.sam.functions import Function

POLLING = "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
_TARGET = ("Input", "InputPath", "InputTransformer", "RetryPolicy")
_SCHEDULE = (
    "Description",
    "EndDate",
    "GroupName",
    "KmsKeyArn",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
    "State",
)
_LETTERS = frozenset({"Arn", "QueueLogicalId", "Type"})


def queue_policy(queue: Any, url: Any, principal: Any, source: Any) -> dict[str, Any]:
    """Properties of a policy that lets somebody send to a queue for a source."""
    statement = {
        "Action": "sqs:SendMessage",
        "Effect": "Allow",
        "Principal": principal,
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
    return {"PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}, "Queues": [url]}


def pattern(expansion: Expansion, function: "Function", event: str, given: Mapping[str, Any]) -> None:
    """A rule for events of a pattern."""
    function.known(
        event,
        given,
        {*_TARGET, "DeadLetterConfig", "Enabled", "EventBusName", "Pattern", "RuleName", "State", "Target"},
    )
    properties: dict[str, Any] = {"EventPattern": function.required(event, given, "Pattern")}
    properties |= {"EventBusName": given["EventBusName"]} if "EventBusName" in given else {}
    properties |= {"Name": given["RuleName"]} if "RuleName" in given else {}
    _rule(expansion, function, event, given, properties)


def schedule(expansion: Expansion, function: "Function", event: str, given: Mapping[str, Any]) -> None:
    """A rule for times."""
    function.known(event, given, {*_TARGET, "DeadLetterConfig", "Description", "Enabled", "Name", "Schedule", "State"})
    properties: dict[str, Any] = {"ScheduleExpression": function.required(event, given, "Schedule")}
    properties |= {key: given[key] for key in ("Description", "Name") if key in given}
    _rule(expansion, function, event, given, properties)


def _rule(
    expansion: Expansion, function: "Function", event: str, given: Mapping[str, Any], properties: dict[str, Any]
) -> None:
    name = f"{function.name}{event}"
    target: dict[str, Any] = {"Arn": function.arn, "Id": f"{name}LambdaTarget"}
    if isinstance(given.get("Target"), dict) and given["Target"].get("Id"):
        target["Id"] = given["Target"]["Id"]
    target |= {key: given[key] for key in _TARGET if key in given}
    source = {"Fn::GetAtt": [name, "Arn"]}
    letters = _letters(expansion, function, event, given)
    if letters is not None:
        queue, url = letters
        target["DeadLetterConfig"] = {"Arn": queue}
        if url is not None:
            let_in = queue_policy(queue, url, {"Service": "events.amazonaws.com"}, source)
            expansion.add(f"{name}QueuePolicy", "AWS::SQS::QueuePolicy", let_in, **function.condition)
    if "Enabled" in given:
        properties["State"] = "ENABLED" if expansion.value(given["Enabled"]) in (True, "true") else "DISABLED"
    if "State" in given:
        properties["State"] = given["State"]
    expansion.add(name, "AWS::Events::Rule", {**properties, "Targets": [target]}, **function.condition)
    function.permit(expansion, f"{name}Permission", "events.amazonaws.com", SourceArn=source)


def schedule_v2(expansion: Expansion, function: "Function", event: str, given: Mapping[str, Any]) -> None:
    """A schedule of EventBridge Scheduler, with a role that calls the function."""
    more = {"DeadLetterConfig", "FlexibleTimeWindow", "Input", "Name", "OmitName", "PermissionsBoundary"}
    function.known(event, given, {*_SCHEDULE, *more, "RetryPolicy", "RoleArn"})
    name = f"{function.name}{event}"
    properties = {key: given[key] for key in _SCHEDULE if key in given}
    properties["FlexibleTimeWindow"] = given.get("FlexibleTimeWindow") or {"Mode": "OFF"}
    if not expansion.value(given.get("OmitName")):
        properties["Name"] = given.get("Name", name)
    target: dict[str, Any] = {"Arn": function.arn}
    target |= {key: given[key] for key in ("Input", "RetryPolicy") if key in given}
    allowed = [allowing(f"{name}LambdaPolicy", "lambda:InvokeFunction", function.arn)]
    letters = _letters(expansion, function, event, given)
    if letters is not None:
        target["DeadLetterConfig"] = {"Arn": letters[0]}
        allowed.append(allowing(f"{name}SQSPolicy", "sqs:SendMessage", letters[0]))
    if "RoleArn" in given:
        target["RoleArn"] = given["RoleArn"]
    else:
        role: dict[str, Any] = {"AssumeRolePolicyDocument": trust("scheduler.amazonaws.com"), "Policies": allowed}
        if given.get("PermissionsBoundary"):
            role["PermissionsBoundary"] = given["PermissionsBoundary"]
        target["RoleArn"] = {
            "Fn::GetAtt": [expansion.add(f"{name}Role", "AWS::IAM::Role", role, **function.condition), "Arn"]
        }
    expansion.add(name, "AWS::Scheduler::Schedule", {**properties, "Target": target}, **function.condition)


def _letters(
    expansion: Expansion, function: "Function", event: str, given: Mapping[str, Any]
) -> tuple[Any, Any | None] | None:
    """The ARN of the queue for what could not be delivered, and its URL where it is made here."""
    letters = given.get("DeadLetterConfig")
    if not letters:
        return None
    if set(letters) - _LETTERS or ("Arn" in letters) == ("Type" in letters):
        raise function.wrong(event, "'DeadLetterConfig' requires either an 'Arn' or a 'Type' of SQS.")
    if "Arn" in letters:
        return letters["Arn"], None
    name = str(letters.get("QueueLogicalId") or f"{function.name}{event}Queue")
    made = expansion.add(name, "AWS::SQS::Queue", {}, **function.condition)
    return {"Fn::GetAtt": [made, "Arn"]}, {"Ref": made}
