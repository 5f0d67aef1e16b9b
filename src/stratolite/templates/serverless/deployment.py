"""Settings of the deployment itself, which no template carries: of the stack, and of the API's stage after it.

Source: https://www.serverless.com/framework/docs-providers-aws-guide-serverless.yml.
"""

from typing import Any

from stratolite.core.arn import Arn, partition_of
from stratolite.core.warning import Kind
from stratolite.templates.javascript import text_of, truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.api.rest_api import stage_name
from stratolite.templates.serverless.api.stage import access_log_name
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.model import Deployment
from stratolite.templates.serverless.plugins import is_named, throttling
from stratolite.templates.serverless.service import Service

HARMLESS = {
    "deploymentMethod": "a change set and a direct update end in the same stack",
    "ecr.scanOnPush": "images are named by their digests, and none is pushed",
    "httpApi.useProviderTags": "the tags of the provider are those of the API in any case",
    "lambdaHashingVersion": "it decides how versions are named, never what they are",
}
"""Settings of ``provider`` that are read by nothing here, each with its reason."""
AWS_ALONE = {
    "profile": "the local cloud asks for no credentials, and names none",
    "deploymentBucket.maxPreviousDeploymentArtifacts": "earlier artefacts are not kept",
    "deploymentBucket.serverSideEncryption": "encryption at rest changes nothing that can be seen",
    "deploymentBucket.sseKMSKeyId": "encryption at rest changes nothing that can be seen",
    "deploymentBucket.sseCustomerAlgorithim": "encryption at rest changes nothing that can be seen",
    "deploymentBucket.sseCustomerKey": "encryption at rest changes nothing that can be seen",
    "deploymentBucket.sseCustomerKeyMD5": "encryption at rest changes nothing that can be seen",
}
"""Settings that act on AWS, and why a local cloud does without them."""
OBJECT_SETTINGS = {
    "serverSideEncryption": "ServerSideEncryption",
    "sseKMSKeyId": "SSEKMSKeyId",
    "sseCustomerAlgorithim": "SSECustomerAlgorithm",
    "sseCustomerKey": "SSECustomerKey",
    "sseCustomerKeyMD5": "SSECustomerKeyMD5",
}
"""Settings of the deployment bucket as members of PutObject."""
EARLIER_ARTEFACTS_DEFAULT = 5
UNMET = {
    "stackPolicy": "the local cloud updates whatever the template changes",
    "rollbackConfiguration": "nobody waits for alarms while an application is written",
}
"""Settings that a local cloud leaves out, with a warning. They stand in the deployment for targets that have them."""
LOG_FORMAT = ", ".join(
    f"{name}: $context.{variable}"
    for name, variable in (
        ("requestId", "requestId"),
        ("ip", "identity.sourceIp"),
        ("caller", "identity.caller"),
        ("user", "identity.user"),
        ("requestTime", "requestTime"),
        ("httpMethod", "httpMethod"),
        ("resourcePath", "resourcePath"),
        ("status", "status"),
        ("protocol", "protocol"),
        ("responseLength", "responseLength"),
    )
)
"""What a line of an access log says unless ``logs.restApi.format`` does."""


def read_deployment(work: Compilation) -> Deployment:
    """What the stack and the stage are given beside the template. Warns of what no local target can do."""
    service, provider = work.service, work.service.provider
    for name, reason in UNMET.items():
        if truthy(provider.get(name)):
            at = service.mark("provider", name)
            work.warn_locally(f"provider.{name} has no effect with 'up': {reason}", at, Kind.NO_EFFECT)
    return Deployment(
        bucket=service.deployment_bucket,
        stack_tags=_stack_tags(service),
        stack_parameters=tuple(provider.get("stackParameters") or ()),
        notification_arns=tuple(text_of(arn) for arn in provider.get("notificationArns") or ()),
        rollback_configuration=provider.get("rollbackConfiguration") or None,
        stack_policy=tuple(provider.get("stackPolicy") or ()),
        disable_rollback=truthy(provider.get("disableRollback")),
        **_role(work),
        earlier_artefacts=_earlier(service),
        object_settings={
            member: text_of(service.setting("deploymentBucket", name))
            for name, member in OBJECT_SETTINGS.items()
            if service.setting("deploymentBucket", name)
        },
        stage_settings=_stage_settings(work) if naming.REST_API in work.resources else {},
    )


