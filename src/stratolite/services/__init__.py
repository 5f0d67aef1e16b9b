"""The AWS services, one package each, all of one shape (see ``docs/architecture.md``), mutually independent.

This table is all that the composition root reads at start; a service's modules are imported when it is first used.
"""

from stratolite.core.service import Named, Service

NOT_FOUND = frozenset({"ResourceNotFoundException"})

SERVICES: tuple[Service, ...] = (
    Service("apigateway", model="apigateway", resource_prefixes=("AWS::ApiGateway::",), has_surface=True),
    Service("apigatewaymanagementapi", model="apigatewaymanagementapi"),
    Service(
        "apigatewayv2",
        model="apigatewayv2",
        ports=("connection",),
        resource_prefixes=("AWS::ApiGatewayV2::",),
        has_surface=True,
        resumes=("apigatewayv2_connection",),
    ),
    Service(
        "cloudformation",
        model="cloudformation",
        ports=("stack",),
        resource_prefixes=("AWS::CDK::", "AWS::CloudFormation::"),
        has_surface=True,
        payload_bytes_max=2 * 1024 * 1024,
    ),
    # The limit of PutMetricData is 1 MB, which compressed bodies reach only when they are unpacked.
    Service(
        "cloudwatch",
        model="cloudwatch",
        ports=("metered",),
        resource_prefixes=("AWS::CloudWatch::",),
        payload_bytes_max=1024 * 1024,
    ),
    Service(
        "dynamodb",
        model="dynamodb",
        ports=("stream",),
        resource_prefixes=("AWS::DynamoDB::",),
        named=Named("table", "dynamodb_table", NOT_FOUND | {"TableNotFoundException"}, ("TableName",)),
        payload_bytes_max=16 * 1024 * 1024,
    ),
    Service("dynamodbstreams", model="dynamodbstreams"),
    Service(
        "elasticache",
        model="elasticache",
        ports=("cache",),
        resource_prefixes=("AWS::ElastiCache::",),
        resumes=("elasticache_cache",),
    ),
    # Escapes in JSON can take six characters for one of an event's.
    Service(
        "events",
        model="events",
        ports=("event",),
        resource_prefixes=("AWS::Events::",),
        payload_bytes_max=8 * 1024 * 1024,
    ),
    Service("iam", model="iam", ports=("access_key",), resource_prefixes=("AWS::IAM::",)),
    # 10 MiB of records are a third more in base 64.
    Service(
        "kinesis",
        model="kinesis",
        ports=("kinesis",),
        resource_prefixes=("AWS::Kinesis::",),
        named=Named("stream", "kinesis_stream", NOT_FOUND, ("StreamName", "StreamARN")),
        payload_bytes_max=16 * 1024 * 1024,
    ),
    Service(
        "lambda_",
        model="lambda",
        ports=("function",),
        resource_prefixes=("AWS::Lambda::",),
        has_surface=True,
        resumes=("lambda_event_source_mapping", "lambda_provisioned_concurrency"),
        named=Named("function", "lambda_function", NOT_FOUND, ("FunctionName",)),
        # What AWS names in its refusal of a larger one.
        payload_bytes_max=70_167_211,
    ),
    Service("logs", model="logs", ports=("log",), resource_prefixes=("AWS::Logs::",)),
    Service(
        "s3",
        model="s3",
        ports=("object",),
        resource_prefixes=("AWS::S3::",),
        named=Named("bucket", "s3_bucket", frozenset({"NoSuchBucket"}), ("Bucket",)),
        has_surface=True,
        payload_bytes_max=16 * 1024 * 1024,
    ),
    Service("scheduler", model="scheduler", resource_prefixes=("AWS::Scheduler::",)),
    Service(
        "secretsmanager",
        model="secretsmanager",
        resource_prefixes=("AWS::SecretsManager::",),
        named=Named("secret", "secretsmanager_secret", NOT_FOUND, ("SecretId",)),
    ),
    Service("sesv2", model="sesv2", payload_bytes_max=64 * 1024 * 1024),
    Service(
        "sns",
        model="sns",
        ports=("topic", "messages"),
        resource_prefixes=("AWS::SNS::",),
        has_surface=True,
        named=Named("topic", "sns_topic", frozenset({"NotFound"}), ("TopicArn", "TargetArn")),
    ),
    Service(
        "sqs",
        model="sqs",
        ports=("queue",),
        resource_prefixes=("AWS::SQS::",),
        named=Named("queue", "sqs_queue", frozenset({"QueueDoesNotExist"}), ("QueueUrl", "QueueName")),
        # Escapes in JSON can take six characters for one of the body's.
        payload_bytes_max=8 * 1024 * 1024,
    ),
    Service(
        "ssm",
        model="ssm",
        resource_prefixes=("AWS::SSM::",),
        named=Named("parameter", "ssm_parameter", frozenset({"ParameterNotFound"}), ("Name",)),
    ),
    Service("sts", model="sts", ports=("identity",)),
)
