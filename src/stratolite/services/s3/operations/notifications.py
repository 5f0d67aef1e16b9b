"""Who is told of what happens in a bucket."""

from collections.abc import Callable

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.services.s3 import S3, api, settings
from stratolite.services.s3.background import SUBJECT
from stratolite.services.s3.domain import Bucket
from stratolite.services.s3.lookup import bucket_of
from stratolite.services.s3.notification_configuration import Rule, check_overlaps, checked, rules_of
from stratolite.services.s3.notifications import SETTING, test_event


def get_bucket_notification_configuration(
    call: Call, s3: S3, request: api.GetBucketNotificationConfigurationRequest
) -> api.NotificationConfiguration:
    """The configuration; empty when nobody is told."""
    configuration: api.NotificationConfiguration = bucket_of(call, s3, request).settings.get(SETTING, {})
    return configuration


def put_bucket_notification_configuration(
    call: Call, s3: S3, request: api.PutBucketNotificationConfigurationRequest
) -> None:
    """Set whom to tell of what, in place of all before; queues and topics get a test event.

    Raises MalformedXML, and InvalidArgument with all targets that cannot be told.
    """
    bucket = bucket_of(call, s3, request)
    if "NotificationConfiguration" not in request:
        raise api.MalformedXML
    configuration = checked(request["NotificationConfiguration"], bucket, s3.world.entropy)
    if not request.get("SkipDestinationValidation"):
        _reach(call, s3, bucket, [*rules_of(configuration)])
    check_overlaps(configuration)
    if configuration:
        settings.keep(s3, bucket, SETTING, configuration)
    else:
        settings.drop(s3, bucket, SETTING)


def _reach(call: Call, s3: S3, bucket: Bucket, rules: list[Rule]) -> None:
    reach = {"sqs": _reach_queue, "sns": _reach_topic, "lambda": _reach_function}
    text, unreached = test_event(call, bucket), {}
    for rule in rules:
        problem = reach[rule.service](call, s3, rule.arn, text)
        if problem:
            unreached[f"{rule.arn}, null" if rule.service == "lambda" else rule.arn] = problem
    if unreached:
        numbered = {}
        for number, (arn, problem) in enumerate(unreached.items(), 1):
            numbered.update({f"ArgumentName{number}": arn, f"ArgumentValue{number}": problem})
        raise api.InvalidArgument("Unable to validate the following destination configurations", **numbered)


def _reach_queue(call: Call, s3: S3, arn: str, text: str) -> str:
    queue = s3.world.ports.queue
    if not queue.exists(arn):
        return "The destination queue does not exist"
    return _problem(lambda: queue.send(call, arn, text))


def _reach_topic(call: Call, s3: S3, arn: str, text: str) -> str:
    return _problem(lambda: s3.world.ports.topic.publish(call, arn, text, subject=SUBJECT), "topic")


def _reach_function(call: Call, s3: S3, arn: str, text: str) -> str:
    """Functions get no test event. AWS does not say whether one is missing or may not be invoked."""
    return "" if s3.world.ports.function.exists(arn) else f"Not authorized to invoke function [{arn}]"


def _problem(send: Callable[[], str], kind: str = "") -> str:
    try:
        send()
    except AwsError as error:
        return f"The destination {kind} does not exist" if kind and error.status == 404 else error.message
    return ""
