"""What stands in for a value that is not there, by its place: the rest of the file has to work with it.

Paths are dotted; lists of parts (``resources: [...]``) are left out of them. The first pattern that fits decides; where
none does, the stand-in is its text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stratolite.templates.document import List, Map
from stratolite.templates.serverless.variables.stand_in import StandIn, arn_for


@dataclass(frozen=True, slots=True)
class Home:
    """Where the application is deployed to."""

    region: str
    stage: str
    account: str


Make = Callable[[StandIn, Home], Any]

_PARTS = ("functions", "resources", "layers")
"""Settings that may be lists of parts."""


def stand_in_at(path: tuple[str | int, ...], value: StandIn, home: Home) -> Any:
    """What stands at a path. Raises LookupError where nothing can."""
    text = ".".join(str(key) for index, key in enumerate(path) if not _is_part(path, index))
    make = next((make for pattern, make in _PLACES if pattern.fullmatch(text)), None)
    if make is None:
        return Map(value.at) if value.source == "file" and not value.below else value.text
    return make(value, home)


def _is_part(path: tuple[str | int, ...], index: int) -> bool:
    return index == 1 and isinstance(path[1], int) and path[0] in _PARTS


def _map(value: StandIn, _: Home) -> Map:
    return Map(value.at)


def _list(value: StandIn, _: Home) -> List:
    return List(value.at)


def _nothing(*_: Any) -> None:
    return None


def _refused(value: StandIn, _: Home) -> None:
    raise LookupError(value.text)


def _listed(make: Make) -> Make:
    """A list of one."""

    def made(value: StandIn, home: Home) -> List:
        row = List(value.at)
        row.put(make(value, home), value.at)
        return row

    return made


def _id(prefix: str) -> Make:
    """An identifier of EC2's: ``sg-0000000000000000``."""
    return lambda *_: f"{prefix}-{0:017x}"


def _arn(service: str, resource: str) -> Make:
    def made(value: StandIn, home: Home) -> str:
        return f"arn:aws:{service}:{home.region}:{home.account}:{resource.format(value.text)}"

    return made


def _any_arn(value: StandIn, home: Home) -> str:
    return arn_for(value.text, home.region, home.account)


def _role(value: StandIn, home: Home) -> str:
    return f"arn:aws:iam::{home.account}:role/{value.text}"


def _authorizer(value: StandIn, home: Home) -> str:
    is_pool = re.search("pool|cognito", value.text) is not None
    make = _arn("cognito-idp", f"userpool/{home.region}_Missing") if is_pool else _arn("lambda", "function:{}")
    return str(make(value, home))


def _variable(value: StandIn, _: Home) -> str:
    """A variable of a function's environment: what its maker's shell would not set is empty."""
    return "" if value.source == "env" else value.text


_NUMBERS = (
    "memorySize|timeout|reservedConcurrency|provisionedConcurrency|logRetentionInDays|ephemeralStorageSize"
    "|maximumRetryAttempts|maximumEventAge|batchSize|batchWindow|maximumBatchingWindow|maximumConcurrency"
    "|RetentionInDays|VisibilityTimeout|MessageRetentionPeriod|DelaySeconds"
)
_EVENT = r"functions\.[^.]+\.events\.\d+\."
_PLACES: tuple[tuple[re.Pattern[str], Make], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        # What the application is made of.
        (r"service|provider(\.name)?|functions(\.[^.]+(\.(handler|events(\.\d+)?))?)?", _refused),
        (r"layers(\.[^.]+)?|plugins(\.\d+)?", _refused),
        (r"resources(\.(Resources|Outputs|extensions)(\.[^.]+(\.(Type|Properties))?)?)?", _refused),
        (r".+\.(iamRoleStatements|statements|Statement)(\.\d+)?\.(Not)?Resource(\.\d+)?", _any_arn),
        (r"provider\.region", lambda value, home: home.region),
        (r"provider\.stage", lambda value, home: home.stage),
        (r"(provider|functions\.[^.]+)\.environment", _map),
        (r"(provider|functions\.[^.]+)\.environment\.[^.]+", _variable),
        (r"(provider|functions\.[^.]+)\.(tags|stackTags|tracing)|custom|params(\.[^.]+)?|package", _map),
        (r"(provider|functions\.[^.]+)\.(vpc|runtime)", _nothing),
        (r"provider\.(apiGateway|httpApi|iam(\.role)?|logs|stackTags)", _map),
        (r"provider\.(iamRoleStatements|iamManagedPolicies|layers|apiKeys|notificationArns|stackPolicy)", _list),
        (r"provider\.iam\.role\.(statements|managedPolicies)|functions\.[^.]+\.(iamRoleStatements|layers)", _list),
        (r"(.+\.)?vpc\.securityGroupIds", _listed(_id("sg"))),
        (r"(.+\.)?vpc\.subnetIds", _listed(_id("subnet"))),
        (r"(.+\.)?vpc\.securityGroupIds\.\d+|resources\..+\.SecurityGroupIds\.\d+", _id("sg")),
        (r"(.+\.)?vpc\.subnetIds\.\d+|resources\..+\.SubnetIds\.\d+", _id("subnet")),
        (rf"(provider|functions|resources)\..*\b({_NUMBERS})", _nothing),
        (r"resources\..+\.(Read|Write)CapacityUnits", lambda *_: 1),
        (r"provider\.(deploymentBucket(\.name)?|profile|cfnRole|deploymentPrefix|stackName|apiName)", _nothing),
        (r"provider\.iam\.deploymentRole|provider\.rolePermissionsBoundary|(.+\.)?permissionsBoundary", _nothing),
        (r"(.+\.)?(kmsKeyArn|awsKmsKeyArn|KmsMasterKeyId|KMSMasterKeyID)", _nothing),
        (r"provider\.role|provider\.iam\.role|functions\.[^.]+\.role", _role),
        (r"(provider|functions\.[^.]+)\.layers\.\d+", _arn("lambda", "layer:{}:1")),
        (r"functions\.[^.]+\.onError", _arn("sns", "{}")),
        (rf"{_EVENT}sns\.arn", _arn("sns", "{}")),
        (rf"{_EVENT}sqs(\.arn)?", _arn("sqs", "{}")),
        (rf"{_EVENT}stream(\.arn)?", _arn("dynamodb", "table/{}/stream/2024-01-01T00:00:00.000")),
        (rf"{_EVENT}http\.authorizer(\.arn)?", _authorizer),
        (rf"{_EVENT}(schedule|cloudwatchEvent|eventBridge)\.enabled", lambda *_: False),
        (r"(resources|functions)\..+\.(deadLetterTargetArn|deadLetterQueueArn)", _arn("sqs", "{}")),
        (r"resources\..+\.\w*(Arn|ARN|Arns|ARNs)(\.\d+)?", _any_arn),
        (rf"{_EVENT}schedule(\.rate(\.\d+)?)?", lambda *_: "rate(1 day)"),
    )
)
