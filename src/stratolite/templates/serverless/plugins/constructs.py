"""serverless-lift: the constructs ``queue``, ``storage``, ``database/dynamodb-single-table`` and ``webhook``.

Each becomes the resources that the plugin makes of it, with their ids and outputs, functions may use them without a
statement of their own (unless ``lift.automaticPermissions: false``), and ``${construct:jobs.queueUrl}`` names them.
Sites and networks are not made, and told.
Source: https://github.com/getlift/lift (1.37), whose ids are those of the AWS CDK.
"""

from collections.abc import Callable
from typing import Any

from stratolite.core.errors import UserError
from stratolite.core.warning import Kind
from stratolite.templates.document import List, Map, Mark, mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.lodash import merge, present
from stratolite.templates.serverless.plugins import construct_webhook
from stratolite.templates.serverless.plugins.configuration import Configuration, written
from stratolite.templates.serverless.plugins.construct_parts import Made, allowed, attribute, logical_id, resource

NAME = "serverless-lift"
SOURCE = "construct"
SECTION = "constructs"
QUEUE, STORAGE, TABLE, WEBHOOK = "queue", "storage", "database/dynamodb-single-table", "webhook"
TIMEOUT_S_DEFAULT = 6
RETENTION_S = 14 * 24 * 3600
_VARIABLES = {
    QUEUE: {"queueUrl": ("Queue", ""), "queueArn": ("Queue", "Arn"), "dlqUrl": ("Dlq", ""), "dlqArn": ("Dlq", "Arn")},
    STORAGE: {
        "bucketName": ("Bucket", ""),
        "bucketArn": ("Bucket", "Arn"),
        "publicUrl": ("Bucket", "RegionalDomainName"),
    },
    TABLE: {"tableName": ("Table", ""), "tableArn": ("Table", "Arn"), "tableStreamArn": ("Table", "StreamArn")},
    WEBHOOK: {"busName": ("Bus", "")},
}
_OBJECTS = (
    "PutObject GetObject DeleteObject ListBucket GetObjectAcl PutObjectAcl GetObjectTagging PutObjectTagging "
    "DeleteObjectTagging GetObjectAttributes AbortMultipartUpload ListMultipartUploadParts ListBucketMultipartUploads "
    "RestoreObject"
)
_ITEMS = "GetItem BatchGetItem Query Scan PutItem DeleteItem BatchWriteItem UpdateItem ConditionCheckItem"


def value(kind: str, name: str) -> dict[str, Any]:
    """What a variable stands for (``jobs.queueUrl``), of a construct of some kind. Raises UserError."""
    construct, _, member = name.partition(".")
    known = _VARIABLES.get(kind)
    if known is None:
        raise UserError(f"the construct {construct!r} is not made here", todo=f"These are: {', '.join(_VARIABLES)}.")
    if member not in known:
        raise UserError(f"a {kind} has no {member!r}", todo=f"It has {', '.join(known)}.")
    part, of_it = known[member]
    found = attribute(logical_id(construct, part, "Resource"), of_it)
    return {"Fn::Join": ["", ["https://", found]]} if member == "publicUrl" else found


def make(configuration: Configuration) -> None:
    """Add resources, functions, events and permissions of all constructs. Raises UserError for what is none."""
    constructs = configuration.document.get(SECTION)
    if not isinstance(constructs, Map):
        return
    statements: list[dict[str, Any]] = []
    for name, settings in constructs.items():
        at = mark_of(constructs, name)
        if not isinstance(settings, Map):
            raise UserError(f"the construct {name!r} has to be a map", where=str(at), todo="Give it a type.")
        maker = _MAKERS.get(str(settings.get("type")))
        if maker is None:
            what = f"the construct {name!r} of the type {settings.get('type')} is not made"
            if not configuration.options.is_lenient:
                raise UserError(what, where=str(at), todo=f"These are: {', '.join(_MAKERS)}.")
            configuration.warn(what, at, Kind.LEFT_OUT)
            continue
        made = maker(configuration, name, settings)
        _extend(made, settings.get("extensions"), at)
        resources = configuration.section(configuration.document, "resources")
        for section, members in (("Resources", made.resources), ("Outputs", made.outputs)):
            target = configuration.section(resources, section)
            for key, member in members.items():
                target.put(key, written(member, at), at)
        statements += made.statements
    lift = configuration.document.get("lift")
    if not isinstance(lift, Map) or lift.get("automaticPermissions") is not False:
        _allow(configuration, statements)


