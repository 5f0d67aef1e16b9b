"""What calls a function: topics, buckets, rules, schedules, log groups, user pools and skills.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from stratolite.services.cloudformation.sam import rules
from stratolite.services.cloudformation.sam.expansion import Expansion

if TYPE_CHECKING:
    from stratolite.services.cloudformation.sam.functions import Function

_TOPIC = ("FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "Region")


def _topic(expansion: Expansion, function: "Function", event: str, given: Mapping[str, Any]) -> None:
    topic = function.required(event, given, "Topic")
    function.known(event, given, {"Topic", "SqsSubscription", *_TOPIC})
    kept = {key: given[key] for key in _TOPIC if key in given}
    name = f"{function.name}{event}"
    if given.get("SqsSubscription"):
        queue = _queue(expansion, function, name, topic, given["SqsSubscription"])
        properties = {"Endpoint": queue, "Protocol": "sqs", "TopicArn": topic, **kept}
    else:
        function.permit(expansion, f"{name}Permission", "sns.amazonaws.com", SourceArn=topic)
        properties = {"Endpoint": function.arn, "Protocol": "lambda", "TopicArn": topic, **kept}
    expansion.add(name, "AWS::SNS::Subscription", properties, **function.condition)


def _queue(expansion: Expansion, function: "Function", name: str, topic: Any, given: Any) -> Any:
    """The ARN of the queue between a topic and a function, which is made unless it is given."""
    settings = given if isinstance(given, dict) else {}
    if "QueueArn" in settings:
        arn, url = settings["QueueArn"], settings.get("QueueUrl")
        policy = settings.get("QueuePolicyLogicalId", f"{name}QueuePolicy")
    else:
        made = expansion.add(f"{name}Queue", "AWS::SQS::Queue", {}, **function.condition)
        arn, url, policy = {"Fn::GetAtt": [made, "Arn"]}, {"Ref": made}, f"{name}QueuePolicy"
    let_in = rules.queue_policy(arn, url, "*", topic)
    expansion.add(policy, "AWS::SQS::QueuePolicy", let_in, **function.condition)
    mapping = {
        "BatchSize": settings.get("BatchSize", 10),
        "Enabled": settings.get("Enabled", True),
        "EventSourceArn": arn,
        "FunctionName": function.target,
    }
    mapped = f"{name}EventSourceMapping"
    expansion.add(mapped, "AWS::Lambda::EventSourceMapping", mapping, **function.condition)
    function.managed.append({"Fn::Sub": rules.POLLING})
    return arn


def _bucket(expansion: Expansion, function: "Function", event: str, given: Mapping[str, Any]) -> None:
    bucket = expansion.referred(function.required(event, given, "Bucket"))
    events = function.required(event, given, "Events")
    function.known(event, given, {"Bucket", "Events", "Filter"})
    resource = expansion.given.get(bucket)
    if resource is None or resource.get("Type") != "AWS::S3::Bucket":
        raise function.wrong(event, "S3 events must reference an S3 bucket in the same template.")
    permission = f"{function.name}{event}Permission"
    function.permit(expansion, permission, "s3.amazonaws.com", SourceAccount={"Ref": "AWS::AccountId"})
    told = resource.setdefault("Properties", {}).setdefault("NotificationConfiguration", {})
    for one in events if isinstance(events, list) else [events]:
        configuration = {"Event": one, "Function": function.arn}
        if given.get("Filter"):
            configuration["Filter"] = given["Filter"]
        condition = function.condition.get("Condition")
        if condition:
            configuration = {"Fn::If": [condition, configuration, {"Ref": "AWS::NoValue"}]}
        told.setdefault("LambdaConfigurations", []).append(configuration)
    if function.condition:
        return
    needs = resource.get("DependsOn", [])
    needs = [needs] if isinstance(needs, str) else needs
    if permission not in needs:
        resource["DependsOn"] = [*needs, permission]


def _log_group(expansion: Expansion, function: "Function", event: str, given: Mapping[str, Any]) -> None:
    group = function.required(event, given, "LogGroupName")
    pattern = function.required(event, given, "FilterPattern")
    function.known(event, given, {"LogGroupName", "FilterPattern"})
    name = f"{function.name}{event}"
    text = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${__LogGroupName__}:*"
    source = {"Fn::Sub": [text, {"__LogGroupName__": group}]}
    permission = function.permit(expansion, f"{name}Permission", "logs.amazonaws.com", SourceArn=source)
    properties = {"LogGroupName": group, "FilterPattern": pattern, "DestinationArn": function.arn}
    expansion.add(name, "AWS::Logs::SubscriptionFilter", properties, DependsOn=[permission], **function.condition)


def _pool(expansion: Expansion, function: "Function", event: str, given: Mapping[str, Any]) -> None:
    pool = expansion.referred(function.required(event, given, "UserPool"))
    triggers = function.required(event, given, "Trigger")
    resource = expansion.given.get(pool)
    if resource is None or resource.get("Type") != "AWS::Cognito::UserPool":
        raise function.wrong(event, "Cognito events must reference a Cognito UserPool in the same template.")
    source = {"Fn::GetAtt": [pool, "Arn"]}
    function.permit(expansion, f"{function.name}CognitoPermission", "cognito-idp.amazonaws.com", SourceArn=source)
    causes = resource.setdefault("Properties", {}).setdefault("LambdaConfig", {})
    for one in triggers if isinstance(triggers, list) else [triggers]:
        causes[one] = function.arn


def _skill(expansion: Expansion, function: "Function", event: str, given: Mapping[str, Any]) -> None:
    token = {"EventSourceToken": given["SkillId"]} if given.get("SkillId") else {}
    function.permit(expansion, f"{function.name}{event}Permission", "alexa-appkit.amazon.com", **token)


EVENTS: dict[str, Callable[[Expansion, "Function", str, Mapping[str, Any]], None]] = {
    "AlexaSkill": _skill,
    "CloudWatchEvent": rules.pattern,
    "CloudWatchLogs": _log_group,
    "Cognito": _pool,
    "EventBridgeRule": rules.pattern,
    "S3": _bucket,
    "SNS": _topic,
    "Schedule": rules.schedule,
    "ScheduleV2": rules.schedule_v2,
}