def _earlier(service: Service) -> int:
    given = service.setting("deploymentBucket", "maxPreviousDeploymentArtifacts")
    return int(given) if isinstance(given, int | float) else EARLIER_ARTEFACTS_DEFAULT


def _stack_tags(service: Service) -> dict[str, str]:
    """``STAGE`` and the user's, whose own ``stage`` wins in whatever letters."""
    tags = service.section("stackTags")
    stage = {} if any(key.upper() == "STAGE" for key in tags) else {"STAGE": service.stage}
    return {**stage, **{key: text_of(value) for key, value in tags.items() if value is not None}}


def _role(work: Compilation) -> dict[str, Any]:
    """The role that makes the stack, or where one is written that is no ARN."""
    service = work.service
    path = ("iam", "deploymentRole") if service.setting("iam", "deploymentRole") else ("cfnRole",)
    role = service.setting(*path)
    if role is None or isinstance(role, str):
        return {"role_arn": role or None}
    what, at = f"provider.{'.'.join(path)}", service.mark("provider", *path)
    if work.is_lenient:
        told = f"{what} has no effect with 'up': the local cloud deploys without a role"
        work.warn_locally(told, at, Kind.NO_EFFECT)
        return {}
    return {"unusable_role": (what, str(at) if at.file else "")}


def _stage_settings(work: Compilation) -> dict[str, Any]:
    """Members of UpdateStage and TagResource: CloudFormation makes the stage with its deployment, without these."""
    service = work.service
    tags = {**service.section("stackTags"), **service.section("tags")}
    patches = [*_tracing(service), *_metrics(service), *_logs(work)]
    if is_named(service.document, throttling.NAME):
        patches += throttling.patches(service.document)
    settings = {
        "patchOperations": [{"op": op, "path": path, "value": value} for op, path, value in patches],
        "tags": {key: text_of(value) for key, value in tags.items() if value is not None},
    }
    return {"stageName": stage_name(service), **settings} if any(settings.values()) else {}


def _tracing(service: Service) -> list[tuple[str, str, str]]:
    wanted = service.setting("tracing", "apiGateway")
    return [] if wanted is None else [("replace", "/tracingEnabled", text_of(truthy(wanted)))]


def _metrics(service: Service) -> list[tuple[str, str, str]]:
    wanted = service.setting("apiGateway", "metrics")
    return [] if wanted is None else [("replace", "/*/*/metrics/enabled", text_of(truthy(wanted)))]


def _logs(work: Compilation) -> list[tuple[str, str, str]]:
    service = work.service
    logs = service.setting("logs", "restApi")
    if logs is None:
        return []
    settings = logs if isinstance(logs, dict) else {}

    def on(name: str) -> bool:
        return truthy(logs) and truthy(settings.get(name, True))

    level = settings.get("level") or "INFO" if on("executionLogging") else "OFF"
    patches = [
        ("replace", "/*/*/logging/dataTrace", text_of(on("fullExecutionData"))),
        ("replace", "/*/*/logging/loglevel", str(level)),
    ]
    if on("accessLogging"):
        name = f"log-group:{access_log_name(service)}"
        group = Arn("logs", service.region, work.account, name, partition_of(service.region))
        patches += [
            ("replace", "/accessLogSettings/destinationArn", str(group)),
            ("replace", "/accessLogSettings/format", str(settings.get("format") or LOG_FORMAT)),
        ]
    return patches