def _queue(configuration: Configuration, name: str, settings: Map) -> Made:
    at, worker = settings.at, settings.get("worker")
    function, timeout = _worker(configuration, name, settings)
    window = settings.get("maxBatchingWindow") or 0
    fifo = settings.get("fifo") is True
    base = f"{_stack_name(configuration)}-{name}"
    end = ".fifo" if fifo else ""
    key = "alias/aws/sqs" if settings.get("encryption") == "kmsManaged" else None
    own, dead = logical_id(name, "Queue", "Resource"), logical_id(name, "Dlq", "Resource")
    shared = {"FifoQueue": True if fifo else None, "KmsMasterKeyId": key}
    queue = {
        "QueueName": f"{base}{end}",
        "VisibilityTimeout": timeout * 6 + window,
        "DelaySeconds": settings.get("delay"),
        "RedrivePolicy": {
            "deadLetterTargetArn": attribute(dead, "Arn"),
            "maxReceiveCount": settings.get("maxRetries") or 3,
        },
        "ContentBasedDeduplication": True if fifo else None,
        **shared,
    }
    letters = {"QueueName": f"{base}-dlq{end}", "MessageRetentionPeriod": RETENTION_S, **shared}
    made = Made(
        {dead: resource("SQS::Queue", letters, "Delete"), own: resource("SQS::Queue", queue, "Delete")},
        statements=[allowed("sqs", "SendMessage ChangeMessageVisibility", [attribute(own, "Arn")])],
        parts={"queue": own, "dlq": dead},
    )
    outputs = (
        ("QueueArn", own, "Arn", "ARN of the {} SQS queue."),
        ("QueueUrl", own, "", "URL of the {} SQS queue."),
        ("DlqUrl", dead, "", "URL of the {} SQS dead letter queue."),
    )
    for output, key, member, told in outputs:
        description = told.format(f'"{name}"')
        made.outputs[logical_id(name, output)] = {"Description": description, "Value": attribute(key, member)}
    event = {
        "arn": attribute(own, "Arn"),
        "batchSize": settings.get("batchSize") or 1,
        "maximumBatchingWindow": window,
        "maximumConcurrency": settings.get("maxConcurrency"),
        "functionResponseType": "ReportBatchItemFailures",
    }
    events = function.get("events")
    row = events if isinstance(events, List) else List(at)
    row.put(written({"sqs": present(event)}, at), at)
    function.put("events", row, at)
    if isinstance(worker, Map):
        configuration.section(configuration.document, "functions").put(f"{name}Worker", function, at)
    if settings.get("alarm") is not None:
        _alarm(made, name, f"{base}-dlq-alarm", settings["alarm"])
    if truthy(settings.get("encryptionKey")):
        what = f"'encryptionKey' of the construct {name!r} is not done"
        configuration.warn(what, mark_of(settings, "encryptionKey"), Kind.NO_EFFECT)
    return made


