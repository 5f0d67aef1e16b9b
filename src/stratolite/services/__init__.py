"""The AWS services, one package each, all of one shape (see ``docs/architecture.md``), mutually independent.

This table is all that the composition root reads at start; a service's modules are imported when it is first used.
"""

from stratolite.core.service import Service

SERVICES: tuple[Service, ...] = (
    Service("apigateway", model="apigateway", has_surface=True),
    Service("cloudformation", model="cloudformation", payload_bytes_max=2 * 1024 * 1024),
    Service("dynamodb", model="dynamodb", payload_bytes_max=16 * 1024 * 1024),
    Service("iam", model="iam"),
    Service("lambda_", model="lambda", ports=("function",), payload_bytes_max=70 * 1024 * 1024),
    Service("logs", model="logs", ports=("log",)),
    Service("s3", model="s3", ports=("object",), payload_bytes_max=16 * 1024 * 1024),
    Service("sns", model="sns", ports=("topic",)),
    Service("sts", model="sts"),
)