def _alarm(made: Made, name: str, alarm_name: str, address: Any) -> None:
    """An e-mail to an address as soon as there is a dead letter."""
    topic, alarm = logical_id(name, "AlarmTopic", "Resource"), logical_id(name, "Alarm", "Resource")
    told = f"[Alert][{name}] failed jobs in the DLQ."[:100]
    properties = {
        "AlarmActions": [attribute(topic, "")],
        "AlarmDescription": "Alert triggered when there are failed jobs in the dead letter queue.",
        "AlarmName": alarm_name,
        "ComparisonOperator": "GreaterThanThreshold",
        "Dimensions": [{"Name": "QueueName", "Value": attribute(made.parts["dlq"], "QueueName")}],
        "EvaluationPeriods": 1,
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Namespace": "AWS/SQS",
        "Period": 60,
        "Statistic": "Sum",
        "Threshold": 0,
        "TreatMissingData": "notBreaching",
    }
    subscribed = logical_id(name, "AlarmTopicSubscription", "Resource")
    subscription = {"Endpoint": address, "Protocol": "email", "TopicArn": attribute(topic, "")}
    made.resources |= {
        topic: {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": told, "TopicName": f"{alarm_name}-topic"}},
        subscribed: {
            "Type": "AWS::SNS::Subscription",
            "Properties": subscription,
        },
        alarm: {"Type": "AWS::CloudWatch::Alarm", "Properties": properties},
    }
    made.parts["alarm"] = alarm


def _worker(configuration: Configuration, name: str, settings: Map) -> tuple[Map, int]:
    """The function that takes messages, and its timeout. Raises UserError where there is none."""
    worker = settings.get("worker")
    function = worker
    if isinstance(worker, str):
        function = configuration.section(configuration.document, "functions").get(worker)
    if not isinstance(function, Map):
        at = mark_of(settings, "worker")
        raise UserError(
            f"the queue {name!r} has no worker", where=str(at), todo="Give it a handler, or name a function."
        )
    timeout = function.get("timeout")
    return function, timeout if isinstance(timeout, int) else TIMEOUT_S_DEFAULT


def _storage(_: Configuration, name: str, settings: Map) -> Made:
    bucket = logical_id(name, "Bucket", "Resource")
    arn = attribute(bucket, "Arn")
    encryption = "aws:kms" if settings.get("encryption") == "kms" else "AES256"
    takes_lists, opened = settings.get("allowAcl") is True, _opened(settings)
    blocked = {"BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True}
    blocked["RestrictPublicBuckets"] = True
    if opened:
        blocked |= {"BlockPublicAcls": not takes_lists, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}
    rules: list[Any] = [
        {"Status": "Enabled", "Transitions": [{"StorageClass": "INTELLIGENT_TIERING", "TransitionInDays": 0}]},
        {"Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 30}},
    ]
    rules += [{"Status": "Enabled", **_capitalized(rule)} for rule in settings.get("lifecycleRules") or ()]
    properties = {
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": encryption}}]
        },
        "CorsConfiguration": _cross_origin(settings.get("cors")),
        "LifecycleConfiguration": {"Rules": rules},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]} if takes_lists else None,
        "PublicAccessBlockConfiguration": blocked,
        "VersioningConfiguration": {"Status": "Enabled"},
    }
    everybody = {"Principal": {"AWS": "*"}}
    inside = {"Fn::Join": ["", [arn, "/*"]]}
    secure = {"Bool": {"aws:SecureTransport": "false"}}
    statements = [{"Action": "s3:*", "Condition": secure, "Effect": "Deny", **everybody, "Resource": [arn, inside]}]
    if opened:
        public = {"Fn::Join": ["", [arn, f"/{opened}"]]}
        statements.append({"Action": "s3:GetObject", "Effect": "Allow", **everybody, "Resource": public})
    policy = {"Bucket": {"Ref": bucket}, "PolicyDocument": {"Statement": statements, "Version": "2012-10-17"}}
    return Made(
        {
            bucket: resource("S3::Bucket", properties, "Retain"),
            logical_id(name, "Bucket", "Policy", "Resource"): {"Type": "AWS::S3::BucketPolicy", "Properties": policy},
        },
        {logical_id(name, "BucketName"): {"Value": {"Ref": bucket}}},
        [allowed("s3", _OBJECTS, [arn, {"Fn::Join": ["/", [arn, "*"]]}])],
        {"bucket": bucket},
    )


def _opened(settings: Map) -> str:
    """Which objects everybody may have: ``*``, ``public/*`` or none."""
    given = settings.get("publicPath")
    prefix = str(given).strip("/")
    if given is None:
        return ""
    return "*" if prefix in ("", "*") else f"{prefix}/*"


def _cross_origin(given: Any) -> dict[str, Any] | None:
    if given is None:
        return None
    if isinstance(given, str):
        methods = ["GET", "PUT", "DELETE"]
        return {"CorsRules": [{"AllowedOrigins": [given], "AllowedMethods": methods, "AllowedHeaders": ["*"]}]}
    return {"CorsRules": [_capitalized(rule) for rule in given]}


def _capitalized(value: Any) -> Any:
    """A rule with the names that CloudFormation has."""
    if isinstance(value, dict):
        return {f"{key[:1].upper()}{key[1:]}": _capitalized(member) for key, member in value.items()}
    return [_capitalized(each) for each in value] if isinstance(value, list) else value


def _table(_: Configuration, name: str, settings: Map) -> Made:
    table = logical_id(name, "Table", "Resource")
    local = [f"LSI-{number}" for number in range(1, 6)] if settings.get("localSecondaryIndexes") is True else []
    count = settings.get("gsiCount")
    further = [f"GSI-{number}" for number in range(1, count + 1)] if isinstance(count, int) else []
    keys = ["PK", "SK", *(f"{each}-SK" for each in local)]
    keys += [f"{each}-{end}" for each in further for end in ("PK", "SK")]
    everything = {"ProjectionType": "ALL"}
    properties = {
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [
            {"IndexName": each, "KeySchema": _keys(f"{each}-PK", f"{each}-SK"), "Projection": everything}
            for each in further
        ]
        or None,
        "KeySchema": _keys("PK", "SK"),
        "LocalSecondaryIndexes": [
            {"IndexName": each, "KeySchema": _keys("PK", f"{each}-SK"), "Projection": everything} for each in local
        ]
        or None,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "TimeToLiveSpecification": {"AttributeName": "TimeToLive", "Enabled": True},
    }
    arn = attribute(table, "Arn")
    return Made(
        {table: resource("DynamoDB::Table", properties, "Retain")},
        {logical_id(name, "TableName"): {"Value": {"Ref": table}}},
        [allowed("dynamodb", _ITEMS, [arn, {"Fn::Join": ["/", [arn, "index/*"]]}])],
        {"table": table},
    )


_MAKERS: dict[str, Callable[[Configuration, str, Map], Made]] = {
    QUEUE: _queue,
    STORAGE: _storage,
    TABLE: _table,
    WEBHOOK: construct_webhook.make,
}


def _extend(made: Made, extensions: Any, at: Mark) -> None:
    for part, change in extensions.items() if isinstance(extensions, Map) else ():
        if part not in made.parts or not isinstance(change, Map):
            raise UserError(f"there is no {part!r} to extend", where=str(at), todo=f"There is {', '.join(made.parts)}.")
        merge(made.resources[made.parts[part]], change)


def _allow(configuration: Configuration, statements: list[dict[str, Any]]) -> None:
    """Add statements where the file has its own, or to the older setting, as the plugin does."""
    provider = configuration.provider
    iam = provider.get("iam")
    role = iam.get("role") if isinstance(iam, Map) else None
    holder, key = (
        (role, "statements") if isinstance(role, Map) and "statements" in role else (provider, "iamRoleStatements")
    )
    given = holder.get(key)
    row = given if isinstance(given, List) else List(holder.at)
    for statement in statements:
        row.put(written(statement, row.at), row.at)
    if statements:
        holder.put(key, row, row.at)


def _stack_name(configuration: Configuration) -> str:
    given = configuration.provider.get("stackName")
    return str(given) if truthy(given) else f"{configuration.document['service']}-{configuration.stage}"


def _keys(first: str, second: str) -> list[dict[str, str]]:
    return [{"AttributeName": first, "KeyType": "HASH"}, {"AttributeName": second, "KeyType": "RANGE"}]
